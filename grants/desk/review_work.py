"""Work of experts and panels, and of who forms them."""

from grants.desk.work import APPLICANTS, END_OF_DAY, OWN, PANEL, SKHCN, Work, a_row, in_state
from grants.people.tables import Role
from grants.proposals import proposals
from grants.shell.language import N_

BLIND_TITLE = "(SELECT s.blind_title FROM submission s WHERE s.proposal = b.proposal ORDER BY s.number DESC LIMIT 1)"
IN_HAND = ", ".join(f"'{state}'" for state in proposals.IN_HAND)
MINE = f"(SELECT call FROM proposal WHERE state IN ({IN_HAND}) AND id IN {OWN})"  # the calls in which one has an application oneself
JUDGED = f"""(kind <> 'selection' OR call NOT IN {MINE})
    AND (project IS NULL OR project NOT IN (SELECT id FROM project WHERE lead = $1 OR proposal IN {OWN}))"""

BY_ROLE: dict[Role | None, list[Work]] = {  # None: whatever roles a person has
    None: [
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
            N_("Dự phiên họp hội đồng"), "/ballots",
            a_row("n.name", id="n.id", due="n.meets_at") + """
            FROM seat s JOIN panel n ON n.id = s.panel WHERE s.person = $1 AND n.state = 'invited' AND n.meets_at > $2""",
            waiting=PANEL,
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
    ],
    Role.OFFICER: [
        Work(
            N_("Lập hội đồng tuyển chọn"), "/calls/{id}/nominations",
            a_row("c.title", id="c.id", n="t.n") + f"""
            FROM call c JOIN {in_state("eligible")} AS t ON t.call = c.id
            WHERE NOT EXISTS (SELECT FROM panel n WHERE n.call = c.id AND n.kind = 'selection')""",
            about=N_("{about}: {n} hồ sơ hợp lệ"), waiting=APPLICANTS,
        ),
        Work(
            N_("Hoàn tất hội đồng và mời thành viên"), "/panels/{id}",
            a_row("name", due="meets_at") + f" FROM panel WHERE state = 'forming' AND {JUDGED}", waiting=APPLICANTS,
        ),
        Work(
            N_("Họp hội đồng và kiểm phiếu"), "/panels/{id}",
            a_row("name", due="meets_at") + f" FROM panel WHERE state IN ('invited', 'in_session') AND {JUDGED}",
            waiting=APPLICANTS,
        ),
        Work(
            N_("Khoá biên bản và chuyển kết quả"), "/panels/{id}",
            a_row("name", due="meets_at") + f" FROM panel WHERE state = 'counted' AND {JUDGED}", waiting=APPLICANTS,
        ),
        Work(
            N_("Giải quyết xung đột phát hiện sau khi bỏ phiếu"), "/objections/{id}",
            a_row("p.reference || ' ' || p.title", id="o.id", waiting="w.full_name") + f"""
            FROM objection o JOIN proposal p ON p.id = o.proposal JOIN person w ON w.id = p.lead
            WHERE o.settled_at IS NULL AND p.state IN ('recommended', 'appraised') AND p.id NOT IN {OWN} AND p.call NOT IN {MINE}""",
        ),
        Work(
            N_("Thẩm định kinh phí"), "/appraisals",
            a_row("c.title", id="c.id", n="t.n") + f" FROM call c JOIN {in_state('recommended')} AS t ON t.call = c.id",
            about=N_("{about}: {n} hồ sơ được kiến nghị"), waiting=APPLICANTS,
        ),
        Work(
            N_("Tiếp nhận ý kiến của liên hiệp hội"), "/opinions/{id}",
            a_row("o.subject", id="o.id") + " FROM opinion o WHERE o.state = 'filed'", waiting=N_("Liên hiệp hội"),
        ),
    ],
    Role.ASSOCIATION: [
        Work(
            N_("Giới thiệu chuyên gia cho hội đồng"), "/calls/{id}/nominations",
            a_row("c.title || ' (' || (SELECT count(*) FROM nomination m WHERE m.call = c.id) || '/' || q.wanted || ')'", id="c.id",
                  due=END_OF_DAY.format("q.due")) + f"""
            FROM nomination_request q JOIN call c ON c.id = q.call
            WHERE (SELECT count(*) FROM nomination m WHERE m.call = c.id) < q.wanted AND c.id NOT IN {MINE}
                AND NOT EXISTS (SELECT FROM panel n WHERE n.call = c.id AND n.kind = 'selection' AND n.state <> 'forming')""",
            waiting=SKHCN,
        ),
        Work(
            N_("Nhận cho ý kiến và cử chuyên gia"), "/opinions/{id}",
            a_row("o.subject", id="o.id", due=END_OF_DAY.format("o.due")) + " FROM opinion o WHERE o.state = 'requested'", waiting=SKHCN,
        ),
        Work(
            N_("Nộp văn bản ý kiến"), "/opinions/{id}",
            a_row("o.subject", id="o.id", due=END_OF_DAY.format("o.due")) + " FROM opinion o WHERE o.state = 'accepted'", waiting=SKHCN,
        ),
    ],
}
