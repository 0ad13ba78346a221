"""What a form lets through fits into the column that keeps it: no text is longer, no number larger."""

import importlib
import inspect

import pytest
from annotated_types import Le, Lt, MaxLen
from litestar.enums import RequestEncodingType
from litestar.testing import RequestFactory
from piccolo.columns import Integer, Varchar
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from budget.fund_tables import (
    CallProduct,
    Fund,
    FundProduct,
    InterestClaim,
    Loan,
    LoanPayment,
    StatementLine,
    VentureContribution,
    Voucher,
    WriteOff,
)
from budget.payment_tables import (
    Clearance,
    FeePayment,
    Instalment,
    Recovery,
    Repaid,
    Settlement,
    SettlementApproval,
    Statement,
    Terms,
    Threshold,
)
from budget.tables import Allocation, Award, Estimate, EstimateLine, Payment, Reservation
from budget.year_tables import Adjustment, Classification, Correction, Ground, PlanMove, Remainder, StreamDecision, YearDay
from grants.app import PAGES
from grants.calls.tables import Call, Topic
from grants.outcomes.tables import Output, Right, Transfer
from grants.people.tables import Membership, Organisation, PayList, Person, Profile, Remit, Succession
from grants.projects.tables import AgreementCorrection, Amendment, Milestone, Project, ProjectDecision, Report
from grants.proposals.tables import BudgetLine, Finding, Objection, Partner, Product, Proposal, Section, TeamMember
from grants.rules.tables import Holiday, RuleSet
from grants.shell.forms import Form, MaybeId, posted, sentence
from review.appraisal_tables import Appraisal, LineChange
from review.assignment_tables import AssignmentRun
from review.matter_tables import Matter, Vote
from review.opinion_tables import Opinion
from review.revote_tables import Revote
from review.roster_tables import Expert, Nomination, NominationRequest, PayDetail
from review.tables import Answer, Ballot, Dissent, Motion, Panel, Waiver

