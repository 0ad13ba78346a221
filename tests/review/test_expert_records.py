"""What the roster keeps of an expert beside their entry: publications, the yearly refresh, pay details, duplicates made one."""

import time
from datetime import timedelta

import pytest

from grants.people.people import today
from grants.people.tables import Membership, Role, Tie
from grants.proposals.tables import Proposal
from grants.shell.changes import Refused, at, now
from grants.shell.database import rows
from review import conflicts, experts, publications, seats
from review.roster_tables import Expert, PayDetail, Publication
from review.tables import Seat
from tests.browsing import browsing
from tests.makers import a_person, a_proposal, an_organisation
from tests.makers_review import a_panel, an_expert, named_for

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
BIBTEX = """@article{lan2021,
  title = {Bệnh {Phytophthora} trên sầu riêng},
  author = {Hồ Thị Lan and Y Bhĩ Niê}, journal = "Tạp chí Bảo vệ thực vật", year = 2021, doi = {10.1000/x.1}
}
@inproceedings{lan2019, title={Giống cà phê chịu hạn}, booktitle={Hội nghị Tây Nguyên}, year={2019}}
"""
TABLE = "Năm;Tên;Nơi đăng;Tác giả\n2020;Tưới nhỏ giọt cho hồ tiêu;Tạp chí Nông nghiệp;Hồ Thị Lan\n2018;Bảo tồn voi;;"
CITED = "Hồ Thị Lan, Y Bhĩ Niê (2022). Chế phẩm sinh học trừ tuyến trùng. Tạp chí Khoa học Tây Nguyên, 4.\n" \
    "Bằng độc quyền sáng chế 1-0023, năm 2017"


async def entry(person) -> Expert:
    return await Expert.objects().where(Expert.person == person.id).first()


@pytest.mark.parametrize(("pasted", "read"), [
    (BIBTEX, [(2021, "Bệnh Phytophthora trên sầu riêng", "Tạp chí Bảo vệ thực vật", "Hồ Thị Lan; Y Bhĩ Niê"),
              (2019, "Giống cà phê chịu hạn", "Hội nghị Tây Nguyên", "")]),
    (TABLE, [(2020, "Tưới nhỏ giọt cho hồ tiêu", "Tạp chí Nông nghiệp", "Hồ Thị Lan"), (2018, "Bảo tồn voi", "", "")]),
    (CITED, [(2022, "Chế phẩm sinh học trừ tuyến trùng", "Tạp chí Khoa học Tây Nguyên, 4", "Hồ Thị Lan, Y Bhĩ Niê"),
             (2017, "Bằng độc quyền sáng chế 1-0023, năm 2017", "", "")]),
], ids=["BibTeX", "a table", "lines as they are cited"])
async def test_a_pasted_list_of_publications_is_read_whatever_its_kind(pasted, read):
    found, wrong = publications.read(pasted)
    assert ([(one.year, one.title, one.place, one.authors) for one in found], wrong) == (read, [])


@pytest.mark.parametrize("pasted", [
    "@a{x" + " " * 19_990 + "y", "@a{x," + "a" * 19_990 + "}", "@a{" * 6_000, "@a{" + "} " * 9_000 + "}", "@a{x," + "a={" * 6_000 + "}",
    "@a{x," + "a={{b}" * 3_000, "a" + " " * 19_990 + "(b", "a" + " (" * 9_000, "A (2020)" + " " * 19_000 + ".", "(2020" * 4_000,
], ids=lambda pasted: pasted[:8])
async def test_a_list_made_to_keep_the_reader_busy_is_read_at_once(pasted):
    begun = time.process_time()
    publications.read(pasted)
    assert time.process_time() - begun < 0.3  # a pattern that tries every beginning with every end takes seconds


async def test_a_list_with_a_wrong_line_is_not_half_taken_and_the_same_list_twice_changes_nothing():
    lan = await an_expert("Hồ Thị Lan")
    with pytest.raises(Refused, match="Dòng 2: không thấy năm"):
        await publications.take_over(await entry(lan), "Một công trình (2020). Tên.\nKhông có năm", by=lan)
    assert await Publication.count() == 0
    assert await publications.take_over(await entry(lan), CITED, by=lan) == 2
    assert await publications.take_over(await entry(lan), CITED.upper(), by=lan) == 0
    with pytest.raises(Refused, match="chính chuyên gia"):
        await publications.take_over(await entry(lan), CITED, by=await an_expert())


