"""Who there is in the demo province: organisations with their mergers, people with their posts, streams' duties."""

from datetime import date

from budget.tables import Duty
from grants.calls.tables import Programme
from grants.people import remits
from grants.people.accounts import named
from grants.people.organisations import named as organisation_named
from grants.people.tables import Membership, Organisation, Person, Profile, Role, Succession, Tie
from grants.shell.changes import add, now
from grants.shell.sessions import password_hash
from review.roster_tables import Expert
from seed.diary import Diary, read

PASSWORD = "dak-lak-demo-2026"


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


async def settle(diary: Diary) -> None:
    """Everyone and every body that the diary speaks of, written down by the system."""
    await bodies(diary)
    await persons(diary)
    for programme in read("programmes"):
        row = Programme(**{key: programme[key] for key in ("code", "name", "name_en", "first_year", "last_year", "document")})
        diary.things[programme["key"]] = await add(row, by=None, did="recorded")
    for duty in read("budget")["stream_responsibility"]:
        row = Duty(
            stream=duty["stream"], organisation=diary.organisations[duty["organisation"]].id, document=duty["document"],
            valid_from=day(duty["valid_from"]), valid_to=day(duty["valid_to"]),
        )
        await add(row, by=None, did="recorded")
        await remits.entrust(
            Role.FINANCE, diary.organisations[duty["organisation"]], since=row.valid_from, document=duty["document"], by=None)
    for task in read("organisations")["tasks"]:
        body = diary.organisations[task["organisation"]]
        await remits.entrust(Role(task["role"]), body, since=day(task["valid_from"]), document=task["document"], by=None)


async def bodies(diary: Diary) -> None:
    file = read("organisations")
    for body in file["organisations"]:
        parent = diary.organisations.get(body["parent"])
        row = Organisation(
            name=body["name"], short_name=body["short_name"], name_en=body["name_en"], kind=body["kind"],
            parent=parent.id if parent else None, tax_code=body["tax_code"] or "", address=body["address"],
            valid_from=day(body["valid_from"]), valid_to=day(body["valid_to"]),
        )
        diary.organisations[body["key"]] = await add(organisation_named(row), by=None, did="recorded")
    for change in file["successions"]:
        row = Succession(
            predecessor=diary.organisations[change["predecessor"]].id, successor=diary.organisations[change["successor"]].id,
            on=day(change["on"]), document=change["document"],
        )
        await add(row, by=None, did="recorded")


async def persons(diary: Diary) -> None:
    everyone, password = read("people"), await password_hash(PASSWORD)
    for one in everyone:
        row = named(Person(
            email=one["email"], password=password, academic_rank=one["academic_rank"] or "", degree=one["degree"] or "",
            position=one["position"], fields=one["fields"], keywords=", ".join(one["keywords"]), orcid=one["orcid"],
            phone=one["phone"] or "", demo=True, confirmed_at=now(),
        ), one["full_name"])
        diary.people[one["email"]] = (await add(row, by=None, did="recorded")).id
        await add(Profile(person=row.id), by=None, did="recorded")
        await posts(diary, one, row)
        if one["association"]:
            association = diary.organisations[one["association"]].id
            expert = Expert(person=row.id, association=association, load=20, joined_on=date(2022, 1, 1), consented_at=now())
            await add(expert, by=None, did="enrolled")
    for one in everyone:
        for kin in one["kin"]:
            if one["email"] < kin["person"]:
                tie = Tie(
                    person=diary.people[one["email"]], other=diary.people[kin["person"]], kind=Tie.Kind.KINSHIP, note=kin["relation"]
                )
                await add(tie, by=None, did="declared")


async def posts(diary: Diary, one: dict, row: Person) -> None:
    roles = one["roles"]
    if one["organisation"] and not any(role["organisation"] == one["organisation"] for role in roles):
        roles = [*roles, {"role": Role.RESEARCHER.value, "organisation": one["organisation"], "valid_from": "2021-01-01", "valid_to": None}]
    for role in roles:
        post = Membership(
            person=row.id, organisation=diary.organisations[role["organisation"]].id, role=role["role"], position=one["position"],
            valid_from=day(role["valid_from"]), valid_to=day(role["valid_to"]),
        )
        await add(post, by=None, did="appointed")
