"""Work on projects: agreements, reports, results."""

from grants.desk.work import END_OF_DAY, SKHCN, Work, a_row
from grants.people.tables import Role
from grants.shell.language import N_

TO_CORRECT = "({})".format(" UNION ALL ".join(
    f'SELECT project, title FROM "{table}" WHERE entered_by = $1 AND remark <> \'\' AND verified_at IS NULL'
    for table in ("output", "right", "transfer")
))


BY_ROLE: dict[Role | None, list[Work]] = {  # None: whatever roles a person has
    None: [
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
    ],
    Role.OFFICER: [
        Work(
            N_("Ký hợp đồng"), "/projects/{id}/agreement",
            a_row("j.code || ' ' || j.title", id="j.id", waiting="w.full_name") + """
            FROM project j JOIN person w ON w.id = j.lead WHERE j.state = 'awarded'""",
        ),
        Work(
            N_("Ghi quyết định về đề nghị điều chỉnh hợp đồng"), "/amendments/{id}",
            a_row("j.code || ' ' || j.title", id="a.id", waiting="w.full_name") + """
            FROM amendment a JOIN project j ON j.id = a.project JOIN person w ON w.id = a.asked_by
            WHERE a.state = 'asked' AND a.asked_by <> $1 AND j.lead <> $1 AND a.lead IS DISTINCT FROM $1""",
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
    ],
}
