"""The demo's fund as lender, guarantor and giver of vouchers and interest support, and the statements that its treasurer takes in.

Charter, limits and rates are illustrative. Each kind of support has a call of its own with one application; the loan is part
repaid, with one instalment overdue; the guarantee stands; the voucher is paid; a claim for interest waits.
"""

from datetime import date

from budget import fund_requests, funds, lending, payments, treasury
from budget.fund_tables import Loan, StatementLine
from budget.tables import Payment
from grants.calls.tables import Call
from grants.projects.tables import Project
from grants.shell.money import show
from seed import competition, execution
from seed.diary import Diary, moment, read
from seed.execution import BY_STATEMENT
from seed.year_money import FINANCE, latest

OFFICER, TREASURER = "officer@grants.test", "treasurer@grants.test"
HEAD = "Số chứng từ;Ngày;Số đề nghị;Ghi nợ;Ghi có;Nội dung\n"


def note_support(diary: Diary) -> None:
    """Every kind of support from its call to where it stands today."""
    for file in read("support"):
        call, application, project = file["call"], file["application"], file["project"]
        diary.on(moment(call["published_on"], 8), lambda file=file: named(diary, file))
        competition.note_call(diary, call)
        competition.note_application(diary, call, application)
        competition.note_review(diary, call, [application])
        execution.note_agreement(diary, project, application)
        for n, report in enumerate(project["reports"], 1):
            execution.note_report(diary, project, application, report, n)
        GIVEN[file["kind"]](diary, application)
    note_statements(diary)


async def named(diary: Diary, file: dict) -> None:
    """The fund offers the product, and the call names it before it is published."""
    fund = await funds.Fund.objects().where(funds.Fund.kind == "innovation").first()
    product = await funds.offer(fund, kind=file["kind"], since=date(2026, 1, 5), by=await diary.who(FINANCE["fund"]), **file["product"])
    call = await Call.objects().where(Call.code == file["call"]["code"]).first()
    await funds.name_product(call, product, by=await diary.who(OFFICER))


async def project_of(diary: Diary, application: dict) -> Project:
    return await Project.objects().where(Project.proposal == diary.things[application["key"]].id).first()


async def approved(diary: Diary, payment: Payment) -> Payment:
    await payments.approve(payment, by=await diary.who(FINANCE["fund"]))
    return await latest(payment)


def note_loan(diary: Diary, application: dict) -> None:
    async def sign() -> None:
        diary.things["loan"] = await lending.agree(
            await project_of(diary, application), principal=1_200_000_000, rate=300, months=12, every=3, first_due=date(2026, 7, 15),
            number="01/HĐV-QUY", on=date(2026, 4, 22), by=await diary.who(OFFICER),
        )

    async def draw() -> None:
        asked = await fund_requests.draw(
            await project_of(diary, application), amount=1_200_000_000, purpose="Thanh toán hợp đồng mua hệ thống chiết, sấy phun",
            by=await diary.who(application["lead"]),
        )
        diary.things["draw"] = await approved(diary, asked)

    diary.on(moment("2026-04-22", 10), sign)
    diary.on(moment("2026-04-23", 10), draw)


def note_guarantee(diary: Diary, application: dict) -> None:
    async def sign() -> None:
        await lending.agree(
            await project_of(diary, application), principal=500_000_000, rate=0, months=18, every=18, first_due=date(2027, 10, 29),
            number="02/HĐBL-QUY", on=date(2026, 4, 28), by=await diary.who(OFFICER),
        )

    diary.on(moment("2026-04-29", 10), sign)


def note_voucher(diary: Diary, application: dict) -> None:
    async def issue() -> None:
        await fund_requests.issue(
            await project_of(diary, application), code="PHT-2026-001", face=180_000_000, until=date(2027, 3, 31),
            provider="Trung tâm Ứng dụng Khoa học và Công nghệ tỉnh Đắk Lắk", by=await diary.who(OFFICER),
        )

    async def redeem() -> None:
        asked = await fund_requests.redeem(
            await project_of(diary, application), amount=105_000_000, cost=150_000_000, invoice="1C26TAA số 00000318",
            by=await diary.who(application["lead"]),
        )
        diary.things["redeemed"] = await approved(diary, asked)

    diary.on(moment("2026-05-04", 10), issue)
    diary.on(moment("2026-07-20", 10), redeem)


