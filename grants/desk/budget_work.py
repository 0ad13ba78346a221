"""Work on the year's budget: estimates, adjustments, allocations, reservations, awards, the year's calendar and end."""

from budget import calendar_days
from grants.desk.work import APPLICANTS, END_OF_DAY, MY_STREAMS, OWN, SKHCN, Work, a_row, in_state
from grants.people.tables import Role
from grants.shell.language import N_

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


BY_ROLE: dict[Role | None, list[Work]] = {  # None: whatever roles a person has
    Role.OFFICER: [
        of_calendar("officer"),
        Work(
            N_("Đề nghị giữ kinh phí cho hồ sơ đã thẩm định"), "/proposals?state=appraised&call={id}",
            a_row("c.title", id="c.id", n="count(*)") + f"""
            FROM proposal p JOIN call c ON c.id = p.call WHERE p.state = 'appraised' AND p.id NOT IN {OWN}
                AND NOT EXISTS (SELECT FROM reservation r WHERE r.proposal = p.id) GROUP BY c.id""",
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
    ],
    Role.FINANCE: [
        of_calendar("finance"),
        Work(
            N_("Quyết định điều chỉnh dự toán"), "/adjustments/{id}",
            a_row("a.reason", id="a.id", waiting="w.full_name") + f"""
            FROM adjustment a JOIN person w ON w.id = a.made_by JOIN budget_ground g ON g.id = a.ground
            WHERE a.state = 'proposed' AND a.made_by <> $1 AND g.decided_by = 'finance' AND a.stream IN {MY_STREAMS}""",
        ),
        Work(
            N_("Duyệt đính chính sổ cái"), "/corrections/{id}",
            a_row("c.reason", id="c.id", waiting="w.full_name") + f"""
            FROM correction c JOIN person w ON w.id = c.made_by WHERE c.state = 'proposed' AND c.made_by <> $1 AND c.stream IN {MY_STREAMS}
                AND NOT EXISTS (SELECT FROM adjustment a JOIN budget_ground g ON g.id = a.ground
                    WHERE a.entry = c.wrong AND g.decided_by = 'leader')""",
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
            WHERE r.state = 'requested' AND r.made_by <> $1 AND r.stream IN {MY_STREAMS} AND p.id NOT IN {OWN}""",
        ),
        Work(
            N_("Giữ tiếp hoặc trả lại kinh phí của hồ sơ bỏ phiếu lại"), "/reservations/{id}",
            a_row("p.reference || ' ' || p.title", id="r.id", waiting="w.full_name") + f"""
            FROM reservation r JOIN proposal p ON p.id = r.proposal JOIN person w ON w.id = r.made_by
            WHERE r.state = 'approved' AND p.state IN ('in_review', 'recommended', 'not_recommended') AND r.stream IN {MY_STREAMS}
                AND p.id NOT IN {OWN}""",
        ),
    ],
    Role.LEADER: [
        of_calendar("leader"),
        Work(
            N_("Quyết định bổ sung, cắt giảm dự toán"), "/adjustments/{id}",
            a_row("a.reason", id="a.id", waiting="w.full_name") + """
            FROM adjustment a JOIN person w ON w.id = a.made_by JOIN budget_ground g ON g.id = a.ground
            WHERE a.state = 'proposed' AND a.made_by <> $1 AND g.decided_by = 'leader'""",
        ),
        Work(
            N_("Duyệt đính chính bổ sung, cắt giảm dự toán"), "/corrections/{id}",
            a_row("c.reason", id="c.id", waiting="w.full_name") + """
            FROM correction c JOIN person w ON w.id = c.made_by JOIN adjustment a ON a.entry = c.wrong
            JOIN budget_ground g ON g.id = a.ground
            WHERE c.state = 'proposed' AND c.made_by <> $1 AND g.decided_by = 'leader'""",
        ),
        Work(
            N_("Quyết định chuyển năm kế hoạch kinh phí"), "/proposals/{id}/plan-move",
            a_row("p.reference || ' ' || p.title", id="p.id", waiting="w.full_name") + f"""
            FROM plan_move m JOIN proposal p ON p.id = m.proposal JOIN person w ON w.id = m.made_by JOIN budget_ground g ON g.id = m.ground
            WHERE m.state = 'proposed' AND m.made_by <> $1 AND g.decided_by = 'leader' AND p.id NOT IN {OWN}""",
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
            a_row("p.reference || ' ' || p.title", id="p.id", waiting="w.full_name") + f"""
            FROM proposal p JOIN person w ON w.id = p.lead
            WHERE p.state = 'appraised' AND p.id NOT IN {OWN}
                AND EXISTS (SELECT FROM reservation r WHERE r.proposal = p.id AND r.state = 'approved')
                AND NOT EXISTS (SELECT FROM reservation r WHERE r.proposal = p.id AND r.state IN ('requested', 'refused'))""",
        ),
        Work(
            N_("Quyết định hồ sơ không được kiến nghị"), "/awards",
            a_row("c.title", id="c.id", n="t.n") + f" FROM call c JOIN {in_state('not_recommended')} AS t ON t.call = c.id",
            about=N_("{about}: {n} hồ sơ"), waiting=APPLICANTS,
        ),
    ],
}
