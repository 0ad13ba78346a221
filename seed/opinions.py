"""The demo's opinions of the federation: one received on a suggested topic, one under way on a policy paper."""

import hashlib
import io
from datetime import date

import obstore
from pypdf import PdfWriter

from grants.shell.files import Kept, store
from review import opinions
from review.roster_tables import Expert
from seed.councils import TOPICS
from seed.diary import Diary, moment
from seed.year_money import latest

OFFICER, KEEPER = "officer@grants.test", "association@grants.test"
WORDS = (
    "Nhu cầu cây giống sạch bệnh là có thật; cả ba hợp tác xã khảo sát đều cam kết tiếp nhận quy trình.\n"
    "Đề nghị bổ sung phương án kiểm tra sạch bệnh độc lập và nêu rõ đơn vị chịu trách nhiệm truy xuất sau khi dự án kết thúc."
)


def note_opinions(diary: Diary) -> None:
    diary.on(moment("2026-09-18", 9), lambda: asked_on_durian(diary))
    diary.on(moment("2026-09-22", 9), lambda: accepted(diary, "durian", 3))
    diary.on(moment("2026-10-01", 15), lambda: filed(diary, "durian", "021/YK-LHH", "2026-10-01"))
    diary.on(moment("2026-10-02", 9), lambda: received(diary, "durian"))
    diary.on(moment("2026-11-09", 10), lambda: asked(diary, "sea", "paper:", SEA, paper=PAPER))
    diary.on(moment("2026-11-12", 10), lambda: accepted(diary, "sea", 2))


DURIAN = "Xin ý kiến về tính cấp thiết, khả năng nhân rộng và nơi tiếp nhận kết quả trước khi đưa ra hội đồng xác định nhiệm vụ."
PAPER = "Dự thảo Quy hoạch vùng nuôi biển tỉnh Đắk Lắk đến năm 2035"
SEA = "Xin phản biện về căn cứ khoa học của việc phân vùng, sức tải môi trường và tác động đến sinh kế ngư dân."


async def asked_on_durian(diary: Diary) -> None:
    await asked(diary, "durian", f"topic:{diary.things[f'suggested-{TOPICS[0][1]}'].id}", DURIAN)


async def asked(diary: Diary, key: str, about: str, question: str, paper: str = "") -> None:
    kind = opinions.Kind.ASSESSMENT if paper else opinions.Kind.CRITIQUE
    due = date(2026, 12, 15) if paper else date(2026, 10, 5)
    diary.things[f"opinion-{key}"] = await opinions.ask(
        kind=kind, about=about, paper=paper, question=question, due=due, by=await diary.who(OFFICER)
    )


async def accepted(diary: Diary, key: str, count: int) -> None:
    """The federation names experts whom nothing ties, from the end of its roster."""
    row = await latest(diary.things[f"opinion-{key}"])
    roster = [one.person for one in await Expert.objects().where(Expert.retired_on.is_null()).order_by(Expert.id)]
    tied = await opinions.ties(row, roster)
    free = [id for id in roster if not tied.get(id)][:count]
    await opinions.accept(row, members=free, head=free[0], by=await diary.who(KEEPER))


async def filed(diary: Diary, key: str, number: str, day: str) -> None:
    await opinions.file(
        await latest(diary.things[f"opinion-{key}"]), number=number, dated=date.fromisoformat(day), conclusion="agree_if", words=WORDS,
        kept=await signed(number), by=await diary.who(KEEPER),
    )


async def signed(number: str) -> Kept:
    """An empty page that stands for the signed paper."""
    out, writer = io.BytesIO(), PdfWriter()
    writer.add_blank_page(595, 842)
    writer.write(out)
    content, name = out.getvalue(), f"y-kien-{number.partition('/')[0]}.pdf"
    await obstore.put_async(store(), f"demo-{name}", content)
    return Kept(name, f"demo-{name}", len(content), hashlib.sha256(content).hexdigest())


async def received(diary: Diary, key: str) -> None:
    await opinions.receive(await latest(diary.things[f"opinion-{key}"]), by=await diary.who(OFFICER))
