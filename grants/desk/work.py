"""The kinds of work that may wait for a person, each a query of id, about, n (how many), waiting (who for) and due.

In a query $1 is the person, $2 now, $3 today, $4 the organisations the person is a finance officer for.
"""

import re
from dataclasses import dataclass

from budget import calendar_days
from grants.people.tables import Role
from grants.shell.language import N_

MOST = 8  # lines of one kind on a desk
SKHCN = N_("Cơ quan quản lý")
APPLICANTS = N_("Người nộp hồ sơ")
PANEL = N_("Hội đồng")
END_OF_DAY = "(({}::date + time '23:59:59') AT TIME ZONE interval '7 hours')"
MY_STREAMS = "(SELECT stream FROM answering($3) WHERE organisation = ANY($4))"

BLIND_TITLE = "(SELECT s.blind_title FROM submission s WHERE s.proposal = b.proposal ORDER BY s.number DESC LIMIT 1)"


def in_state(state: str) -> str:
    """How many applications of each call are in a state, out of the tally: call, n."""
    return f"(SELECT call, sum(n) AS n FROM proposal_tally WHERE state = '{state}' GROUP BY call HAVING sum(n) > 0)"


@dataclass(frozen=True)
class Work:
    """One kind of work. `limit`: the rule set's time limit that runs from what the query calls due."""

    what: str
    href: str
    sql: str
    about: str = "{about}"
    waiting: str = ""
    limit: str = ""


KEPT_IN_BOTH = re.compile(r"\b([cpjt]\.|^)title\b")  # of calls, applications, projects and topics


def a_row(about: str, *, id: str = "id", n: str = "0", waiting: str = "NULL", due: str = "NULL") -> str:
    """The columns that every kind of work answers with; what it is about in English too, where its title is kept in English."""
    english = KEPT_IN_BOTH.sub(r"coalesce(nullif(\1title_en, ''), \1title)", about)
    return (
        f"SELECT {id}::bigint AS id, {about}::text AS about, {english}::text AS about_en, {n}::bigint AS n, "
        f"{waiting}::text AS waiting, {due}::timestamptz AS due"
    )


TO_CORRECT = "({})".format(" UNION ALL ".join(
    f'SELECT project, title FROM "{table}" WHERE entered_by = $1 AND remark <> \'\' AND verified_at IS NULL'
    for table in ("output", "right", "transfer")
))

