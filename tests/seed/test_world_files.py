"""The demo world's files agree with each other and with the rules they illustrate."""

import json
import unicodedata
from collections import Counter
from datetime import date
from difflib import SequenceMatcher
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from grants.people.tables import Organisation, Role
from grants.projects.tables import Project, Report
from grants.proposals.tables import Product, Proposal, Source, TeamMember
from grants.shell.text import fold

SEED = Path(__file__).parents[2] / "seed"
FILES = sorted((SEED / "world").glob("*.json"))
TODAY = "2026-11-22"


def world(name: str):
    return json.loads((SEED / "world" / f"{name}.json").read_text("utf-8"))


ORGANISATIONS = {row["key"]: row for row in world("organisations")["organisations"]}
PEOPLE = {row["email"]: row for row in world("people")}
PROGRAMMES = {row["key"]: row for row in world("programmes")}
CALLS = {row["key"]: row for row in world("calls")}
SUPPORT = {row["call"]["key"]: row for row in world("support")}  # the fund's calls for loans, guarantees, vouchers, interest
PROPOSALS = {row["key"]: row for row in world("proposals")}
PROJECTS = world("projects")
BUDGET = world("budget")
MOST = {
    scheme["code"]: [criterion["most"] for criterion in scheme["criteria"]]
    for scheme in json.loads((SEED / "rules" / "tt20-2023.json").read_text("utf-8"))["content"]["schemes"]
}
FIELDS = {row["code"] for row in json.loads((SEED / "rules" / "fields.json").read_text("utf-8"))["fields"]}


def named(value, keys: set[str]) -> set[str]:
    """Every string that stands under one of these keys, however deep."""
    if isinstance(value, list):
        return set().union(*(named(item, keys) for item in value))
    if not isinstance(value, dict):
        return set()
    found = set()
    for key, item in value.items():
        if key in keys:
            found |= {text for text in (item if isinstance(item, list) else [item]) if isinstance(text, str)}
        found |= named(item, keys)
    return found