async def test_once_a_year_the_desk_asks_an_expert_whether_their_entry_is_right():
    lan = await an_expert("Hồ Thị Lan")
    async with browsing() as browser:
        here = await browser().sign_in(lan)
        assert "Xác nhận thông tin chuyên gia hằng năm" not in (await here.open("/desk")).words
        await Expert.update({Expert.consented_at: now() - timedelta(days=400)}).where(Expert.person == lan.id)
        assert "Xác nhận thông tin chuyên gia hằng năm" in (await here.open("/desk")).words
        expert = await entry(lan)
        await here.open(f"/experts/{expert.id}/refresh")
        await here.submit(f"/experts/{expert.id}/refresh", languages="Việt, Anh", away_until="")
        assert "Việt, Anh" in here.page.words
        assert "Xác nhận thông tin chuyên gia hằng năm" not in (await here.open("/desk")).words


async def test_who_is_away_is_not_seated_until_they_are_back():
    panel = await a_panel(members=6)
    officer = await a_person(Role.OFFICER)
    lan = await named_for(panel, await an_expert("Hồ Thị Lan"))
    await experts.refresh(await entry(lan), languages="", away_until=today() + timedelta(days=3), by=lan)
    with pytest.raises(Refused, match="Hồ Thị Lan báo vắng"):
        await seats.take(panel, lan, Seat.Part.MEMBER, by=officer)
    with at(now() + timedelta(days=4)):
        await seats.take(panel, lan, Seat.Part.MEMBER, by=officer)


async def test_pay_details_are_for_the_expert_and_who_pays_and_the_trail_only_says_that_they_changed():
    lan = await an_expert("Hồ Thị Lan")
    expert = await entry(lan)
    async with browsing() as browser:
        here = await browser().sign_in(lan)
        await here.open(f"/experts/{expert.id}/pay")
        await here.submit(f"/experts/{expert.id}/pay", bank="Ngân hàng Nông nghiệp", bank_account="5200 7777 8888", tax_number="8001234567")
        for role, status in ((Role.ASSOCIATION, 403), (Role.FINANCE, 200), (Role.TREASURER, 200), (Role.OFFICER, 403), (Role.AUDITOR, 403)):
            other = await browser().sign_in(await a_person(role))
            assert (await other.client.get(f"/experts/{expert.id}/pay")).status_code == status, role
            assert "7777 8888" not in (await other.client.get(f"/experts/{expert.id}")).text
        stranger = await browser().sign_in(await an_expert())
        assert (await stranger.client.get(f"/experts/{expert.id}/pay")).status_code == 404
    assert await PayDetail.count() == 1
    kept = await rows("SELECT changed::text || facts::text AS words FROM event")
    assert not any(secret in event["words"] for event in kept for secret in ("7777", "80012"))
    assert len(await rows("SELECT 1 FROM event WHERE thing = 'pay_detail'")) == 1


async def test_of_two_entries_of_one_person_one_stays_and_knows_all_that_ties_either():
    keeper, institute = await a_person(Role.ASSOCIATION), await an_organisation()
    kept, double = await an_expert("Hồ Thị Lan"), await an_expert("Hồ Thị Lan", of=institute)
    proposal = await a_proposal(Proposal.State.ELIGIBLE, lead=await a_person(Role.RESEARCHER, of=institute))
    await Tie(person=proposal.lead, other=double.id, kind=Tie.Kind.SUPERVISOR).save()
    await publications.take_over(await entry(double), CITED, by=double)
    assert await conflicts.conflicts([kept.id], [proposal.id]) == []
    with pytest.raises(Refused, match="liên hiệp hội"):
        await experts.merge(await entry(double), await entry(kept), by=kept)
    await experts.merge(await entry(double), await entry(kept), by=keeper)
    assert {hit.kind.value for hit in await conflicts.conflicts([kept.id], [proposal.id])} == {"same_employer", "supervisor"}
    assert len(await publications.of(await entry(kept))) == 2
    assert (await entry(double)).retired_on == today()
    assert not await Membership.exists().where(
        (Membership.person == double.id) & (Membership.role == Role.EXPERT.value) & Membership.valid_to.is_null()
    )
