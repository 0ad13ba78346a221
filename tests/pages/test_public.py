"""The public portal's story: everybody reads calls, funded projects and verified results, and nothing else."""

from datetime import timedelta

import pytest

from grants.calls.tables import Funding
from grants.outcomes.tables import Output
from grants.people.tables import Role
from grants.proposals.tables import Proposal
from grants.shell.changes import now
from grants.shell.text import fold
from tests.browsing import browsing
from tests.makers import a_call, a_person, a_proposal, an_organisation
from tests.makers_projects import a_project

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
RESULTS = ["/open/results", "/open/results/rights", "/open/results/transfers"]
ADDRESSES = ["/", "/open/calls", "/open/projects", *RESULTS, "/search?q=ca+phe", "/help"]


async def an_output(project, *, verified: bool, title: str) -> Output:
    entered, other = await a_person(Role.RESEARCHER), await a_person(Role.OFFICER)
    row = Output(
        project=project.id, form="II", title=title, folded=fold(title), produced_on=now().date(), entered_by=entered.id, entered_at=now(),
        verified_by=other.id if verified else None, verified_at=now() if verified else None,
    )
    await row.save()
    return row


async def test_everybody_finds_an_open_call_with_its_deadline_papers_and_criteria():
    call = await a_call(title="Tuyển chọn nhiệm vụ về sầu riêng", code="TB-2026-09", summary="Giữ chất lượng sầu riêng Krông Pắc.")
    await Funding(call=call.id, source="recurrent", money=3_000_000_000, ceiling=700_000_000).save()
    async with browsing() as browser:
        reader = browser()
        await reader.open("/")
        assert "/open/calls/TB-2026-09" in reader.page.links
        await reader.open(f"/open/calls/{call.code}")
        words = reader.page.words
        assert "Giữ chất lượng sầu riêng Krông Pắc." in words and "Bạn cần nộp trước" in words and "Tổng cộng" in words
        assert "Tối đa từ Kinh phí sự nghiệp" in words and "700.000.000" in words
        assert f"/calls/{call.id}/application" in reader.page.links


async def test_a_call_that_is_not_published_answers_like_one_that_never_was():
    await a_call(state="draft", code="TB-NHAP", title="Bản nháp kín")
    async with browsing() as browser:
        reader = browser()
        draft, never = await reader.open("/open/calls/TB-NHAP"), await reader.open("/open/calls/TB-KHONG-CO")
        assert (draft.status, draft.words) == (404, never.words)
        for address in ADDRESSES:
            assert "Bản nháp kín" not in (await reader.open(address)).words


async def test_a_search_shows_first_what_has_the_word_with_its_accents_as_typed():
    """Elephants (voi) are not lime (vôi) nor «with» (với); without accents all three are found, the one that was meant first."""
    titles = ["Bảo tồn voi nhà", "Lò nung vôi công nghiệp", "Trồng xen ca cao với cà phê"]
    project = await a_project()
    for title in titles:
        await an_output(project, verified=True, title=title)
    async with browsing() as browser:
        reader = browser()
        for typed, first in (("voi", 0), ("VÔI", 1), ("với", 2), ("voi nhà", 0)):
            await reader.open(f"/search?q={typed}")
            found = [title for link in reader.page.all("a") if (title := "".join(link.itertext())) in titles]
            assert found[0] == titles[first] and (len(found) == 3 or typed == "voi nhà"), (typed, found)


async def test_a_search_without_accents_finds_calls_projects_and_verified_results_only():
    await a_call(title="Chế biến sầu riêng")
    project = await a_project(title="Giống sầu riêng chịu hạn")
    await an_output(project, verified=True, title="Quy trình sầu riêng đã xác nhận")
    await an_output(project, verified=False, title="Quy trình sầu riêng chưa xác nhận")
    async with browsing() as browser:
        reader = browser()
        words = (await reader.open("/search?q=SAU+rieng")).words
        assert "Chế biến sầu riêng" in words and "Giống sầu riêng chịu hạn" in words and "đã xác nhận" in words
        assert "chưa xác nhận" not in words
        assert "Không tìm thấy gì" in (await reader.open("/search?q=tau+vu+tru")).words