def mails(value) -> set[str]:
    """Every mail address of the demo world that is written anywhere."""
    if isinstance(value, dict):
        return set().union(*(mails(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(mails(item) for item in value))
    return {value} if isinstance(value, str) and value.endswith("@grants.test") else set()


def kin_of(person: str) -> set[str]:
    return {tie["person"] for tie in PEOPLE[person]["kin"]}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_text_is_composed_and_has_no_stray_space(file):
    text = file.read_text("utf-8")
    assert unicodedata.is_normalized("NFC", text)
    assert not [line for line in text.splitlines() if "  " in line.strip() or " ," in line or " ." in line]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_whoever_is_named_exists(file):
    value = json.loads(file.read_text("utf-8"))
    keys = {
        "parent",
        "predecessor",
        "successor",
        "organisation",
        "association",
        "lead_organisation",
        "partners",
        "owners",
        "supplier",
        "receiver",
    }
    assert named(value, keys) <= set(ORGANISATIONS)
    assert mails(value) <= set(PEOPLE)
    assert named(value, {"call"}) <= set(CALLS) | set(SUPPORT)
    assert named(value, {"proposal"}) <= set(PROPOSALS) | {row["application"]["key"] for row in SUPPORT.values()}
    assert named(value, {"programme"}) <= set(PROGRAMMES)


def test_each_row_is_there_once():
    for name, key in [("people", "email"), ("calls", "key"), ("calls", "code"), ("proposals", "key"), ("projects", "proposal")]:
        assert max(Counter(row[key] for row in world(name)).values()) == 1
    assert max(Counter(row["name"] for row in ORGANISATIONS.values()).values()) == 1
    assert max(Counter(row["full_name"] for row in PEOPLE.values()).values()) == 1


def test_words_of_the_house_are_used():
    assert {row["kind"] for row in ORGANISATIONS.values()} <= set(Organisation.Kind)
    assert {role["role"] for row in PEOPLE.values() for role in row["roles"]} == set(Role)
    assert {row["state"] for row in PROPOSALS.values()} == set(Proposal.State)
    assert {member["role"] for row in PROPOSALS.values() for member in row["team"]} <= set(TeamMember.Part)
    assert {product["form"] for row in PROPOSALS.values() for product in row["products"]} == set(Product.Form)
    assert {line["stream"] for row in PROPOSALS.values() for line in row["requested"]["lines"]} == set(Source)
    assert {row["state"] for row in PROJECTS} <= set(Project.State)
    assert {report["state"] for row in PROJECTS for report in row["reports"]} <= set(Report.State)
    assert named(list(PROPOSALS.values()) + list(PEOPLE.values()), {"fields"}) <= FIELDS


def test_the_demo_accounts_are_the_promised_ones():
    promised = {"researcher", "signatory", "officer", "association", "capital", "recurrent", "treasurer", "leader", "auditor", "admin"} | {
        f"expert{number}" for number in range(1, 10)
    }
    assert {mail.split("@")[0] for mail, row in PEOPLE.items() if row["demo_account"]} == promised


def test_forty_experts_of_twelve_associations():
    experts = [row for row in PEOPLE.values() if any(role["role"] == "expert" for role in row["roles"])]
    assert len(experts) == 40 and len({row["association"] for row in experts}) == 12
    assert all(ORGANISATIONS[row["association"]]["parent"] == "lhh" for row in experts)
    assert len(PROPOSALS) == 60 and len(CALLS) == 6


def test_orcids_have_right_check_digits():
    orcids = [row["orcid"] for row in PEOPLE.values() if row["orcid"]]
    assert len(orcids) == len(set(orcids)) > 20
    for orcid in orcids:
        digits, total = orcid.replace("-", ""), 0
        for digit in digits[:-1]:
            total = (total + int(digit)) * 2
        assert digits.startswith("00000009") and digits[-1] == "0123456789X"[(12 - total % 11) % 11]


def test_kinship_is_declared_on_both_sides():
    assert all(mail in kin_of(other) for mail in PEOPLE for other in kin_of(mail))


def test_roles_lie_within_the_life_of_their_organisation():
    for row in PEOPLE.values():
        for role in row["roles"]:
            there = ORGANISATIONS[role["organisation"]]
            assert role["valid_from"] >= there["valid_from"]
            assert there["valid_to"] is None or (role["valid_to"] or "9999") <= there["valid_to"]


def test_a_successor_begins_when_its_predecessor_ends():
    for change in world("organisations")["successions"]:
        last = ORGANISATIONS[change["predecessor"]]["valid_to"]
        assert date.fromisoformat(change["on"]).toordinal() == date.fromisoformat(last).toordinal() + 1


def test_no_two_titles_alike():
    for one, other in combinations(PROPOSALS.values(), 2):
        assert SequenceMatcher(None, fold(one["title"]), fold(other["title"])).ratio() < 0.75, (one["title"], other["title"])


def test_summaries_and_sections_have_a_readable_length():
    for row in PROPOSALS.values():
        assert 70 <= len(row["summary"].split()) <= 120 and len(row["title"]) <= 300 and row["summary_en"], row["key"]
        assert all(60 <= len(text.split()) <= 150 for text in row["sections"].values()), row["key"]
    assert sum(len(row["sections"]) == 6 for row in PROPOSALS.values()) >= 12


def test_budgets_add_up_by_stream_year_and_group():
    for row in PROPOSALS.values():
        for sums, lines in budgets(row):
            assert sums["total"] == sum(line["amount"] for line in lines), row["key"]
            assert sums["by_group"] == {
                group: sum(line["amount"] for line in lines if str(line["group"]) == group) for group in sums["by_group"]
            }
            by_stream = {stream: sum(years.values()) for stream, years in sums["by_stream_year"].items()}
            assert sum(sums["by_group"].values()) == sum(by_stream.values()) == sums["total"]
            for stream, years in sums["by_stream_year"].items():
                for year, amount in years.items():
                    assert amount == sum(line["amount"] for line in lines if (line["stream"], str(line["year"])) == (stream, year)), row[
                        "key"
                    ]


def name(line) -> tuple:
    """What tells a budget line from another."""
    return line["group"], line["stream"], line["year"]


def budgets(row):
    """Each budget of an application with the lines it stands for."""
    lines = row["requested"]["lines"]
    yield row["requested"], lines
    if row["appraised"]:
        changes = {name(change): change for change in row["appraised"]["changes"]}
        assert all(change["to"] < change["from"] and change["reason"] for change in changes.values())
        assert all(changes[name(line)]["from"] == line["amount"] for line in lines if name(line) in changes)
        changed = [line | {"amount": changes[name(line)]["to"]} if name(line) in changes else line for line in lines]
        yield row["appraised"], changed
    if row["approved"]:
        yield row["approved"], changed


def test_money_is_asked_for_within_belief_and_ceiling():
    for row in PROPOSALS.values():
        state_money = sum(sum(years.values()) for stream, years in row["requested"]["by_stream_year"].items() if stream != "own")
        assert 300_000_000 <= state_money <= 3_000_000_000
        assert all(line["amount"] > 0 for line in row["requested"]["lines"])
        if row["state"] not in ("draft", "ineligible"):
            assert state_money <= CALLS[row["call"]]["ceiling"] and row["months"] <= CALLS[row["call"]]["max_months"], row["key"]


def test_an_application_fits_its_state():
    for row in PROPOSALS.values():
        call = CALLS[row["call"]]
        assert (row["submitted_at"] is None) == (row["state"] == "draft")
        assert row["submitted_at"] is None or row["submitted_at"] <= min(call["deadline"], TODAY + "T23")
        assert bool(row["appraised"]) == (row["state"] in ("appraised", "awarded"))
        assert bool(row["approved"]) == (row["state"] == "awarded")
        assert bool(row["reason"]) == (row["state"] in ("ineligible", "withdrawn", "not_recommended", "declined"))
        assert row["team"][0] | {"months": 0} == {"person": row["lead"], "role": "principal_investigator", "months": 0}
        assert max(Counter(member["person"] for member in row["team"]).values()) == 1
        assert all(member["months"] <= row["months"] for member in row["team"])
        assert any(
            role["role"] == "signatory"
            for person in PEOPLE.values()
            for role in person["roles"]
            if role["organisation"] == row["lead_organisation"]
        )
    assert {row["proposal"] for row in PROJECTS} == {key for key, row in PROPOSALS.items() if row["state"] == "awarded"}


def test_awards_stay_within_allocations_and_allocations_within_the_estimate():
    allocated = {(call["key"], row["stream"], row["year"]): row["amount"] for call in CALLS.values() for row in call["allocation"]}
    spent = Counter()
    for row in PROPOSALS.values():
        for stream, years in (row["approved"] or {"by_stream_year": {}})["by_stream_year"].items():
            for year, amount in years.items():
                if stream != "own":
                    spent[row["call"], stream, int(year)] += amount
    assert spent and all(amount <= allocated.get(where, 0) for where, amount in spent.items())
    purposes = {
        "capital": ("capital", {"new"}),
        "recurrent": ("recurrent", {"new", "continuing"}),
        "fund": ("recurrent", {"fund_contribution"}),
    }
    for stream, (source, wanted) in purposes.items():
        for year in BUDGET["years"]:
            decided = sum(line["decided"] or 0 for line in year["lines"] if line["stream"] == source and line["purpose"] in wanted)
            assert sum(amount for (_, s, y), amount in allocated.items() if (s, y) == (stream, year["year"])) <= decided


def test_an_agreed_amount_that_differs_says_why():
    for year in BUDGET["years"]:
        for line in year["lines"]:
            assert line["agreed"] in (None, line["proposed"]) or line["reason"], line["key"]
            assert line["decided"] in (None, line["agreed"]) or line["decision_reason"], line["key"]
        assert all((line["decided"] is None) == (year["state"] == "estimate") for line in year["lines"])


def test_each_stream_is_answered_for_without_gap_by_a_living_organisation():
    for stream in ("capital", "recurrent", "fund"):
        duties = sorted((row for row in BUDGET["stream_responsibility"] if row["stream"] == stream), key=lambda row: row["valid_from"])
        assert duties[-1]["valid_to"] is None
        for before, after in pairwise(duties):
            assert date.fromisoformat(after["valid_from"]).toordinal() - date.fromisoformat(before["valid_to"]).toordinal() == 1
        for row in duties:
            last = ORGANISATIONS[row["organisation"]]["valid_to"]
            assert last is None or row["valid_to"] <= last


def test_no_judge_is_tied_to_what_they_judge():
    for row in PROPOSALS.values():
        away = {PEOPLE[person]["organisation"] for person in [member["person"] for member in row["team"]]}
        away |= {row["lead_organisation"], *row["partners"]}
        team = {member["person"] for member in row["team"]}
        for seat in CALLS[row["call"]]["panel"]:
            judge = seat["expert"]
            posts = {PEOPLE[judge]["organisation"]} | {role["organisation"] for role in PEOPLE[judge]["roles"]}
            assert not posts & away and judge not in team and not kin_of(judge) & team, (judge, row["key"])


def test_a_blocked_nomination_is_tied_to_the_application_it_names():
    for call in CALLS.values():
        for blocked in call["blocked_nominations"]:
            expert, row = PEOPLE[blocked["expert"]], PROPOSALS[blocked["proposal"]]
            team = {member["person"] for member in row["team"]}
            assert expert["email"] in team or kin_of(expert["email"]) & team or expert["organisation"] == row["lead_organisation"]


def mean_of_valid(row) -> tuple[float, list[str]]:
    """The mean of the valid ballots, and whose ballots are more than 20% off the mean of all."""
    totals = {ballot["judge"]: ballot["total"] for ballot in row["ballots"]}
    mean = sum(totals.values()) / len(totals)
    invalid = [judge for judge, total in totals.items() if abs(total - mean) > 0.2 * mean]
    valid = [total for judge, total in totals.items() if judge not in invalid]
    return sum(valid) / len(valid), invalid


def test_ballots_are_whole_and_lead_to_the_states_they_led_to():
    invalid_ballots = []
    for row in PROPOSALS.values():
        call = CALLS[row["call"]]
        seats = {seat["expert"] for seat in call["panel"]}
        for ballot in row["ballots"]:
            assert ballot["total"] == sum(ballot["scores"]) and ballot["comment"] and ballot["judge"] in seats
            assert len(ballot["scores"]) == len(MOST[call["scheme"]])
            assert all(0 < score <= most for score, most in zip(ballot["scores"], MOST[call["scheme"]], strict=True))
        if row["state"] in ("recommended", "not_recommended", "appraised", "awarded", "declined"):
            recused = {gone["judge"] for gone in row["recused"]}
            assert {ballot["judge"] for ballot in row["ballots"]} == seats - recused
            mean, invalid = mean_of_valid(row)
            invalid_ballots += invalid
            assert (mean >= 70) == (row["state"] != "not_recommended"), (row["key"], mean)
    assert len(invalid_ballots) == 1 and sum(len(row["recused"]) for row in PROPOSALS.values()) == 1


def test_the_tie_went_to_the_cheaper_application():
    judged = [row for row in PROPOSALS.values() if row["call"] == "ud-2024" and row["ballots"]]
    ties = [(one, other) for one, other in combinations(judged, 2) if mean_of_valid(one)[0] == mean_of_valid(other)[0] >= 70]
    assert [{row["state"] for row in sorted(pair, key=lambda row: row["requested"]["total"])} for pair in ties] == [{"awarded", "declined"}]
    cheap, dear = sorted(ties[0], key=lambda row: row["requested"]["total"])
    assert (cheap["state"], dear["state"]) == ("awarded", "declined")


def test_in_review_a_ballot_comes_only_from_who_accepted():
    for row in PROPOSALS.values():
        if row["state"] == "in_review":
            accepted = {offer["judge"] for offer in row["invitations"] if offer["answer"] == "accepted"}
            assert {offer["judge"] for offer in row["invitations"]} == {seat["expert"] for seat in CALLS[row["call"]]["panel"]}
            assert {ballot["judge"] for ballot in row["ballots"]} <= accepted
            assert all(offer["reason"] for offer in row["invitations"] if offer["answer"] == "declined")


def test_payments_stay_within_what_was_approved_for_the_year_and_take_three_people():
    for project in PROJECTS:
        approved = PROPOSALS[project["proposal"]]["approved"]["by_stream_year"]
        paid = Counter()
        for payment in project["payments"]:
            paid[payment["stream"], str(payment["year"])] += payment["amount"]
            people = [payment[key] for key in ("requested_by", "approved_by", "paid_by") if payment[key]]
            assert len(people) == len(set(people)) == {"requested": 1, "approved": 2, "paid": 3}[payment["state"]]
            days = [payment[key] for key in ("requested_on", "approved_on", "paid_on") if payment[key]]
            assert days == sorted(days) and days[0] >= project["start"] and days[-1] <= TODAY
        assert paid and all(amount <= approved[stream][year] for (stream, year), amount in paid.items())
        state_money = sum(sum(years.values()) for stream, years in approved.items() if stream != "own")
        first = min(
            (payment for payment in project["payments"] if payment["stream"] != "capital"), key=lambda payment: payment["requested_on"]
        )
        assert first["kind"] == "advance" and first["amount"] * 2 <= state_money
        if project["state"] == "closed":
            assert sum(paid.values()) == state_money


def test_results_are_verified_by_someone_else_and_come_in_order():
    for project in PROJECTS:
        for result in project["outputs"] + project["ip_rights"] + project["transfers"]:
            assert result["verified_by"] != result["recorded_by"]
        assert project["agreement"]["date"] >= project["award"]["date"] and project["end"] > project["start"]
        graded = project["final_evaluation"]
        assert bool(graded) == (project["state"] in ("evaluated", "closed"))
        assert not graded or graded["grade"] in ("excellent", "pass")
    overdue = {
        project["proposal"] for project in PROJECTS for report in project["reports"] if not report["filed_on"] and report["due"] < TODAY
    }
    assert overdue == {"ud24-han-han", "xh25-hai-cap"}