EVERYBODY = [
    Work(
        N_("Hoàn thành và nộp hồ sơ"), "/proposals/{id}",
        a_row("p.title", id="p.id", due="c.deadline") + """
        FROM proposal p JOIN call c ON c.id = p.call
        WHERE p.lead = $1 AND p.state = 'draft' AND c.state = 'published' AND c.deadline > $2""",
        waiting=SKHCN,
    ),
    Work(
        N_("Cùng viết hồ sơ"), "/proposals/{id}",
        a_row("p.title", id="p.id", waiting="w.full_name", due="c.deadline") + """
        FROM team_member t JOIN proposal p ON p.id = t.proposal JOIN call c ON c.id = p.call JOIN person w ON w.id = p.lead
        WHERE t.person = $1 AND t.access = 'editor' AND t.joined_at IS NOT NULL AND p.state = 'draft'
            AND c.state = 'published' AND c.deadline > $2""",
    ),
    Work(
        N_("Xác nhận hồ sơ của tổ chức"), "/proposals/{id}/certification",
        a_row("p.title", id="p.id", waiting="w.full_name", due="c.deadline") + """
        FROM proposal p JOIN call c ON c.id = p.call JOIN person w ON w.id = p.lead
        WHERE p.signatory = $1 AND p.state = 'draft' AND p.certified_at IS NULL AND c.state = 'published' AND c.deadline > $2
            AND coalesce((SELECT e.did FROM event e WHERE e.thing = 'proposal' AND e.thing_id = p.id
                AND e.did IN ('certification_asked', 'certification_refused', 'certified') ORDER BY e.id DESC LIMIT 1), '')
                = 'certification_asked'""",
    ),
    Work(
        N_("Nộp báo cáo định kỳ"), "/reports/{id}",
        a_row("j.code || ' ' || j.title", id="r.id", due=END_OF_DAY.format("r.due")) + """
        FROM report r JOIN project j ON j.id = r.project
        WHERE j.lead = $1 AND j.state = 'running' AND r.state = 'due' AND r.due < $3 + 60""",
        waiting=SKHCN,
    ),
    Work(
        N_("Sửa báo cáo bị trả lại"), "/reports/{id}",
        a_row("j.code || ' ' || j.title", id="r.id", due=END_OF_DAY.format("r.due")) + """
        FROM report r JOIN project j ON j.id = r.project WHERE j.lead = $1 AND r.state = 'returned'""",
        waiting=SKHCN,
    ),
    Work(
        N_("Sửa kết quả theo ý kiến"), "/projects/{id}/outcomes",
        a_row("o.title", id="o.project") + f" FROM {TO_CORRECT} AS o", waiting=SKHCN,
    ),
    Work(
        N_("Cho biết có đồng ý để tỉnh dùng thông tin của mình"), "/experts/{id}",
        a_row("o.name", id="x.id") + """
        FROM expert x JOIN organisation o ON o.id = x.association
        WHERE x.person = $1 AND x.consented_at IS NULL AND x.retired_on IS NULL""",
        waiting=N_("Liên hiệp hội"),
    ),
    Work(
        N_("Xác nhận thông tin chuyên gia hằng năm"), "/experts/{id}/refresh",
        a_row("o.name", id="x.id") + """
        FROM expert x JOIN organisation o ON o.id = x.association
        WHERE x.person = $1 AND x.retired_on IS NULL AND x.consented_at < $2 - interval '1 year'
            AND (x.refreshed_on IS NULL OR x.refreshed_on < $3 - 365)""",
        waiting=N_("Liên hiệp hội"),
    ),
    Work(
        N_("Trả lời có nhận đánh giá hay không"), "/ballots/{id}",
        a_row(BLIND_TITLE, id="b.id", due="n.meets_at") + """
        FROM ballot b JOIN panel n ON n.id = b.panel
        WHERE b.judge = $1 AND b.state = 'offered' AND n.state IN ('invited', 'in_session')""",
        waiting=SKHCN,
    ),
    Work(
        N_("Chấm và nộp phiếu"), "/ballots/{id}",
        a_row(BLIND_TITLE, id="b.id", due="n.meets_at") + """
        FROM ballot b JOIN panel n ON n.id = b.panel
        WHERE b.judge = $1 AND b.state = 'accepted' AND n.state IN ('invited', 'in_session')""",
        waiting=PANEL,
    ),
    Work(
        N_("Chấm và nộp phiếu"), "/votes/{id}",
        a_row("coalesce(j.title, t.title)", id="v.id", due="n.meets_at") + """
        FROM vote v JOIN matter m ON m.id = v.matter JOIN panel n ON n.id = m.panel
        LEFT JOIN topic t ON t.id = m.topic LEFT JOIN project j ON j.id = m.project
        WHERE v.judge = $1 AND v.state = 'accepted' AND n.state IN ('invited', 'in_session')""",
        waiting=PANEL,
    ),
    Work(
        N_("Ghi phiên họp, kiểm phiếu, lập biên bản"), "/panels/{id}/session",
        a_row("n.name", id="n.id", due="n.meets_at") + """
        FROM seat s JOIN panel n ON n.id = s.panel
        WHERE s.person = $1 AND s.part = 'secretary' AND n.state IN ('invited', 'in_session', 'counted')""",
        waiting=PANEL,
    ),
    Work(
        N_("Thẩm định kinh phí"), "/appraisals/{id}",
        a_row("p.title", id="a.id") + """
        FROM appraiser m JOIN appraisal a ON a.id = m.appraisal JOIN proposal p ON p.id = a.proposal
        WHERE m.person = $1 AND a.state = 'open' AND NOT a.set_aside""",
        waiting=SKHCN,
    ),
]

EVERYBODY += [
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
]

DAY_OF_YEAR = """(make_date((extract(year FROM $3::date)::int + step) + d.later, d.month, 1) + least(d.day,
    extract(day FROM make_date((extract(year FROM $3::date)::int + step) + d.later, d.month, 1) + interval '1 month'
        - interval '1 day')::int) - 1)"""
YEAR_OF = "(extract(year FROM $3::date)::int + step)"