def note_interest(diary: Diary, application: dict) -> None:
    """A claim of the third quarter, which the fund has not decided yet."""
    async def claim() -> None:
        await fund_requests.claim_interest(
            await project_of(diary, application), since=date(2026, 7, 1), until=date(2026, 9, 30), balance=4_000_000_000, bank_rate=850,
            supported_rate=350, paper="XN-0926/NHNN-BMT", by=await diary.who(application["lead"]),
        )

    diary.on(moment("2026-11-12", 10), claim)


GIVEN = {"loan": note_loan, "guarantee": note_guarantee, "voucher": note_voucher, "interest_subsidy": note_interest}


# --- statements ------------------------------------------------------------------------------------------------------

def note_statements(diary: Diary) -> None:
    """The fund's account in April and July, with what a person had to decide; the treasury's in April, and one that still differs."""
    diary.on(moment("2026-04-27", 9), lambda: took_in(diary, "fund", "sao-ke-quy-2026-04.csv", draws(diary)))
    diary.on(moment("2026-07-31", 9), lambda: took_in(diary, "fund", "sao-ke-quy-2026-07.csv", july(diary)))
    diary.on(moment("2026-08-03", 10), lambda: decided(diary))
    diary.on(moment(BY_STATEMENT, 19), lambda: took_in(diary, "treasury", "sao-ke-kho-bac-2026-04.csv", of_the_day(diary)))
    diary.on(moment("2026-11-18", 9), lambda: took_in(diary, "treasury", "sao-ke-kho-bac-2026-11.csv", short_of(diary)))


async def took_in(diary: Diary, kind: str, name: str, lines) -> None:
    content = HEAD + "".join(";".join(line) + "\n" for line in await lines)
    await treasury.take_in(kind=kind, name=name, content=content.encode(), by=await diary.who(TREASURER))


def digits(amount: int) -> str:
    return show(amount).removesuffix(" ₫")


async def draws(diary: Diary) -> list[tuple[str, ...]]:
    drawn = diary.things["draw"]
    return [("UNC-2026-0011", "24/04/2026", payments.number(drawn.id), digits(drawn.amount), "", "Giải ngân theo hợp đồng vay")]


async def july(diary: Diary) -> list[tuple[str, ...]]:
    """The first instalment with its interest, the voucher under a number that is none, and a charge of the bank."""
    loan = await Loan.objects().get(Loan.id == diary.things["loan"].id)
    stands, paid = await lending.standing(loan), diary.things["redeemed"]
    back = stands["principal_due"] + stands["interest_due"]
    return [
        ("BC-2026-0107", "15/07/2026", lending.number(loan.id), "", digits(back), "Trả nợ kỳ 1"),
        ("UNC-2026-0029", "24/07/2026", "ĐN-99999", digits(paid.amount), "", "Thanh toán phiếu hỗ trợ PHT-2026-001"),
        ("PHI-2026-0007", "31/07/2026", "", "55.000", "", "Phí quản lý tài khoản tháng 7"),
    ]


async def decided(diary: Diary) -> None:
    """The treasurer says what the two lines are that the system could not name."""
    open_still = await StatementLine.objects().where(StatementLine.state == StatementLine.State.DIFFERS).order_by(StatementLine.row)
    voucher, charge = open_still
    await treasury.match(
        voucher, reference=payments.number(diary.things["redeemed"].id), on=voucher.on, by=await diary.who(TREASURER),
        reason="Ngân hàng ghi nhầm số đề nghị; số tiền, nội dung và ngày khớp với phiếu hỗ trợ.",
    )
    await treasury.reject(
        charge, reason="Phí quản lý tài khoản của ngân hàng, không phải khoản chi của nhiệm vụ.", by=await diary.who(TREASURER),
    )


async def of_the_day(diary: Diary) -> list[tuple[str, ...]]:
    """What the treasury paid to projects on the day."""
    found = [
        (diary.things[f"payment-{file['proposal']}-{n}"], said)
        for file in read("projects") for n, said in enumerate(file["payments"]) if said["paid_on"] == BY_STATEMENT
    ]
    return [
        (said["treasury_number"], f"{date.fromisoformat(BY_STATEMENT):%d/%m/%Y}", payments.number(row.id), digits(row.amount), "",
         said["purpose"]) for row, said in found
    ]


async def short_of(diary: Diary) -> list[tuple[str, ...]]:
    """A payment that the treasury paid at another amount than was approved: it waits for a person."""
    waiting = await Payment.objects().where(
        (Payment.state == Payment.State.APPROVED) & (Payment.stream == "recurrent")).order_by(Payment.id).first()
    paid = digits(waiting.amount - 3_600_000)
    return [("LCT-2026-02417", "17/11/2026", payments.number(waiting.id), paid, "", "Thanh toán khối lượng hoàn thành")]
