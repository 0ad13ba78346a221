"""The demo's councils beside the selection panels: one on suggested topics, one that evaluates a finished project."""

from datetime import date

from grants.calls import calls
from grants.people import people
from grants.people.people import today
from grants.people.tables import Person
from grants.projects.tables import Project
from review import deliberations, matters, meetings, minutes, panels, preliminary, product_teams, resolutions, seats, verdicts
from review.ballots import rules_for
from review.matter_tables import Matter, Vote
from review.roster_tables import Expert
from review.tables import Panel, Seat
from seed.diary import Diary, moment, read
from seed.year_money import latest

OFFICER = "officer@grants.test"
PARTS = (Seat.Part.CHAIR, Seat.Part.VICE_CHAIR, Seat.Part.SECRETARY, *[Seat.Part.MEMBER] * 6)
TOPICS = [  # who suggests it, title, need, required results, how many of seven are in favour
    ("researcher@grants.test", "Sản xuất giống sầu riêng sạch bệnh ở quy mô hợp tác xã",
     "Cây giống trôi nổi làm bệnh vàng lá thối rễ lan nhanh ở Krông Pắc và Cư M’gar; hợp tác xã chưa có quy trình kiểm tra trước khi bán.",
     "Quy trình nhân giống và kiểm tra sạch bệnh; 3 vườn ươm hợp tác xã; 30.000 cây giống có truy xuất nguồn gốc.", 7),
    ("expert9@grants.test", "Số hoá và truyền dạy sử thi Ê Đê trong trường phổ thông",
     "Nghệ nhân kể khan nay còn rất ít; học sinh người Ê Đê không còn nghe trọn một bài khan trong buôn.",
     "Kho ghi âm có chú giải song ngữ; bộ tài liệu dạy cho 12 trường; 6 lớp truyền dạy.", 6),
    ("researcher@grants.test", "Máy sấy cà phê dùng năng lượng mặt trời cho nông hộ",
     "Thu hoạch trùng mưa cuối mùa làm cà phê nông hộ mốc, mất giá.", "Mẫu máy sấy 500 kg mỗi mẻ và tài liệu vận hành.", 4),
]

USERS = (  # who takes the results into use
    "y.ngong.hlong@grants.test", "nong.thi.hong.nhung@grants.test", "hoang.thi.bach.yen@grants.test", "nguyen.thi.thuy.quynh@grants.test",
    "y.bay.kbuor@grants.test",
)
CHECKED = "Kiểm tra tại hiện trường và đối chiếu hồ sơ lắp đặt: đúng cấu hình đặt hàng, truyền số liệu ổn định trong bảy ngày theo dõi."
CONCLUSION = "Sản phẩm đủ số lượng, đo được và chạy ổn định. Đề nghị bổ sung hướng dẫn hiệu chuẩn trước khi bàn giao."
DISCUSSED = "council-xh25-su-thi"
PROJECT_REVIEWS = (
    "Sản phẩm đạt đặt hàng; phần chú giải song ngữ cần rà lại trước khi bàn giao.",
    "Số bài ghi âm vượt đặt hàng, chất lượng âm thanh tốt; nên bàn giao thêm một bản cho Bảo tàng tỉnh.",
)
RESULT_REVIEWS = (
    "Sản phẩm đủ chủng loại, số lượng theo hợp đồng; hồ sơ minh chứng đầy đủ, số liệu gốc kiểm tra được.",
    "Kết quả có địa chỉ sử dụng rõ; đề nghị bổ sung hướng dẫn nhân rộng trước khi bàn giao.",
)
AFTER_DISCUSSION = "Sau thảo luận: chất lượng đúng như đặt hàng, chưa vượt; số lượng vượt như đã nêu."
TOPIC_REVIEWS = (
    "Đề xuất sát nhu cầu của tỉnh; cần nêu rõ nơi tiếp nhận kết quả và cách nhân rộng.",
    "Đã có nghiên cứu gần với nội dung này ở Viện Khoa học Kỹ thuật Nông Lâm nghiệp Tây Nguyên; cần nói rõ phần kế thừa.",
    "Nên gộp phần điều tra vào sáu tháng đầu; sản phẩm cuối cùng phải có đơn vị cam kết sử dụng.",
)


def note_councils(diary: Diary) -> None:
    """Suggested in September, founded in October, held before the demo's today."""
    diary.on(moment("2026-09-14", 9), lambda: suggested(diary))
    diary.on(moment("2026-10-05", 9), lambda: founded_on_topics(diary))
    diary.on(moment("2026-10-21", 9), lambda: topics_judged(diary))
    diary.on(moment("2026-10-22", 14), lambda: met(diary, "council-topics", briefs=True))
    for file in read("projects"):
        if file["final_evaluation"]:
            note_final(diary, file)
    diary.on(moment("2026-11-06", 9), lambda: founded_on_drought(diary))
    diary.on(moment("2026-11-17", 15), lambda: products_checked(diary, "council-drought"))