# Where each form goes: the tables whose columns bear the fields' names, and the fields that are kept under another name.
FILLS: dict[str, tuple] = {
    "adjustment_pages.Proposed": (Adjustment,),
    "adjustment_pages.Decision": (Adjustment, {"number": Adjustment.document_number}),
    "adjustment_pages.Refusal": (Adjustment, {"reason": Adjustment.refusal}),
    "allocation_pages.Proposed": (Allocation,),
    "allocation_pages.Decision": (Allocation, {"number": Allocation.document_number}),
    "allocation_pages.Refusal": (Allocation,),
    "award_pages.Approval": (Award, {"number": Award.decision_number}),
    "award_pages.Refusal": (Award, {"refusal_number": Award.decision_number}),
    "clearance_pages.Filed": (Clearance,),
    "clearance_pages.Reason": (Clearance,),
    "code_pages.CodeForm": (Classification,),
    "ground_pages.NewGround": (Ground,),
    "ground_pages.Ending": (Ground, {"on": Ground.valid_to}),
    "calendar_pages.NewDay": (YearDay,),
    "calendar_pages.Ending": (YearDay,),
    "holiday_pages.NewDay": (Holiday,),
    "code_pages.Ending": (Classification, {"on": Classification.valid_to}),
    "estimate_pages.YearForm": (Estimate,),
    "estimate_pages.LineForm": (EstimateLine,),
    "estimate_pages.Calculation": (EstimateLine,),
    "estimate_review_pages.Decision": (StreamDecision, {"number": StreamDecision.number}),
    "estimate_review_pages.Return": (Estimate, {"reason": Estimate.remark}),
    "fee_payment_pages.Refusal": (FeePayment,),
    "fee_payment_pages.Confirmation": (FeePayment, {"number": FeePayment.treasury_number}),
    "amendment_pages.Approval": (Amendment, {"on": Amendment.decided_on}),
    "amendment_pages.Corrected": (AgreementCorrection,),
    "amendment_pages.Extension": (Amendment,),
    "amendment_pages.Handover": (Amendment,),
    "amendment_pages.Refusal": (Amendment, {"refusal": Amendment.remark}),
    "amendment_pages.Renaming": (Amendment, {"becomes": Project.title}),
    "amendment_pages.Wording": (Amendment,),
    "correction_pages.Proposed": (
        Correction, {"paper": Correction.document_kind, "number": Correction.document_number, "on": Correction.document_date}),
    "correction_pages.Refusal": (Correction,),
    "halt_pages.Decision": (ProjectDecision, {"on": ProjectDecision.decided_on}),
    "objection_pages.Order": (Revote, {"grounds": Revote.reason}),
    "fee_pages.Account": (PayDetail,),
    "fee_pages.Closing": (PayList,),
    "fund_pages.Charter": (Fund,),
    "fund_pages.Offered": (FundProduct,),
    "fund_pages.Ended": (FundProduct, {"on": FundProduct.valid_to}),
    "fund_pages.Contribution": (VentureContribution,),
    "fund_pages.Decision": (VentureContribution, {"number": VentureContribution.decision_number}),
    "loan_pages.Repaid": (LoanPayment,),
    "loan_pages.GivenUp": (WriteOff,),
    "loan_pages.Decision": (WriteOff,),
    "loan_pages.Refusal": (WriteOff,),
    "payment_pages.Asked": (Payment,),
    "payment_pages.Confirmation": (Payment, {"number": Payment.treasury_number}),
    "payment_pages.Refusal": (Payment,),
    "recovery_pages.Proposed": (Recovery,),
    "recovery_pages.Decision": (Recovery, {"number": Recovery.decision_number}),
    "recovery_pages.Refusal": (Recovery,),
    "recovery_pages.Repayment": (Repaid,),
    "reservation_pages.Refusal": (Reservation,),
    "schedule_pages.Planned": (Instalment,),
    "schedule_pages.Recorded": (Terms,),
    "settlement_pages.Decision": (SettlementApproval,),
    "closing_pages.Minutes": (Project, {"number": Project.closing_number}),
    "plan_move_pages.Proposed": (PlanMove,),
    "plan_move_pages.Decision": (PlanMove, {"number": PlanMove.document_number}),
    "plan_move_pages.Refusal": (PlanMove,),
    "settlement_pages.Refusal": (Settlement,),
    "support_pages.Agreed": (Loan, {"number": Loan.agreement_number}),
    "support_pages.Drawn": (Payment,),
    "support_pages.Issued": (Voucher,),
    "support_pages.Redeemed": (Payment, {"invoice": Payment.vouchers}),
    "support_pages.Claimed": (InterestClaim,),
    "support_pages.Named": (CallProduct,),
    "threshold_pages.NewThreshold": (Threshold,),
    "threshold_pages.Ended": (Threshold, {"on": Threshold.valid_to}),
    "treasury_pages.Import": (Statement,),
    "treasury_pages.Match": (StatementLine,),
    "treasury_pages.Refusal": (StatementLine, {"rejection": StatementLine.reason}),
    "year_end_pages.Confirmation": (Remainder, {"number": Remainder.document_number}),
    "year_end_pages.Reason": (Remainder, {"reason": Remainder.refusal}),
    "call_pages.CallForm": (Call,),
    "call_pages.TopicForm": (Topic,),
    "call_pages.TopicDecision": (Topic,),
    "outcome_pages.OutputForm": (Output,),
    "outcome_pages.RightForm": (Right,),
    "outcome_pages.TransferForm": (Transfer,),
    "outcome_pages.Remark": (Output,),
    "account_pages.Registration": (Person,),
    "people_pages.Appointment": (Membership,),
    "people_pages.NewOrganisation": (Organisation,),
    "people_pages.Task": (Remit, {"paper": Remit.document}),
    "people_pages.Takeover": (Succession,),
    "profile_pages.ProfileForm": (Person,),
    "profile_pages.RecordForm": (Profile,),
    "project_pages.Agreement": (Project, {"number": Project.agreement_number}),
    "project_pages.Planned": (Milestone,),
    "project_pages.Evaluation": (Project, {"decision_number": Project.grade_decision}),
    "project_pages.Registration": (Project, {"certificate": Project.result_certificate}),
    "report_pages.Draft": (Report,),
    "report_pages.Filing": (Report,),
    "report_pages.Remark": (Report,),
    "draft_pages.General": (Proposal,),
    "draft_pages.Narrative": (Section,),
    "team_pages.Member": (TeamMember,),
    "team_pages.Invitation": (TeamMember,),
    "draft_pages.PartnerForm": (Partner,),
    "draft_pages.ProductForm": (Product,),
    "line_pages.LineForm": (BudgetLine,),
    "opening_pages.Confirmation": (Finding, {"remark": Finding.sentence}),
    "proposal_pages.Title": (Proposal,),
    "rule_pages.Copy": (RuleSet,),
    "answer_pages.Given": (Answer,),
    "appraisal_pages.Change": (LineChange,),
    "appraisal_pages.Conclusion": (Appraisal,),
    "assignment_pages.Wishes": (AssignmentRun,),
    "ballot_pages.Answer": (Ballot,),
    "council_pages.OnProject": (Matter,),
    "council_pages.Brief": (Matter,),
    "deliberation_pages.Conclusion": (Motion,),
    "deliberation_pages.Opinion": (Dissent, {"opinion": Dissent.words}),
    "expert_pages.NewExpert": (Person,),
    "expert_pages.Entry": (Expert,),
    "expert_record_pages.Pay": (PayDetail,),
    "expert_record_pages.Refreshed": (Expert,),
    "nomination_pages.Asking": (NominationRequest,),
    "nomination_pages.Chosen": (Nomination,),
    "objection_pages.Reason": (Objection,),
    "opinion_pages.Asking": (Opinion,),
    "opinion_pages.Refusal": (Opinion,),
    "opinion_pages.Filing": (Opinion,),
    "panel_pages.Description": (Panel,),
    "conflict_pages.Reason": (Waiver,),
    "vote_pages.Refusal": (Vote,),
}
NOT_KEPT = {  # compared, looked up, said in a letter or written into the audit trail's unbounded facts
    "account_pages.SignIn", "account_pages.Password", "account_pages.NewPassword", "account_pages.Address", "account_pages.SecondFactor",
    "people_pages.Ending", "project_pages.Reached", "section_pages.Boxes", "appraisal_pages.Team", "expert_pages.Reason",
    "meeting_pages.Remarks", "panel_pages.Founding", "panel_pages.Taking", "panel_pages.Reason", "submission_pages.Reason",
    "reviewer_pages.Reviewing", "people_pages.Lost", "assignment_pages.Change", "calibration_pages.Named", "council_pages.OnTopics",
    "council_pages.Reviewing", "fee_payment_pages.Charge", "product_team_pages.Team", "product_team_pages.Representing",
    "product_team_pages.Report", "opinion_pages.Naming", "deliberation_pages.Board", "expert_record_pages.Merging",
    "expert_pages.OfAssociation", "ballot_pages.Filled",
    "expert_record_pages.Pasted",  # read into publications, each of its texts cut to its column
}
CHOICES = {  # a code out of a list or the typed password again: compared or looked up, never kept as text
    "adjustment_pages.Proposed": {"source", "target"}, "clearance_pages.Filed": {"place"}, "schedule_pages.Planned": {"condition"},
    "account_pages.Registration": {"again"}, "draft_pages.General": {"seen"}, "draft_pages.Narrative": {"seen"},
    "opening_pages.Confirmation": {"eligible"}, "assignment_pages.Wishes": {"aim", "pool"},
    "expert_pages.NewExpert": {"field"}, "treasury_pages.Import": {"file"},
    "opinion_pages.Asking": {"about", "given"}, "opinion_pages.Filing": {"document"},
}
CHECKED = {"tax_code", "orcid", "academic_rank", "degree", "language"}  # a function of their own lets only their exact shape through


