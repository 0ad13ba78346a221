"""A slip of the pen in an agreement is put right by a second person, before any money moves, and everything that followed from it."""

from datetime import UTC, date, datetime

import asyncpg
import pytest

from grants.people.tables import Obligation, Role
from grants.projects import agreements, amendments, corrections, milestones, reports
from grants.projects.tables import AgreementCorrection, Project
from grants.shell.changes import Refused, at
from grants.shell.database import rows
from grants.shell.tables import Letter
from tests.makers import a_person
from tests.makers_projects import a_project, a_running_project, now_as

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
SPRING = datetime(2026, 3, 20, 3, tzinfo=UTC)


@pytest.fixture
async def running(officer, lead) -> Project:
    return await a_running_project(lead=lead, officer=officer)


async def corrected(project: Project, by, **more) -> Project:
    await corrections.correct(project, **{
        "number": project.agreement_number, "agreed_on": project.agreed_on, "starts_on": project.starts_on,
        "reason": "Gõ nhầm năm.", "by": by,
    } | more)
    return await now_as(project)


async def test_a_mistyped_year_is_put_right_by_a_second_person_and_everything_that_followed_from_it(officer, lead):
    project, second = await a_project(lead=lead, months=12), await a_person(Role.OFFICER)
    with at(SPRING):
        slip = {"number": "21/HD", "agreed_on": date(2025, 4, 2), "starts_on": date(2025, 4, 5), "months": 12}
        await agreements.sign(project, **slip, by=officer)  # meant was 2026; the report seems overdue at once
        assert await reports.mark_overdue() == 1
        project = await now_as(project)
        right = {"number": "21/HĐ-SKHCN", "agreed_on": date(2026, 3, 2), "starts_on": date(2026, 3, 5)}
        for wrong, says in (({"by": officer}, "khác với người đã ghi"), ({"by": lead}, "khác với người đã ghi"),
                            ({"number": " "}, "số hợp đồng"), ({"reason": ""}, "lý do"), ({"agreed_on": date(2026, 3, 21)}, "tương lai"),
                            ({"agreed_on": date(2025, 3, 20)}, "quá một năm")):
            with pytest.raises(Refused, match=says):
                await corrected(project, **{"by": second} | right | wrong)
        with pytest.raises(Refused, match="Chưa có gì thay đổi"):
            await corrected(project, second)
        project = await corrected(project, second, **right)
    assert (project.agreement_number, project.starts_on, project.ends_on) == ("21/HĐ-SKHCN", date(2026, 3, 5), date(2027, 3, 4))
    assert [r.due for r in await reports.of(project)] == [date(2026, 9, 7)] and project.late_since is None
    assert await Obligation.count().where((Obligation.kind == "overdue_report") & Obligation.settled_on.is_null()) == 0
    kept = await AgreementCorrection.objects().first()
    assert (kept.number_before, kept.starts_before, kept.by, kept.reason) == ("21/HD", date(2025, 4, 5), second.id, "Gõ nhầm năm.")
    assert await Letter.exists().where((Letter.person == officer.id) & Letter.subject.like("Đã sửa số liệu hợp đồng%"))


async def test_the_first_day_stays_once_others_built_on_it(running, lead, officer):
    second, later = await a_person(Role.OFFICER), {"starts_on": date(2026, 2, 5)}
    mark = await milestones.plan(running, name="Khảo sát", due=date(2026, 1, 20), by=officer)
    with at(SPRING):
        with pytest.raises(Refused, match="Mốc «Khảo sát» sẽ nằm ngoài"):
            await corrected(running, second, **later)
        await milestones.strike(mark, by=officer)
        row = await amendments.ask(running, "extension", months=6, reason="Hạn hán.", by=lead)
        await amendments.approve(row, number="8/QĐ", on=SPRING.date(), by=officer)
        with pytest.raises(Refused, match="chỉ sửa được số và ngày ký"):
            await corrected(await now_as(running), second, **later)
        project = await corrected(await now_as(running), second, number="13/HĐ-SKHCN")
    assert (project.agreement_number, project.ends_on) == ("13/HĐ-SKHCN", date(2028, 7, 4))


async def test_a_correction_by_who_recorded_it_and_one_altered_later_are_refused_by_the_database(running, officer):
    mine = ("INSERT INTO agreement_correction (project, number_before, number, agreed_before, agreed_on, starts_before, starts_on, "
            "ends_on, reason, by, at) SELECT id, agreement_number, '9', agreed_on, agreed_on, starts_on, starts_on, ends_on, 'x', "
            "$1, now() FROM project")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await rows(mine, officer.id)
    assert refused.value.sqlstate == "AG003"
    with at(SPRING):
        await corrected(running, await a_person(Role.OFFICER), number="9")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await rows("UPDATE agreement_correction SET number = '10'")
    assert refused.value.sqlstate == "42501"
