"""The province's own rule set for the coming year, copied from the one in force and half written: nothing rests on it yet."""

import json
from datetime import date

from grants.rules import editing, rule_sets, rules
from grants.rules.sections import BY_KEY
from seed.diary import Diary, moment

DRAFT = {
    "code": "dak-lak-2027", "name": "Quy định của tỉnh Đắk Lắk (dự thảo)", "name_en": "Rules of Đắk Lắk province (draft)",
    "basis": "Dự thảo nghị quyết của HĐND tỉnh, minh hoạ",
}
CEILINGS = {"months": "24", "state_amount": "1,5 tỷ"}


def note_draft(diary: Diary) -> None:
    async def draft() -> None:
        officer = await diary.who("officer@grants.test")
        made = await rule_sets.copy(await rules.in_force(date(2026, 11, 10)), **DRAFT, since=date(2027, 1, 1), by=officer)
        section, content = BY_KEY["ceilings"], json.loads(made.content)
        typed = editing.prefilled(content, section) | {f"ceilings.{name}": text for name, text in CEILINGS.items()}
        typed |= {f"ceilings.{name}.source.basis": DRAFT["basis"] for name in CEILINGS}
        await rule_sets.revise(made, section, typed, seen=editing.stand(content, section), by=officer)

    diary.on(moment("2026-11-10", 10), draft)