def of_calendar(role: str) -> Work:
    """The days of the budget year's calendar that this role has within thirty days, unless the system knows the thing is done."""
    return Work(
        N_("Theo lịch năm ngân sách"), "/budget/calendar?year={id}",
        a_row("w.name", id="w.year", due=END_OF_DAY.format("w.on_day")) + f"""
        FROM (SELECT d.code, d.name, {YEAR_OF} AS year, {DAY_OF_YEAR} AS on_day FROM year_day d, generate_series(-1, 1) AS step
              WHERE d.role = '{role}' AND {YEAR_OF} BETWEEN d.from_year AND coalesce(d.to_year, 9999)) AS w
        WHERE w.on_day BETWEEN $3::date AND $3::date + 30 AND NOT CASE w.code
            {" ".join(f"WHEN '{code}' THEN {done.replace('$1', 'w.year')}" for code, done in calendar_days.DONE.items())}
            ELSE false END""",
    )


OFFICER = [
    of_calendar("officer"),
    Work(
        N_("Hoàn thiện và công bố thông báo"), "/calls/{id}",
        a_row("title", due="opens_at") + " FROM call WHERE state IN ('draft', 'dry_run')", waiting=APPLICANTS,
    ),
    Work(
        N_("Mở hồ sơ"), "/calls/{id}/opening",
        a_row("c.title", id="c.id", n="coalesce(t.n, 0)", due="c.deadline") + f"""
        FROM call c LEFT JOIN {in_state("submitted")} AS t ON t.call = c.id
        WHERE (c.state = 'published' AND c.deadline < $2) OR (c.state = 'closed' AND c.opened_on IS NULL)""",
        about=N_("{about}: {n} hồ sơ"), waiting=APPLICANTS, limit="opening",
    ),
    Work(
        N_("Xác nhận hồ sơ hợp lệ hay không"), "/calls/{id}/opening",
        a_row("c.title", id="c.id", n="t.n", due="c.deadline") + f"""
        FROM call c JOIN {in_state("submitted")} AS t ON t.call = c.id WHERE c.opened_on IS NOT NULL""",
        about=N_("{about}: {n} hồ sơ"), waiting=APPLICANTS, limit="opening",
    ),
    Work(
        N_("Lập hội đồng tuyển chọn"), "/calls/{id}/nominations",
        a_row("c.title", id="c.id", n="t.n") + f"""
        FROM call c JOIN {in_state("eligible")} AS t ON t.call = c.id
        WHERE NOT EXISTS (SELECT FROM panel n WHERE n.call = c.id AND n.kind = 'selection')""",
        about=N_("{about}: {n} hồ sơ hợp lệ"), waiting=APPLICANTS,
    ),
    Work(
        N_("Hoàn tất hội đồng và mời thành viên"), "/panels/{id}",
        a_row("name", due="meets_at") + " FROM panel WHERE state = 'forming'", waiting=APPLICANTS,
    ),
    Work(
        N_("Họp hội đồng và kiểm phiếu"), "/panels/{id}",
        a_row("name", due="meets_at") + " FROM panel WHERE state IN ('invited', 'in_session')", waiting=APPLICANTS,
    ),
    Work(
        N_("Khoá biên bản và chuyển kết quả"), "/panels/{id}",
        a_row("name", due="meets_at") + " FROM panel WHERE state = 'counted'", waiting=APPLICANTS,
    ),
    Work(
        N_("Giải quyết xung đột phát hiện sau khi bỏ phiếu"), "/objections/{id}",
        a_row("p.reference || ' ' || p.title", id="o.id", waiting="w.full_name") + """
        FROM objection o JOIN proposal p ON p.id = o.proposal JOIN person w ON w.id = p.lead
        WHERE o.settled_at IS NULL AND p.state IN ('recommended', 'appraised')""",
    ),
    Work(
        N_("Thẩm định kinh phí"), "/appraisals",
        a_row("c.title", id="c.id", n="t.n") + f" FROM call c JOIN {in_state('recommended')} AS t ON t.call = c.id",
        about=N_("{about}: {n} hồ sơ được kiến nghị"), waiting=APPLICANTS,
    ),
    Work(
        N_("Đề nghị giữ kinh phí cho hồ sơ đã thẩm định"), "/proposals?state=appraised&call={id}",
        a_row("c.title", id="c.id", n="count(*)") + """
        FROM proposal p JOIN call c ON c.id = p.call
        WHERE p.state = 'appraised' AND NOT EXISTS (SELECT FROM reservation r WHERE r.proposal = p.id) GROUP BY c.id""",
        about=N_("{about}: {n} hồ sơ"), waiting=APPLICANTS,
    ),
    Work(
        N_("Trình dự toán năm"), "/estimates/{id}",
        a_row("year") + """
        FROM estimate WHERE state = 'draft' OR EXISTS (SELECT FROM stream_return r WHERE r.estimate = estimate.id)""",
        about=N_("Dự toán năm {about}"), waiting=N_("Cơ quan tài chính"),
    ),
    Work(
        N_("Xem mức mà tài chính đã thay đổi"), "/estimates/{id}",
        a_row("e.year", id="e.id", n="count(*)") + """
        FROM estimate e JOIN estimate_line l ON l.estimate = e.id
        WHERE e.state IN ('proposed', 'agreed') AND l.agreed <> l.proposed GROUP BY e.id""",
        about=N_("Dự toán năm {about}: {n} dòng thay đổi"),
    ),
    Work(
        N_("Ký hợp đồng"), "/projects/{id}/agreement",
        a_row("j.code || ' ' || j.title", id="j.id", waiting="w.full_name") + """
        FROM project j JOIN person w ON w.id = j.lead WHERE j.state = 'awarded'""",
    ),
    Work(
        N_("Duyệt báo cáo định kỳ"), "/reports/{id}",
        a_row("j.code || ' ' || j.title", id="r.id", waiting="w.full_name") + """
        FROM report r JOIN project j ON j.id = r.project JOIN person w ON w.id = j.lead WHERE r.state = 'filed'""",
    ),
    Work(
        N_("Nghiệm thu nhiệm vụ đã hết thời gian thực hiện"), "/projects/{id}/evaluation",
        a_row("j.code || ' ' || j.title", id="j.id", waiting="w.full_name", due=END_OF_DAY.format("j.ends_on")) + """
        FROM project j JOIN person w ON w.id = j.lead WHERE j.state = 'running' AND j.ends_on < $3""",
        limit="final_file",
    ),
    Work(
        N_("Ghi đăng ký kết quả"), "/projects/{id}/registration",
        a_row("j.code || ' ' || j.title", id="j.id", waiting="w.full_name", due=END_OF_DAY.format("j.graded_on")) + """
        FROM project j JOIN person w ON w.id = j.lead WHERE j.state = 'evaluated' AND j.grade <> 'fail'""",
        limit="result_registration",
    ),
    *(
        Work(
            what, f"/outcomes/{kind}?state=waiting",
            a_row("''", id="min(id)", n="count(*)") + f"""
            FROM "{table}" WHERE verified_at IS NULL AND remark = '' AND entered_by <> $1 HAVING count(*) > 0""",
            about=N_("{n} mục chưa xác nhận"), waiting=N_("Chủ nhiệm nhiệm vụ"),
        )
        for table, kind, what in (
            ("output", "outputs", N_("Xác nhận sản phẩm")), ("right", "rights", N_("Xác nhận quyền sở hữu trí tuệ")),
            ("transfer", "transfers", N_("Xác nhận hợp đồng chuyển giao")),
        )
    ),
]

