"""One's own profile: name, titles, fields, ORCID; and the longer scientific record (form LLCN), a text a heading."""

from grants.people.accounts import named
from grants.people.tables import Person, Profile
from grants.shell.changes import add, changing, require
from grants.shell.database import DB, rows
from grants.shell.language import N_, _, either

RANKS = ("PGS", "GS")
DEGREES = ("TSKH", "TS", "ThS", "CN", "KS", "BS", "CKI", "CKII")
HEADINGS = {
    "training": (N_("Quá trình đào tạo"), N_("Bậc, nơi, chuyên ngành, năm tốt nghiệp; mỗi dòng một bậc.")),
    "career": (N_("Quá trình công tác"), N_("Từ năm đến năm, vị trí, tổ chức; mỗi dòng một vị trí.")),
    "publications": (N_("Công bố, sáng chế, kết quả đã ứng dụng"), N_("Mỗi dòng một mục, có năm; số DOI nếu có.")),
    "awards": (N_("Nhiệm vụ đã tham gia, giải thưởng"), N_("Mỗi dòng một mục, có năm và kết quả.")),
}
MOST_FIELDS = 8


def titles(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    """Academic titles for a selection, with «none» first."""
    return [("", _("Không có")), *((code, code) for code in codes)]


async def revise(person: Person, *, by: Person, full_name: str, fields: list[str], orcid: str | None, **typed) -> None:
    """Say one's own profile anew. `typed`: academic_rank, degree, position, keywords, phone, language."""
    require(by.id == person.id, _("Mỗi người chỉ sửa hồ sơ cá nhân của mình."))
    require(len(fields) <= MOST_FIELDS, _("Chọn tối đa {count} lĩnh vực.").format(count=MOST_FIELDS), "fields")
    async with DB.transaction():
        if orcid:
            await rows("SELECT pg_advisory_xact_lock(hashtext('person.orcid'))")
            taken = await Person.exists().where((Person.orcid == orcid) & (Person.id != person.id))
            require(not taken, _("ORCID này đã ghi ở tài khoản khác."), "orcid")
        async with changing(person, by=by, did="profile_changed") as person:
            named(person, full_name)
            person.fields, person.orcid = sorted(set(fields)), orcid
            for name, value in typed.items():
                setattr(person, name, value)


async def fields() -> list[tuple[str, list[tuple[str, str]]]]:
    """The fields of science by group: (group, [(code, name)])."""
    groups: list[tuple[str, list]] = []
    for row in await rows("SELECT code, name, name_en FROM field ORDER BY code"):
        words = either(row["name"], row["name_en"])
        if len(row["code"]) == 1:
            groups.append((words, []))
        elif groups:
            groups[-1][1].append((row["code"], words))
    return groups


async def record_of(person: Person) -> Profile:
    """A person's scientific record; an empty one where nothing is written yet."""
    return await Profile.objects().where(Profile.person == person.id).first() or Profile(person=person.id)


async def write(person: Person, *, by: Person, **texts: str) -> None:
    """Write one's own scientific record: heading → text."""
    require(by.id == person.id, _("Mỗi người chỉ sửa hồ sơ cá nhân của mình."))
    async with DB.transaction():
        await rows("SELECT id FROM person WHERE id = $1 FOR NO KEY UPDATE", person.id)
        record = await record_of(person)
        if not record._exists_in_db:
            record = await add(record, by=by, did="began")
        async with changing(record, by=by, did="written") as record:
            for heading in HEADINGS:
                if heading in texts:
                    setattr(record, heading, texts[heading])
