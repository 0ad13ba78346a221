"""The ledger: money moves from account to account by entries that rest on a document and are never changed.

The database keeps the rules (migrations/ledger.sql) and balances; here they are said in words. Amounts are đồng.
Several entries in one transaction: open their accounts first in one order, `lock()` them all, then post.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date

import asyncpg

from budget.tables import Account, Entry, Stage
from grants.shell import events
from grants.shell.changes import Refused, now, require
from grants.shell.database import DB, rows
from grants.shell.language import N_, _
from grants.shell.money import show

Kind = Entry.Kind
State = Entry.State

KINDS = {
    Kind.APPROPRIATION: N_("Giao dự toán"),
    Kind.SUPPLEMENT: N_("Bổ sung dự toán"),
    Kind.CUT: N_("Cắt giảm dự toán"),
    Kind.HANDOVER: N_("Giao đơn vị dự toán"),
    Kind.ALLOCATION: N_("Phân bổ"),
    Kind.RESERVATION: N_("Giữ chỗ"),
    Kind.COMMITMENT: N_("Cam kết"),
    Kind.ADVANCE: N_("Tạm ứng"),
    Kind.PAYMENT: N_("Thanh toán"),
    Kind.CLEARANCE: N_("Thanh toán tạm ứng"),
    Kind.VIREMENT: N_("Điều chỉnh"),
    Kind.CONTRIBUTION: N_("Góp quỹ"),
    Kind.CARRY_OVER: N_("Chuyển nguồn"),
    Kind.CANCELLATION: N_("Huỷ dự toán"),
    Kind.CORRECTION: N_("Đính chính"),
    Kind.SETTLEMENT: N_("Quyết toán"),
    Kind.RECOVERY: N_("Thu hồi"),
    Kind.LOAN: N_("Giải ngân cho vay"),
    Kind.REPAYMENT: N_("Thu hồi vốn về Quỹ"),
    Kind.WRITE_OFF: N_("Xử lý rủi ro"),
    Kind.RELEASE: N_("Giải toả bảo lãnh"),
}
STATES = {
    State.PENDING: (N_("Giữ chờ"), "progress"),
    State.POSTED: (N_("Đã ghi sổ"), "good"),
    State.VOID: (N_("Đã bỏ giữ"), "neutral"),
}
STAGES = {
    Stage.SOURCE: N_("Ngân sách tỉnh"),
    Stage.APPROPRIATED: N_("Dự toán được giao"),
    Stage.ALLOCATED: N_("Đã phân bổ"),
    Stage.COMMITTED: N_("Đã cam kết"),
    Stage.ADVANCED: N_("Tạm ứng chưa thanh toán"),
    Stage.PAID: N_("Đã thanh toán"),
    Stage.SETTLED: N_("Đã quyết toán"),
    Stage.LENT: N_("Dư nợ cho vay"),
    Stage.WRITTEN_OFF: N_("Nợ đã xử lý rủi ro"),
    Stage.RECOVERED: N_("Đã thu hồi"),
    Stage.RETURNED: N_("Nộp trả của năm đã khoá sổ"),
    Stage.CONTRIBUTED: N_("Đã góp vốn quỹ đầu tư mạo hiểm"),
    Stage.HANDED: N_("Đã giao đơn vị dự toán"),
    Stage.CANCELLED: N_("Đã huỷ"),
}
PAPERS = {
    "estimate_decision": N_("Quyết định giao dự toán"),
    "allocation_decision": N_("Quyết định phân bổ"),
    "appraisal_minutes": N_("Biên bản thẩm định kinh phí"),
    "award_decision": N_("Quyết định phê duyệt nhiệm vụ"),
    "refusal_decision": N_("Quyết định không phê duyệt"),
    "payment_request": N_("Giấy đề nghị thanh toán"),
    "fee_list": N_("Danh sách chi thù lao"),
    "treasury_voucher": N_("Chứng từ Kho bạc"),
    "clearance_papers": N_("Hồ sơ thanh toán tạm ứng"),
    "correction_note": N_("Phiếu đính chính"),
    "reconciliation_minutes": N_("Biên bản đối chiếu"),
    "adjustment_decision": N_("Quyết định điều chỉnh dự toán"),
    "year_end_decision": N_("Quyết định xử lý số dư cuối năm"),
    "settlement_decision": N_("Quyết định phê duyệt quyết toán"),
    "recovery_decision": N_("Quyết định thu hồi kinh phí"),
    "write_off_decision": N_("Quyết định xử lý rủi ro"),
    "contribution_decision": N_("Quyết định góp vốn"),
    "plan_move_decision": N_("Quyết định chuyển năm kế hoạch"),
    "reservation_release": N_("Phiếu trả lại khoản giữ chỗ"),
    "release_note": N_("Văn bản giải toả bảo lãnh"),
}
REFUSALS = {
    "GL001": N_("Chưa mở sổ ngân sách năm {detail}: dự toán của năm này chưa được giao."),
    "GL002": N_("Ngân sách năm {detail} đã khoá sổ."),
    "GL003": N_("Ngân sách năm {detail} đang chỉnh lý: chỉ còn ghi hoàn tạm ứng, quyết toán, thu hồi, đính chính, huỷ và chuyển nguồn."),
    "GL004": N_("Loại bút toán này không ghi theo cách này."),
    "GL005": N_("Bút toán này không khớp với khoản đã giữ: phải cùng tài khoản và không vượt số đã giữ."),
    "GL006": N_("Người đề nghị, người duyệt và người xác nhận chi phải là ba người khác nhau."),
    "GL007": N_("Đính chính phải ghi ngược đúng bút toán đã ghi sổ và không vượt số của nó."),
    "GL008": N_("Tiền không đi theo đường này giữa hai tài khoản."),
    "GL009": N_("Không chuyển tiền từ nguồn này sang nguồn khác."),
    "GL010": N_("Không chi sang năm khác khi chưa có quyết định chuyển nguồn."),
    "GL011": N_("Tiền của thông báo hay hồ sơ này không chi cho thông báo hay hồ sơ khác."),
    "GL012": N_("Nguồn này chỉ còn {left}."),
    "GL013": N_("Tài khoản mới phải bắt đầu từ 0."),
    "GL014": N_("Chưa khoá sổ được: còn {left} đang giữ chờ."),
    "GL021": N_("Mỗi bút toán phải là của một quyết định, một đề nghị đã duyệt hoặc một khoản chi đã xác nhận."),
    "PY001": N_("Việc này đã có quyết định, không sửa được nữa."),
    "PY002": N_("Khoản này còn thiếu người duyệt theo ngưỡng số tiền."),
    "FE001": N_("Danh sách chi đã chốt, không sửa được nữa."),
    "FE002": N_("Danh sách chi phải đúng bằng các khoản thù lao trong đó."),
    "FE004": N_("Thù lao chỉ chi từ mã có dòng chi quản lý trong dự toán được giao của năm."),
    "FE005": N_("Người được chi trong danh sách không duyệt chi danh sách đó: cần người khác duyệt."),
    "FE003": N_("Khoản chi thù lao phải được giữ và ghi sổ đúng số của danh sách."),
    "PY003": N_("Điều lệ của Quỹ không cho phép loại hỗ trợ này."),
    "PY004": N_("Quyết toán còn thiếu phê duyệt của cơ quan tài chính phụ trách một nguồn."),
    "PY005": N_("Khoản này vượt mức phiếu hỗ trợ chi trả."),
    "PY006": N_("Nhiệm vụ đã thanh lý: không ghi thêm khoản nào."),
    "PY008": N_("Nhiệm vụ đang tạm dừng hoặc đã chấm dứt: không đề nghị, không duyệt chi."),
    "PY007": N_("Kế hoạch kinh phí đã thẩm định chỉ chuyển năm bằng quyết định."),
    "GL015": N_("Năm ngân sách chỉ đi từ mở, sang chỉnh lý, rồi khoá sổ."),
    "GL016": N_("Đổi mã mục lục ngân sách phải bằng quyết định điều chỉnh."),
    "GL017": N_("Mỗi thông báo chỉ dùng một mã mục lục ngân sách cho một nguồn trong một năm."),
    "GL018": N_("Chưa khoá sổ được: còn {left} chưa chuyển nguồn hoặc huỷ."),
    "GL019": N_("Quyết định đã ban hành không sửa, không xoá; chỉ có quyết định mới."),
    "GL020": N_("Khoá sổ cần một người đề nghị và một người khác xác nhận."),
}
BROKEN = {
    "maker_is_not_checker": N_("Người lập và người duyệt phải là hai người khác nhau."),
    "some_amount": N_("Số tiền phải lớn hơn 0."),
    "rests_on_a_document": N_("Bút toán phải có số văn bản làm căn cứ."),
    "resolves": N_("Khoản giữ này đã được giải quyết rồi."),
    "corrects": N_("Bút toán này đã được đính chính rồi."),
}


@dataclass(frozen=True)
class Paper:
    """The document an entry rests on; `kind` is a key of PAPERS."""

    kind: str
    number: str
    date: date


@contextlib.asynccontextmanager
async def in_words() -> AsyncIterator[None]:
    """What the database refuses is refused in a sentence."""
    try:
        yield
    except asyncpg.PostgresError as problem:
        sentence = refusal(problem)
        if sentence is None:
            raise
        raise Refused(sentence) from problem


def refusal(problem: asyncpg.PostgresError) -> str | None:
    """The sentence for an error of the ledger; None for any other error."""
    if problem.sqlstate in REFUSALS:
        detail = getattr(problem, "detail", None) or "0"
        return _(REFUSALS[problem.sqlstate]).format(detail=detail, left=show(max(0, int(detail))))
    broken = getattr(problem, "constraint_name", None) or ""
    return next((_(sentence) for name, sentence in BROKEN.items() if name in broken), None)


async def account(
    stage: Stage, stream: str, year: int, *, call: int | None = None, proposal: int | None = None, classification: str | None = None
) -> Account:
    """The account of this money, opened at need. An application's account is also its call's.

    A call's money of a stream and year has one classification, which its accounts take on where none is said.
    """
    where = (stage.value, str(stream), year, call, proposal)
    found = await existing(*where, classification if classification is not None or call else "")
    if found is None:
        if classification is None:
            classification = await classified(call, stream, year) if call else ""
        async with in_words():
            await rows(
                "INSERT INTO ledger_account (stage, stream, year, call, proposal, classification, balance, held) "
                "VALUES ($1, $2, $3, $4, $5, $6, 0, 0) ON CONFLICT DO NOTHING", *where, classification,
            )
        found = await existing(*where, classification)
    return found


async def classified(call: int, stream: str, year: int) -> str:
    """The classification of a call's money of a stream and year; empty where it has none yet."""
    found = await rows(
        "SELECT classification FROM ledger_account WHERE call = $1 AND stream = $2 AND year = $3 LIMIT 1", call, str(stream), year
    )
    return found[0]["classification"] if found else ""


