"""The names of the people who took part in something, as pages and papers write them: one statement for all."""

from grants.people.people import titled
from grants.people.tables import Person


async def of(ids: list[int | None]) -> list[str]:
    """The titled names in the given order; «–» where nobody is yet."""
    wanted = [id for id in ids if id]
    found = {one.id: titled(one) for one in await Person.objects().where(Person.id.is_in(wanted))} if wanted else {}
    return [found.get(id, "–") for id in ids]
