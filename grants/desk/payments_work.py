"""Work on what is paid: advances, payments, clearances, settlements, recoveries, loans, fees."""

from grants.desk.work import END_OF_DAY, MY_STREAMS, SKHCN, Work, a_row
from grants.people.tables import Role
from grants.shell.language import N_

BY_ROLE: dict[Role | None, list[Work]] = {  # None: whatever roles a person has
    None: [
        Work(
            N_("Hoàn tạm ứng của nhiệm vụ đã kết thúc"), "/projects/{id}/clearances",
            a_row("j.code || ' ' || j.title", id="j.id", due=END_OF_DAY.format("max(j.ends_on)")) + """
            FROM ledger_account a JOIN project j ON j.proposal = a.proposal
            WHERE j.lead = $1 AND a.stage = 'advanced' AND a.balance > 0 AND j.ends_on < $3 GROUP BY j.id""",
            waiting=N_("Cơ quan tài chính"), limit="advance_clearance",
        ),
        Work(
            N_("Hoàn trả kinh phí"), "/recoveries/{id}",
            a_row("j.code || ' ' || j.title", id="r.id", due=END_OF_DAY.format("r.due")) + """
            FROM recovery r JOIN project j ON j.id = r.project WHERE j.lead = $1 AND r.state = 'decided'""",
            waiting=N_("Cơ quan tài chính"),
        ),
        Work(
            N_("Khai tài khoản để nhận thù lao"), "/fees/account",
            a_row("''", id="min(f.id)", n="count(*)") + """
            FROM fee f WHERE f.person = $1 AND NOT EXISTS (SELECT FROM listed_fee l WHERE l.fee = f.id)
                AND NOT EXISTS (SELECT FROM pay_detail d WHERE d.person = $1) HAVING count(*) > 0""",
            about=N_("{n} khoản đang chờ chi"), waiting=SKHCN,
        ),
    ],
    Role.OFFICER: [
        Work(
            N_("Xác nhận khối lượng để hoàn tạm ứng"), "/clearances/{id}",
            a_row("j.code || ' ' || j.title", id="c.id", waiting="w.full_name", due="c.filed_at") + """
            FROM clearance c JOIN project j ON j.id = c.project JOIN person w ON w.id = c.filed_by
            WHERE c.state = 'filed' AND c.filed_by <> $1 AND j.lead <> $1""",
            limit="advance_confirmation",
        ),
        Work(
            N_("Lập quyết toán nhiệm vụ đã đăng ký kết quả"), "/projects/{id}/settlements",
            a_row("j.code || ' ' || j.title", id="j.id", waiting="w.full_name") + """
            FROM project j JOIN person w ON w.id = j.lead WHERE j.state = 'registered'
                AND NOT EXISTS (SELECT FROM settlement s WHERE s.project = j.id AND s.year IS NULL AND s.state IN ('proposed', 'approved'))
                AND EXISTS (SELECT FROM ledger_account a JOIN budget_year y ON y.year = a.year AND y.state <> 'closed'
                    WHERE a.proposal = j.proposal AND a.stage = 'paid' AND a.balance > 0)""",
        ),
        Work(
            N_("Thanh lý nhiệm vụ đã xong mọi khoản"), "/projects/{id}/closing",
            a_row("j.code || ' ' || j.title", id="j.id", waiting="w.full_name") + """
            FROM project j JOIN person w ON w.id = j.lead
            WHERE (j.state IN ('settled', 'terminated') OR (j.state = 'evaluated' AND j.grade = 'fail')) AND j.lead <> $1
                AND NOT EXISTS (SELECT FROM recovery r WHERE r.project = j.id AND r.state IN ('proposed', 'decided'))
                AND NOT EXISTS (SELECT FROM payment y WHERE y.project = j.id AND y.state IN ('requested', 'approved'))
                AND NOT EXISTS (SELECT FROM ledger_account a JOIN budget_year b ON b.year = a.year AND b.state <> 'closed'
                    WHERE a.proposal = j.proposal AND a.stage IN ('advanced', 'paid', 'lent') AND a.balance > 0)""",
        ),
        Work(
            N_("Lập lại quyết toán bị trả"), "/settlements/{id}",
            a_row("j.code || ' ' || j.title", id="s.id") + """
            FROM settlement s JOIN project j ON j.id = s.project WHERE s.state = 'refused' AND s.made_by = $1""",
        ),
        Work(
            N_("Chốt danh sách chi thù lao"), "/fees/lists/new",
            a_row("''", id="min(f.id)", n="count(*)") + """
            FROM fee f JOIN pay_detail d ON d.person = f.person WHERE NOT EXISTS (SELECT FROM listed_fee x WHERE x.fee = f.id)
            HAVING count(*) > 0""",
            about=N_("{n} khoản chưa vào danh sách"), waiting=N_("Chuyên gia"),
        ),
        Work(
            N_("Đề nghị chi danh sách thù lao đã chốt"), "/pay-lists/{id}",
            a_row("l.name", id="l.id") + """
            FROM pay_list l WHERE NOT EXISTS (SELECT FROM fee_payment f WHERE f.pay_list = l.id AND f.state <> 'refused')""",
            waiting=N_("Chuyên gia"),
        ),
    ],
    Role.FINANCE: [
        Work(
            N_("Duyệt tạm ứng, thanh toán"), "/payments/{id}",
            a_row("j.code || ' ' || j.title", id="y.id", waiting="w.full_name") + f"""
            FROM payment y JOIN project j ON j.id = y.project JOIN person w ON w.id = y.requested_by
            WHERE y.state = 'requested' AND y.requested_by <> $1 AND y.stream IN {MY_STREAMS}
                AND NOT EXISTS (SELECT FROM payment_approval p WHERE p.payment = y.id AND p.by = $1)""",
        ),
        Work(
            N_("Ghi hoàn tạm ứng"), "/clearances/{id}",
            a_row("j.code || ' ' || j.title", id="c.id", waiting="w.full_name", due="c.confirmed_at") + f"""
            FROM clearance c JOIN project j ON j.id = c.project JOIN person w ON w.id = c.filed_by
            WHERE c.state = 'confirmed' AND $1 NOT IN (c.filed_by, c.confirmed_by) AND c.stream IN {MY_STREAMS}""",
            limit="advance_confirmation",
        ),
        Work(
            N_("Phê duyệt quyết toán"), "/settlements/{id}",
            a_row("j.code || ' ' || coalesce(s.year::text || ' ', '') || j.title", id="s.id", waiting="w.full_name") + f"""
            FROM settlement s JOIN project j ON j.id = s.project JOIN person w ON w.id = s.made_by
            WHERE s.state = 'proposed' AND s.made_by <> $1
                AND EXISTS (SELECT FROM settlement_sum u WHERE u.settlement = s.id AND u.stream IN {MY_STREAMS}
                    AND NOT EXISTS (SELECT FROM settlement_approval a WHERE a.settlement = s.id AND a.stream = u.stream))""",
        ),
        Work(
            N_("Quyết định thu hồi"), "/recoveries/{id}",
            a_row("j.code || ' ' || j.title", id="r.id", waiting="w.full_name") + f"""
            FROM recovery r JOIN project j ON j.id = r.project JOIN person w ON w.id = r.made_by
            WHERE r.state = 'proposed' AND r.made_by <> $1 AND r.stream IN {MY_STREAMS}""",
        ),
        Work(
            N_("Đôn đốc hoàn trả quá hạn"), "/recoveries/{id}",
            a_row("j.code || ' ' || j.title", id="r.id", due=END_OF_DAY.format("r.due")) + f"""
            FROM recovery r JOIN project j ON j.id = r.project WHERE r.state = 'decided' AND r.due < $3 AND r.stream IN {MY_STREAMS}""",
        ),
        Work(
            N_("Đôn đốc hoàn tạm ứng: nhiệm vụ đã hết thời gian thực hiện"), "/projects/{id}/clearances",
            a_row("j.code || ' ' || j.title", id="j.id", due=END_OF_DAY.format("max(j.ends_on)")) + f"""
            FROM ledger_account a JOIN project j ON j.proposal = a.proposal
            WHERE a.stage = 'advanced' AND a.balance > 0 AND j.ends_on < $3 AND a.stream IN {MY_STREAMS} GROUP BY j.id""",
            limit="advance_clearance",
        ),
        Work(
            N_("Quyết định xử lý rủi ro"), "/loans/{id}",
            a_row("j.code || ' ' || j.title", id="l.id", waiting="w.full_name") + f"""
            FROM fund_write_off o JOIN fund_loan l ON l.id = o.loan JOIN project j ON j.id = l.project JOIN person w ON w.id = o.made_by
            WHERE o.state = 'proposed' AND o.made_by <> $1 AND 'fund' IN {MY_STREAMS}""",
        ),
        Work(
            N_("Đôn đốc nợ đến hạn của Quỹ"), "/loans/{id}",
            a_row("j.code || ' ' || j.title", id="l.id", due=END_OF_DAY.format("min(d.due)")) + f"""
            FROM fund_loan l JOIN project j ON j.id = l.project JOIN loan_due d ON d.loan = l.id AND d.due <= $3 + 30
            WHERE l.state = 'running' AND 'fund' IN {MY_STREAMS} AND l.repaid + l.written_off
                < (SELECT sum(e.principal) FROM loan_due e WHERE e.loan = l.id AND e.due <= d.due) GROUP BY l.id, j.id""",
        ),
        Work(
            N_("Duyệt chi thù lao"), "/pay-lists/{id}",
            a_row("l.name", id="l.id", waiting="w.full_name") + f"""
            FROM fee_payment f JOIN pay_list l ON l.id = f.pay_list JOIN person w ON w.id = f.requested_by
            WHERE f.state = 'requested' AND f.requested_by <> $1 AND f.stream IN {MY_STREAMS}
                AND NOT EXISTS (SELECT FROM pay_line i WHERE (i.pay_list, i.person) = (l.id, $1))""",
        ),
    ],
    Role.TREASURER: [
        Work(
            N_("Xác nhận đã chi thù lao"), "/pay-lists/{id}",
            a_row("l.name", id="l.id", waiting="w.full_name") + """
            FROM fee_payment f JOIN pay_list l ON l.id = f.pay_list JOIN person w ON w.id = f.requested_by
            WHERE f.state = 'approved' AND $1 NOT IN (f.requested_by, f.approved_by)""",
        ),
        Work(
            N_("Xử lý dòng sao kê bị lệch"), "/treasury/lines/{id}",
            a_row("l.number || ', ' || l.difference", id="l.id") + """
            FROM treasury_line l WHERE l.state = 'differs'""",
        ),
        Work(
            N_("Ghi tiền hoàn trả"), "/recoveries/{id}",
            a_row("j.code || ' ' || j.title", id="r.id", due=END_OF_DAY.format("r.due")) + """
            FROM recovery r JOIN project j ON j.id = r.project WHERE r.state = 'decided' AND r.decided_by <> $1""",
        ),
        Work(
            N_("Ghi tiền trả nợ đến hạn của Quỹ"), "/loans/{id}",
            a_row("j.code || ' ' || j.title", id="l.id", due=END_OF_DAY.format("min(d.due)")) + """
            FROM fund_loan l JOIN project j ON j.id = l.project JOIN loan_due d ON d.loan = l.id
            WHERE l.state = 'running' AND l.made_by <> $1 AND d.due <= $3 + 30 AND l.repaid + l.written_off
                < (SELECT sum(e.principal) FROM loan_due e WHERE e.loan = l.id AND e.due <= d.due) GROUP BY l.id, j.id""",
        ),
        Work(
            N_("Xác nhận đã chi"), "/payments/{id}",
            a_row("j.code || ' ' || j.title", id="y.id", waiting="w.full_name") + """
            FROM payment y JOIN project j ON j.id = y.project JOIN person w ON w.id = y.requested_by
            WHERE y.state = 'approved' AND $1 NOT IN (y.requested_by, y.approved_by)""",
        ),
    ],
}