async def existing(
    stage: str, stream: str, year: int, call: int | None, proposal: int | None, classification: str | None
) -> Account | None:
    """The account if it was opened; a call's, where no classification is said, whatever it has."""
    found = await rows(
        "SELECT * FROM ledger_account WHERE stage = $1 AND stream = $2 AND year = $3 AND call IS NOT DISTINCT FROM $4 "
        "AND proposal IS NOT DISTINCT FROM $5 AND ($6::text IS NULL OR classification = $6)",
        stage, stream, year, call, proposal, classification,
    )
    return Account(**found[0], _exists_in_db=True) if found else None


async def free(
    stage: Stage, stream: str, year: int, *, call: int | None = None, proposal: int | None = None, classification: str | None = None
) -> int:
    """What there still is to give, in đồng, of one classification or of all; 0 if no account was ever opened."""
    found = await rows(
        "SELECT coalesce(sum(balance - held), 0)::bigint AS free FROM ledger_account WHERE stage = $1 AND stream = $2 AND year = $3 "
        "AND call IS NOT DISTINCT FROM $4 AND proposal IS NOT DISTINCT FROM $5 AND ($6::text IS NULL OR classification = $6)",
        stage.value, str(stream), year, call, proposal, classification,
    )
    return found[0]["free"]


async def lock(*accounts: Account) -> None:
    """Hold these accounts (in the order of their ids) until the transaction ends."""
    await lock_ids([each.id for each in accounts])


