"""Makers for payments: a project that runs on committed money, paid advances, accepted reports."""

from datetime import date
from types import SimpleNamespace

from budget import awards, payments, reservations
from budget.tables import Payment
from grants.people.people import person, today
from grants.projects import agreements, reports
from grants.projects.tables import Report
from tests.makers_projects import a_filed_report, now_as

ON = date(2026, 6, 30)


async def a_running_project(world, *, months: int = 24) -> SimpleNamespace:
    """The world with the award decided and the agreement signed; `lead` is the project's lead person."""
    for one in await reservations.request(world.proposal, by=world.offices.officer):
        await reservations.approve(one, by=getattr(world.offices, one.stream))
    project = await awards.award(world.proposal, number="1024/QĐ-UBND", on=ON, by=world.offices.leader)
    await agreements.sign(
        project, number="05/HĐ-SKHCN", agreed_on=today(), starts_on=today(), months=months, by=world.offices.officer
    )
    world.project, world.lead = await now_as(project), await person(project.lead)
    return world


async def asked(world, amount: int, kind: str = "advance", **more) -> Payment:
    return await payments.request(world.project, **{
        "kind": kind, "stream": "recurrent", "year": world.year, "amount": amount, "purpose": "Đợt 1", "by": world.lead
    } | more)  # fmt: skip


async def approved(world, amount: int, kind: str = "advance", **more) -> Payment:
    payment = await asked(world, amount, kind, **more)
    await payments.approve(payment, by=getattr(world.offices, payment.stream))
    return await now_as(payment)


async def paid(world, amount: int, kind: str = "advance", *, number: str = "KB-0091", **more) -> Payment:
    payment = await approved(world, amount, kind, **more)
    await payments.confirm(payment, number=number, on=today(), by=world.offices.treasurer)
    return await now_as(payment)


async def an_accepted_report(world, spent: int = 1_000_000) -> Report:
    """The project's next report, filed and accepted."""
    due = (Report.project == world.project.id) & (Report.state == Report.State.DUE)
    report = await Report.objects().where(due).order_by(Report.number).first()
    await a_filed_report(report, world.lead, spent)
    await reports.accept(await now_as(report), by=world.offices.officer)
    return await now_as(report)