def note_final(diary: Diary, file: dict) -> None:
    """The council that evaluates a finished project: founded three weeks before its session, on the final file that came in."""
    key, day = f"council-{file['proposal']}", file["final_evaluation"]["on"]
    filed_on = next(date.fromisoformat(one["filed_on"]) for one in file["reports"] if one["kind"] == "final")
    excellent = file["final_evaluation"]["grade"] == "excellent"
    diary.on(moment(day, 10, plus=-23), lambda: founded_on_project(diary, file["proposal"], filed_on, day))
    diary.on(moment(day, 9, plus=-4), lambda: products_checked(diary, key))
    diary.on(moment(day, 9, plus=-1), lambda: project_judged(diary, key, excellent=excellent))
    diary.on(moment(day, 14), lambda: met(diary, key, briefs=False))


async def suggested(diary: Diary) -> None:
    for email, title, need, results, _yes in TOPICS:
        diary.things[f"suggested-{title}"] = await calls.suggest_topic(
            by=await diary.who(email), title=title, need=need, required_results=results
        )


async def founded_on_topics(diary: Diary) -> None:
    officer = await diary.who(OFFICER)
    topics = [await latest(diary.things[f"suggested-{title}"]) for _e, title, _n, _r, _y in TOPICS]
    panel = diary.things["council-topics"] = await matters.found_on_topics(
        topics, by=officer, name="Hội đồng tư vấn xác định nhiệm vụ năm 2027, đợt 1"
    )
    await seated(panel, 7, "0902/QĐ-SKHCN", "2026-10-05", "2026-10-22", officer)


async def founded_on_project(diary: Diary, proposal: str, filed_on: date, session: str) -> None:
    officer, founded = await diary.who(OFFICER), today()
    project = await Project.objects().where(Project.proposal == diary.things[proposal].id).first()
    panel = diary.things[f"council-{proposal}"] = await matters.found_on_project(project, filed_on=filed_on, by=officer)
    await seated(panel, 6, f"0{900 + project.id}/QĐ-SKHCN", founded.isoformat(), session, officer)


async def founded_on_drought(diary: Diary) -> None:
    """Of a project that ordered weather stations: three members check them before a session that is still to come."""
    officer, proposal = await diary.who(OFFICER), diary.things["ud24-han-han"]
    project = await Project.objects().where(Project.proposal == proposal.id).first()
    panel = diary.things["council-drought"] = await matters.found_on_project(project, filed_on=date(2026, 10, 30), by=officer)
    await seated(panel, 6, "0958/QĐ-SKHCN", "2026-11-06", "2026-12-03", officer)


async def seated(panel: Panel, count: int, number: str, founded: str, session: str, officer: Person) -> None:
    """Experts whom nothing ties to the matter take their seats, two review each matter, all are invited."""
    await panels.describe(
        panel, by=officer, name=panel.name, decision_number=number, decided_on=date.fromisoformat(founded), meets_at=moment(session, 14),
        place="Phòng họp số 2, Sở KH&CN",
    )
    roster = [one.person for one in await Expert.objects().where(
        Expert.retired_on.is_null() & Expert.consented_at.is_not_null()
    ).order_by(Expert.id)]
    tied = {hit.person for hit in await matters.blocking(panel, dict.fromkeys(roster, Seat.Part.CHAIR.value))}
    free = [person for person in roster if person not in tied]
    again = [person for person in free if person in await matters.judged_before(panel)][:1] if panel.project else []
    free = [*again, *[person for person in free if person not in again][-count + len(again):]]
    for person, part in zip(free, PARTS, strict=False):
        await seats.take(panel, await people.person(person), part, by=officer)
    if panel.project:
        free += await represented(panel, officer)
    for n, matter in enumerate(await Matter.objects().where(Matter.panel == panel.id).order_by(Matter.id)):
        plain = free[3:]
        await matters.assign(matter, [plain[(2 * n) % len(plain)], plain[(2 * n + 1) % len(plain)]], by=officer)
        if await product_teams.measured(panel, await panels.rule_of(panel)):
            await product_teams.name(matter, [plain[2], plain[0], free[-1]], by=officer)
    await matters.invite(await latest(panel), by=officer)


