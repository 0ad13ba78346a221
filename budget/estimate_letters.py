"""The letters that an estimate causes: to finance, to who drew it up, to the leaders."""

from budget import streams
from budget.tables import Estimate, EstimateLine, Stream
from grants.people.people import holding, person
from grants.people.tables import Role
from grants.shell import mail
from grants.shell.changes import require
from grants.shell.language import _
from grants.shell.money import short


def named(parts: list[str]) -> str:
    """Streams as a sentence speaks of them: «Vốn đầu tư phát triển», «Kinh phí sự nghiệp»."""
    return ", ".join(f"«{streams.label(stream)}»" for stream in parts)


async def tell_proposed(estimate: Estimate, stream: str, asked: int) -> None:
    """The stream's finance is asked; refused where nobody answers for the stream."""
    finance = await streams.finance_of(stream)
    require(finance, _("Chưa có cơ quan tài chính nào phụ trách «{stream}».").format(stream=streams.label(stream)))
    for officer in finance:
        await mail.tell(
            officer, lambda: _("Dự toán năm {year} chờ ý kiến").format(year=estimate.year),
            lambda: _("Cơ quan quản lý đề nghị {amount} từ «{stream}» cho năm {year}.").format(
                amount=short(asked), stream=streams.label(stream), year=estimate.year
            ),
            link=f"/estimates/{estimate.id}",
        )


async def tell_changed(estimate: Estimate, line: EstimateLine) -> None:
    await mail.tell(
        await person(estimate.made_by), lambda: _("Một dòng dự toán năm {year} bị đổi số").format(year=estimate.year),
        lambda: _("«{name}»: đề nghị {proposed}, đồng ý {agreed}. Lý do: {reason}").format(
            name=line.name, proposed=short(line.proposed), agreed=short(line.agreed), reason=line.reason
        ),
        link=f"/estimates/{estimate.id}",
    )


async def tell_submitted(estimate: Estimate, stream: str) -> None:
    for reader in [await person(estimate.made_by), *await holding(Role.LEADER)]:
        await mail.tell(
            reader, lambda: _("Dự toán năm {year} chờ quyết định").format(year=estimate.year),
            lambda: _("Cơ quan tài chính đã cho ý kiến mọi dòng của phần {streams} trong dự toán năm {year}.").format(
                streams=named([stream]), year=estimate.year
            ),
            link=f"/estimates/{estimate.id}",
        )


async def tell_returned(estimate: Estimate, parts: list[str], reason: str) -> None:
    await mail.tell(
        await person(estimate.made_by), lambda: _("Dự toán năm {year} bị trả lại").format(year=estimate.year),
        lambda: _("Phần {streams}. Lý do: {reason}").format(streams=named(parts), reason=reason), link=f"/estimates/{estimate.id}",
    )


async def tell_decided(estimate: Estimate, parts: list[str], number: str) -> None:
    """Who drew it up, the finance of what was decided, and the fund's, which has what the streams contribute."""
    finance = {officer.id: officer for stream in [*parts, Stream.FUND] for officer in await streams.finance_of(stream)}
    for reader in [await person(estimate.made_by), *finance.values()]:
        await mail.tell(
            reader, lambda: _("Đã giao dự toán năm {year}").format(year=estimate.year),
            lambda: _("Quyết định số {number}, phần {streams}. Dự toán đã ghi vào sổ, có thể phân bổ.").format(
                number=number, streams=named(parts)
            ),
            link="/budget",
        )
