"""All kinds of work by whom they wait for: whatever roles a person has, and by role."""

from grants.desk import applications_work, budget_work, payments_work, projects_work, review_work
from grants.desk.work import Work, a_row
from grants.people.tables import Role
from grants.shell.language import N_

MOST = 8  # lines of one kind on a desk

ACCOUNTS: dict[Role | None, list[Work]] = {
    Role.ADMIN: [
        Work(
            N_("Giao vai trò cho tài khoản mới"), "/people/{id}",
            a_row("p.full_name", id="p.id") + """
            FROM person p WHERE p.confirmed_at IS NOT NULL AND p.closed_at IS NULL
                AND NOT EXISTS (SELECT FROM membership m WHERE m.person = p.id)""",
        ),
    ],
}
BY_ROLE = [room.BY_ROLE for room in (applications_work, review_work, projects_work, budget_work, payments_work)] + [ACCOUNTS]


def of_role(role: Role | None) -> list[Work]:
    return [work for by_role in BY_ROLE for work in by_role.get(role, [])]


EVERYBODY = of_role(None)
OF_ROLE = {role: of_role(role) for role in Role if of_role(role)}