async def represented(panel: Panel, officer: Person) -> list[int]:
    """Three who represent agencies and users of the results, none of them tied to the project."""
    known = {one.email: one.id for one in await Person.objects().where(Person.email.is_in(list(USERS)))}
    tied = {hit.person for hit in await matters.blocking(panel, dict.fromkeys(known.values(), Seat.Part.MEMBER.value))}
    chosen = [known[email] for email in USERS if known[email] not in tied][:3]
    for person in chosen:
        await seats.take_representative(panel, await people.person(person), Seat.Part.MEMBER, by=officer)
    return chosen


async def products_checked(diary: Diary, key: str) -> None:
    """The head of the team reports, where the project has products that are measured."""
    panel = await latest(diary.things[key])
    matter = await Matter.objects().where(Matter.panel == panel.id).first()
    team = await product_teams.of(matter.id)
    wanted = await product_teams.measured(panel, await panels.rule_of(panel)) if team else []
    if team:
        checked = {one["id"]: product_teams.Checked(one["quantity"], CHECKED) for one in wanted}
        await product_teams.file(matter, checked, conclusion=CONCLUSION, by=await people.person(team[0].person))


async def votes_on(diary: Diary, key: str) -> list[tuple[int, Vote]]:
    """The council's votes, with the place of the matter among its matters."""
    found = await Matter.objects().where(Matter.panel == diary.things[key].id).order_by(Matter.id)
    return [(n, vote) for n, one in enumerate(found) for vote in await Vote.objects().where(Vote.matter == one.id).order_by(Vote.id)]


async def hand_in(vote: Vote, content: dict, review: str) -> None:
    judge = await people.person(vote.judge)
    panel = await verdicts.panel_of(vote)
    writes = verdicts.writes_review(vote, (await rules_for(panel.id))[0], panel.kind)
    await verdicts.save(vote, content, review=review if writes else None, by=judge)
    await verdicts.give(vote, by=judge)


async def topics_judged(diary: Diary) -> None:
    rules, _scheme = await rules_for(diary.things["council-topics"].id)
    seen: dict[int, int] = {}
    for n, vote in await votes_on(diary, "council-topics"):
        seen[n] = seen.get(n, 0) + 1
        against = seen[n] > TOPICS[n][4]
        content = {f"item_{one.code}": "fail" if against and one.code in ("novelty", "uptake") else "pass" for one in rules.topic_items}
        await hand_in(vote, content, TOPIC_REVIEWS[(n + seen[n]) % len(TOPIC_REVIEWS)])


async def project_judged(diary: Diary, key: str, *, excellent: bool) -> None:
    for n, (_place, vote) in enumerate(await votes_on(diary, key)):
        matter = await Matter.objects().where(Matter.id == vote.matter).first()
        content = {"report": "pass"}
        for one in await verdicts.ordered(matter):
            more = n < (8 if excellent else 3)  # so many members find more than was ordered
            content |= {f"quality_{one['id']}": "excellent" if more else "pass", f"achieved_{one['id']}": str(one["quantity"] + more)}
        reviews = PROJECT_REVIEWS if key == DISCUSSED else RESULT_REVIEWS
        await hand_in(vote, content, reviews[n % len(reviews)])


async def judged_again(diary: Diary, key: str) -> None:
    """After the discussion of one project a member of its council finds less than before; both ballots are kept."""
    if key != DISCUSSED:
        return
    _place, vote = (await votes_on(diary, key))[2]
    judge = await people.person(vote.judge)
    await preliminary.score_again(vote, by=judge)
    wanted = await verdicts.ordered(await Matter.objects().get(Matter.id == vote.matter))
    await hand_in(vote, {f"quality_{one['id']}": "pass" for one in wanted}, AFTER_DISCUSSION)


async def met(diary: Diary, key: str, *, briefs: bool) -> None:
    """The session: attendance, counting board, count, the conclusion in words, the minutes."""
    panel, officer = diary.things[key], await diary.who(OFFICER)
    sitting = await Seat.objects().where(Seat.panel == panel.id).order_by(Seat.id)
    await meetings.attend(panel, {seat.id: meetings.Mark("remote" if n == 5 else "room") for n, seat in enumerate(sitting)}, by=officer)
    await meetings.open_session(await latest(panel), by=officer)
    await judged_again(diary, key)
    await deliberations.elect(await latest(panel), [seat.person for seat in sitting[3:6]], by=officer)
    await meetings.count(await latest(panel), by=officer)
    secretary = await people.person(sitting[2].person)
    for matter in await Matter.objects().where(Matter.panel == panel.id).order_by(Matter.id) if briefs else []:
        await resolutions.write_brief(
            matter, "Tuyển chọn. Làm rõ địa bàn, đơn vị tiếp nhận kết quả và phần vốn đối ứng.", by=secretary
        )
    await minutes.lock(await latest(panel), remarks="Hội đồng nhất trí với kết quả kiểm phiếu.", by=secretary)