ASSOCIATION = [
    Work(
        N_("Giới thiệu chuyên gia cho hội đồng"), "/calls/{id}/nominations",
        a_row("c.title || ' (' || (SELECT count(*) FROM nomination m WHERE m.call = c.id) || '/' || q.wanted || ')'", id="c.id",
              due=END_OF_DAY.format("q.due")) + """
        FROM nomination_request q JOIN call c ON c.id = q.call
        WHERE (SELECT count(*) FROM nomination m WHERE m.call = c.id) < q.wanted
            AND NOT EXISTS (SELECT FROM panel n WHERE n.call = c.id AND n.kind = 'selection' AND n.state <> 'forming')""",
        waiting=SKHCN,
    ),
]

FINANCE = [
    of_calendar("finance"),
    Work(
        N_("Quyết định điều chỉnh dự toán"), "/adjustments/{id}",
        a_row("a.reason", id="a.id", waiting="w.full_name") + f"""
        FROM adjustment a JOIN person w ON w.id = a.made_by JOIN budget_ground g ON g.id = a.ground
        WHERE a.state = 'proposed' AND a.made_by <> $1 AND g.decided_by = 'finance' AND a.stream IN {MY_STREAMS}""",
    ),
    Work(
        N_("Xác nhận xử lý số dư cuối năm"), "/year-ends/{id}",
        a_row("r.year", id="r.year", n="count(*)") + f"""
        FROM year_remainder r WHERE r.state = 'proposed' AND r.made_by <> $1 AND r.stream IN {MY_STREAMS} GROUP BY r.year""",
        about=N_("Năm {about}: {n} khoản"), waiting=SKHCN,
    ),
    Work(
        N_("Huỷ hoặc chuyển nguồn số dư, khoá sổ năm"), "/year-ends/{id}",
        a_row("y.year", id="y.year", due=END_OF_DAY.format(
            "(SELECT make_date(y.year + d.later, d.month, d.day) FROM year_day d WHERE d.code = 'adjustment-ends' "
            "AND y.year BETWEEN d.from_year AND coalesce(d.to_year, 9999))"
        )) + """
        FROM budget_year y WHERE y.state = 'adjusting' OR (y.state = 'open' AND $3::date > make_date(y.year, 12, 31))""",
        about=N_("Năm ngân sách {about}"),
    ),
    Work(
        N_("Cho ý kiến về dự toán năm"), "/estimates/{id}",
        a_row("e.year", id="e.id", n="count(*)") + f"""
        FROM estimate e JOIN estimate_line l ON l.estimate = e.id
        WHERE e.state = 'proposed' AND l.agreed IS NULL AND l.stream IN {MY_STREAMS}
            AND NOT EXISTS (SELECT FROM stream_return r WHERE (r.estimate, r.stream) = (l.estimate, l.stream)) GROUP BY e.id""",
        about=N_("Dự toán năm {about}: {n} dòng"), waiting=SKHCN,
    ),
    Work(
        N_("Duyệt phân bổ cho thông báo"), "/allocations/{id}",
        a_row("c.title", id="a.id", waiting="w.full_name") + f"""
        FROM allocation a JOIN call c ON c.id = a.call JOIN person w ON w.id = a.made_by
        WHERE a.state = 'proposed' AND a.made_by <> $1 AND a.stream IN {MY_STREAMS}""",
    ),
    Work(
        N_("Duyệt giữ kinh phí cho hồ sơ"), "/reservations/{id}",
        a_row("p.reference || ' ' || p.title", id="r.id", waiting="w.full_name") + f"""
        FROM reservation r JOIN proposal p ON p.id = r.proposal JOIN person w ON w.id = r.made_by
        WHERE r.state = 'requested' AND r.made_by <> $1 AND r.stream IN {MY_STREAMS}""",
    ),
    Work(
        N_("Duyệt tạm ứng, thanh toán"), "/payments/{id}",
        a_row("j.code || ' ' || j.title", id="y.id", waiting="w.full_name") + f"""
        FROM payment y JOIN project j ON j.id = y.project JOIN person w ON w.id = y.requested_by
        WHERE y.state = 'requested' AND y.requested_by <> $1 AND y.stream IN {MY_STREAMS}
            AND NOT EXISTS (SELECT FROM payment_approval p WHERE p.payment = y.id AND p.by = $1)""",
    ),
]