def forms() -> dict[str, type[Form]]:
    """Every form of every pages module, by "module.Form"."""
    return {
        f"{page.__name__.rpartition('.')[2]}.{name}": shape for page in PAGES
        for name, shape in vars(importlib.import_module(page.__name__)).items()
        if inspect.isclass(shape) and issubclass(shape, Form) and shape is not Form
    }


def limits(field: FieldInfo, kind: type) -> list[int]:
    """The bounds of one kind that a field sets, however deep the annotation holds them."""
    found, open_ones = [], [field]
    while open_ones:
        one = open_ones.pop()
        open_ones += [*getattr(one, "metadata", ()), *getattr(one, "__metadata__", ()), *getattr(one, "__args__", ())]
        if isinstance(one, FieldInfo) and one.annotation is not None:
            open_ones.append(one.annotation)
        if isinstance(one, kind):
            found += [value for name in ("max_length", "le", "lt") if (value := getattr(one, name, None)) is not None]
    return found


def test_of_every_form_it_is_known_where_its_text_goes():
    assert set(forms()) == set(FILLS) | NOT_KEPT
    assert not set(FILLS) & NOT_KEPT


@pytest.mark.parametrize("name", FILLS)
def test_what_a_form_lets_through_fits_into_its_column(name):
    table, *renamed = FILLS[name]
    columns = {column._meta.name: column for column in table._meta.columns} | (renamed[0] if renamed else {})
    wrong = {}
    for field, rule in forms()[name].model_fields.items():
        column = columns.get(field) if field not in CHECKED and "Literal" not in str(rule.annotation) else None
        if field not in columns and "str" in str(rule.annotation) and field not in CHOICES.get(name, ()):
            wrong[field] = "kept nowhere"
        texts, numbers = limits(rule, MaxLen), limits(rule, Le | Lt)
        if type(column) is Varchar and "str" in str(rule.annotation):
            if not texts or min(texts) > column.length:
                wrong[field] = (texts, column.length)
        elif isinstance(column, Integer) and column.column_type == "INTEGER" and "int" in str(rule.annotation) and not numbers:
            wrong[field] = "no upper bound"
    assert wrong == {}


def test_a_number_refused_is_told_the_first_that_is_taken():
    for typed, said in ((0, "Số quá nhỏ: từ 1 trở lên."), (2**31, "Số quá lớn: tối đa 2147483647.")):
        with pytest.raises(ValidationError) as refused:
            TypeAdapter(MaybeId).validate_python(typed)
        assert sentence(refused.value.errors()[0]) == said


@pytest.mark.anyio
async def test_a_form_read_by_its_rows_holds_no_character_that_a_paper_could_not_show():
    sent = {"reason-1": "Gia\u0309m \x01\x00do\x1f trùng\nlặp", "_csrf_token": "x" * 9}
    typed = await posted(RequestFactory().post("/", data=sent, request_media_type=RequestEncodingType.URL_ENCODED))
    assert typed == {"reason-1": "Giảm do trùng\nlặp"}
