"""Work on calls, applications and topics."""

from grants.desk.work import APPLICANTS, SKHCN, Work, a_row, in_state
from grants.people.tables import Role
from grants.shell.language import N_

BY_ROLE: dict[Role | None, list[Work]] = {  # None: whatever roles a person has
    None: [
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
            N_("Trả lời lời mời tham gia hồ sơ"), "/invitations/{id}",
            a_row("p.title", id="t.id", waiting="w.full_name", due="least(l.ends_at, c.deadline)") + """
            FROM link l JOIN team_member t ON t.id = l.subject JOIN proposal p ON p.id = t.proposal JOIN call c ON c.id = p.call
            JOIN person w ON w.id = p.lead
            WHERE l.purpose = 'team' AND l.used_at IS NULL AND l.ends_at > $2 AND p.state = 'draft' AND t.joined_at IS NULL
                AND t.email = (SELECT email FROM person WHERE id = $1)""",
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
    ],
    Role.OFFICER: [
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
    ],
    Role.LEADER: [
        Work(
            N_("Phê duyệt danh mục nhiệm vụ đề xuất"), "/topics?state=suggested",
            a_row("''", id="min(id)", n="count(*)") + " FROM topic WHERE state = 'suggested' HAVING count(*) > 0",
            about=N_("{n} đề xuất"), waiting=SKHCN,
        ),
    ],
}