async def lock_ids(ids: list[int]) -> None:
    """The same by the accounts' ids."""
    await rows("SELECT ledger_lock($1)", ids)


async def post(
    kind: Kind, amount: int, *, out_of: Account, into: Account, paper: Paper, made_by: int, approved_by: int, key: str
) -> Entry:
    """Move an amount. The same key with the same content is the same entry; with another content it is refused."""
    return await enter(kind, State.POSTED, amount, out_of.id, into.id, paper, made_by, approved_by, key)


async def reserve(
    kind: Kind, amount: int, *, out_of: Account, into: Account, paper: Paper, made_by: int, approved_by: int, key: str
) -> Entry:
    """Hold an amount on `out_of` for `into`, until it is settled or voided."""
    return await enter(kind, State.PENDING, amount, out_of.id, into.id, paper, made_by, approved_by, key)


async def settle(
    pending: Entry, amount: int | None = None, *, paper: Paper, made_by: int, approved_by: int, key: str
) -> Entry:
    """Post what was held, in full or in part; the rest is free again. A settled reservation is a commitment."""
    kind = Kind.COMMITMENT if pending.kind == Kind.RESERVATION else Kind(pending.kind)
    amount = pending.amount if amount is None else amount
    return await enter(
        kind, State.POSTED, amount, pending.out_of, pending.into, paper, made_by, approved_by, key, resolves=pending.id
    )