FINANCE += [
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
]
OFFICER += [
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
]
OFFICER += [
    Work(
        N_("Tiếp nhận ý kiến của liên hiệp hội"), "/opinions/{id}",
        a_row("o.subject", id="o.id") + " FROM opinion o WHERE o.state = 'filed'", waiting=N_("Liên hiệp hội"),
    ),
]
ASSOCIATION += [
    Work(
        N_("Nhận cho ý kiến và cử chuyên gia"), "/opinions/{id}",
        a_row("o.subject", id="o.id", due=END_OF_DAY.format("o.due")) + " FROM opinion o WHERE o.state = 'requested'", waiting=SKHCN,
    ),
    Work(
        N_("Nộp văn bản ý kiến"), "/opinions/{id}",
        a_row("o.subject", id="o.id", due=END_OF_DAY.format("o.due")) + " FROM opinion o WHERE o.state = 'accepted'", waiting=SKHCN,
    ),
]
EVERYBODY += [
    Work(
        N_("Chuẩn bị ý kiến cho liên hiệp hội"), "/opinions/{id}",
        a_row("o.subject", id="o.id", due=END_OF_DAY.format("o.due")) + """
        FROM opinion o JOIN opinion_expert e ON e.opinion = o.id WHERE e.person = $1 AND o.state = 'accepted'""",
        waiting=N_("Liên hiệp hội"),
    ),
    Work(
        N_("Kiểm tra sản phẩm và nộp báo cáo của tổ chuyên gia"), "/panels/{id}/matters",
        a_row("n.name", id="n.id", due="n.meets_at") + """
        FROM product_checker c JOIN matter m ON m.id = c.matter JOIN panel n ON n.id = m.panel
        WHERE n.state = 'invited' AND NOT EXISTS (SELECT FROM product_report r WHERE r.matter = m.id)
            AND c.id = (SELECT min(f.id) FROM product_checker f WHERE f.matter = m.id) AND c.person = $1""",
        waiting=PANEL,
    ),
]
OFFICER += [
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
]
FINANCE += [
    Work(
        N_("Duyệt chi thù lao"), "/pay-lists/{id}",
        a_row("l.name", id="l.id", waiting="w.full_name") + f"""
        FROM fee_payment f JOIN pay_list l ON l.id = f.pay_list JOIN person w ON w.id = f.requested_by
        WHERE f.state = 'requested' AND f.requested_by <> $1 AND f.stream IN {MY_STREAMS}""",
    ),
]
EVERYBODY += [
    Work(
        N_("Khai tài khoản để nhận thù lao"), "/fees/account",
        a_row("''", id="min(f.id)", n="count(*)") + """
        FROM fee f WHERE f.person = $1 AND NOT EXISTS (SELECT FROM listed_fee l WHERE l.fee = f.id)
            AND NOT EXISTS (SELECT FROM pay_detail d WHERE d.person = $1) HAVING count(*) > 0""",
        about=N_("{n} khoản đang chờ chi"), waiting=SKHCN,
    ),
]
TREASURER = [
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
]