async def test_the_public_never_meets_a_person_or_an_application():
    lead = await a_person(Role.RESEARCHER, full_name="Hồ Giấu Tên", of=await an_organisation("Trường Đại học Tây Nguyên"))
    project = await a_project(lead=lead, title="Bảo tồn voi nhà")
    await a_proposal(Proposal.State.SUBMITTED, lead=lead, title="Hồ sơ kín về voi nhà")
    await an_output(project, verified=True, title="Bản đồ voi nhà")
    async with browsing() as browser:
        reader = browser()
        for address in [*ADDRESSES, f"/open/projects/{project.code}", "/search?q=voi+nha", "/search?q=giau+ten"]:
            await reader.open(address)
            assert reader.page.status == 200
            assert "Giấu Tên" not in reader.page.text and "Hồ sơ kín" not in reader.page.text, address
        assert "Trường Đại học Tây Nguyên" in (await reader.open(f"/open/projects/{project.code}")).words


async def test_who_is_signed_in_also_finds_the_applications_that_are_theirs():
    ada, eve = await a_person(Role.RESEARCHER), await a_person(Role.RESEARCHER)
    await a_proposal(lead=ada, title="Cồng chiêng số hoá", folded=fold("Cồng chiêng số hoá"))
    async with browsing() as browser:
        assert "Cồng chiêng số hoá" in (await (await browser().sign_in(ada)).open("/search?q=cong+chieng")).words
        assert "Cồng chiêng số hoá" not in (await (await browser().sign_in(eve)).open("/search?q=cong+chieng")).words


async def test_the_portal_speaks_english_to_who_asks_for_it():
    call = await a_call(title="Tuyển chọn về voi", title_en="Elephant call", summary_en="Saving the tame elephants.")
    async with browsing() as browser:
        reader = browser()
        await reader.open("/open/calls")
        await reader.submit("/language", language="en")
        assert "Elephant call" in reader.page.words and "Tuyển chọn về voi" not in reader.page.words
        assert "Saving the tame elephants." in (await reader.open(f"/open/calls/{call.code}")).words


async def test_a_list_exports_what_it_shows():
    await a_call(code="TB-A", money=3_000_000_000)
    await a_call(code="TB-B", money=1_000_000_000, deadline=now() - timedelta(days=1), opens_at=now() - timedelta(days=40))
    async with browsing() as browser:
        reader = browser()
        await reader.open("/open/calls?time=open")
        assert "3.000.000.000" in reader.page.words and "TB-B" not in reader.page.words
        file = await reader.client.get("/open/calls?time=open&format=csv")
        assert "TB-A" in file.text and "3000000000" in file.text and "TB-B" not in file.text


async def test_the_first_load_of_the_portal_is_at_most_150_kb():
    await a_call()
    async with browsing() as browser:
        reader = browser()
        await reader.open("/")
        weights = [len(reader.page.answer.content)]
        addresses = reader.page.html.xpath("//*[local-name()='link']/@href | //*[local-name()='script']/@src")
        style = (await reader.client.get(next(a for a in addresses if a.endswith(".css")))).text
        fonts = [f"/static/{part.split(')')[0].strip('./')}" for part in style.split("url(")[1:] if "woff2" in part.split(")")[0]]
        for address in {*addresses, *fonts, *[a.split("#")[0] for a in reader.page.html.xpath("//@href") if "sprite" in a]}:
            async with reader.client.stream("GET", address) as answer:
                assert answer.status_code == 200, address
                weights.append(sum([len(part) async for part in answer.aiter_raw()]))
    assert sum(weights) <= 150 * 1024, sorted(weights)