async def void(pending: Entry, *, paper: Paper, made_by: int, approved_by: int, key: str) -> Entry:
    """Let go of what was held."""
    return await enter(
        Kind(pending.kind), State.VOID, pending.amount, pending.out_of, pending.into, paper, made_by, approved_by, key,
        resolves=pending.id,
    )


async def correct(
    wrong: Entry, amount: int | None = None, *, paper: Paper, made_by: int, approved_by: int, key: str
) -> Entry:
    """Take a posted entry back, in full or in part, by a new one the other way; each entry once."""
    amount = wrong.amount if amount is None else amount
    return await enter(
        Kind.CORRECTION, State.POSTED, amount, wrong.into, wrong.out_of, paper, made_by, approved_by, key, corrects=wrong.id
    )


FIELDS = (
    "kind", "state", "out_of", "into", "amount", "document_kind", "document_number", "document_date",
    "made_by", "approved_by", "resolves", "corrects",
)
LAST = len(FIELDS) + 2
# The entry with its event in one statement: the accounts are locked by the entry's trigger, which runs when all of the
# statement is written, so that nobody waits for an account while its event is on the way.
ADD = f"""
    WITH added AS (
        INSERT INTO ledger_entry (at, key, {", ".join(f'"{name}"' for name in FIELDS)})
        VALUES ({", ".join(f"${n}" for n in range(1, LAST + 1))}) ON CONFLICT (key) DO NOTHING RETURNING *
    ), told AS (
        INSERT INTO event ({events.COLUMNS})
        SELECT ${LAST + 1}, ${LAST + 2}, ${LAST + 3}, ${LAST + 4}, id, ${LAST + 5}, ${LAST + 6}, ${LAST + 7} FROM added
    )
    SELECT * FROM added
"""


async def enter(
    kind: Kind, state: State, amount: int, out_of: int, into: int, paper: Paper, made_by: int, approved_by: int, key: str,
    *, resolves: int | None = None, corrects: int | None = None,
) -> Entry:
    """Add one entry; the database moves the balances with it. Raises `Refused` with what is wrong or left."""
    content = (
        kind.value, state.value, out_of, into, amount, paper.kind, paper.number, paper.date,
        made_by, approved_by, resolves, corrects,
    )
    facts = events.difference({}, events.simple(dict(zip(FIELDS, content, strict=True))))
    event = events.values(Actor(approved_by), "entered", Entry, changed=facts, key=key)
    async with DB.transaction(), in_words():
        added = await rows(ADD, now(), key, *content, *event)
        if not added:
            there = (await rows("SELECT * FROM ledger_entry WHERE key = $1", key))[0]
            require(
                tuple(there[name] for name in FIELDS) == content,
                _("Việc này đã được ghi sổ với nội dung khác. Hãy tải lại trang."),
            )
            return Entry(**there, _exists_in_db=True)
    return Entry(**added[0], _exists_in_db=True)


@dataclass(frozen=True)
class Actor:
    id: int


async def entry(id: int) -> Entry:
    return await Entry.objects().where(Entry.id == id).first()