LEADER = [
    of_calendar("leader"),
    Work(
        N_("Quyết định bổ sung, cắt giảm dự toán"), "/adjustments/{id}",
        a_row("a.reason", id="a.id", waiting="w.full_name") + """
        FROM adjustment a JOIN person w ON w.id = a.made_by JOIN budget_ground g ON g.id = a.ground
        WHERE a.state = 'proposed' AND a.made_by <> $1 AND g.decided_by = 'leader'""",
    ),
    Work(
        N_("Quyết định chuyển năm kế hoạch kinh phí"), "/proposals/{id}/plan-move",
        a_row("p.reference || ' ' || p.title", id="p.id", waiting="w.full_name") + """
        FROM plan_move m JOIN proposal p ON p.id = m.proposal JOIN person w ON w.id = m.made_by JOIN budget_ground g ON g.id = m.ground
        WHERE m.state = 'proposed' AND m.made_by <> $1 AND g.decided_by = 'leader'""",
    ),
    Work(
        N_("Quyết định dự toán năm"), "/estimates/{id}",
        a_row("e.year", id="e.id") + """
        FROM estimate e WHERE e.made_by <> $1 AND EXISTS (SELECT FROM stream_submission s WHERE s.estimate = e.id
            AND NOT EXISTS (SELECT FROM stream_decision d WHERE (d.estimate, d.stream) = (s.estimate, s.stream)))""",
        about=N_("Dự toán năm {about}"), waiting=SKHCN,
    ),
    Work(
        N_("Phê duyệt nhiệm vụ được cấp kinh phí"), "/awards/{id}",
        a_row("p.reference || ' ' || p.title", id="p.id", waiting="w.full_name") + """
        FROM proposal p JOIN person w ON w.id = p.lead
        WHERE p.state = 'appraised' AND EXISTS (SELECT FROM reservation r WHERE r.proposal = p.id AND r.state = 'approved')
            AND NOT EXISTS (SELECT FROM reservation r WHERE r.proposal = p.id AND r.state IN ('requested', 'refused'))""",
    ),
    Work(
        N_("Quyết định hồ sơ không được kiến nghị"), "/awards",
        a_row("c.title", id="c.id", n="t.n") + f" FROM call c JOIN {in_state('not_recommended')} AS t ON t.call = c.id",
        about=N_("{about}: {n} hồ sơ"), waiting=APPLICANTS,
    ),
    Work(
        N_("Phê duyệt danh mục nhiệm vụ đề xuất"), "/topics?state=suggested",
        a_row("''", id="min(id)", n="count(*)") + " FROM topic WHERE state = 'suggested' HAVING count(*) > 0",
        about=N_("{n} đề xuất"), waiting=SKHCN,
    ),
]

ADMIN = [
    Work(
        N_("Giao vai trò cho tài khoản mới"), "/people/{id}",
        a_row("p.full_name", id="p.id") + """
        FROM person p WHERE p.confirmed_at IS NOT NULL AND p.closed_at IS NULL
            AND NOT EXISTS (SELECT FROM membership m WHERE m.person = p.id)""",
    ),
]

OF_ROLE: dict[Role, list[Work]] = {
    Role.OFFICER: OFFICER, Role.ASSOCIATION: ASSOCIATION, Role.FINANCE: FINANCE, Role.TREASURER: TREASURER, Role.LEADER: LEADER,
    Role.ADMIN: ADMIN,
}
