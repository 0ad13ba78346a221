"""How some of the demo's projects changed course: extended or not, stood still and went on, broken off, another content asked for."""

from datetime import date

from grants.projects import amendments, halts
from grants.projects.tables import Project
from seed.diary import Diary, moment, read
from seed.year_money import latest

OFFICER = "officer@grants.test"
ASKED = [  # project, day, kind, what is asked for, why, decided on, number, refused because
    ("xh25-ho-lak", "2026-10-12", "extension", {"months": 6},
     "Mùa nước hồ năm 2026 đến muộn hai tháng, phải đo thêm một mùa khô để đủ chuỗi số liệu.",
     "2026-10-26", "3188/SKHCN-QLKH", ""),
    ("xh25-cong-chieng", "2026-09-14", "extension", {"months": 12},
     "Đề nghị thêm thời gian tổ chức truyền dạy tại bốn buôn mới.",
     "2026-09-28", "", "Hợp đồng còn gần một năm; khối lượng bốn buôn mới nằm ngoài đặt hàng."),
    ("quy26-mac-ca", "2026-11-16", "content",
     {"was": "Thử nghiệm sấy ở ba cơ sở tại Krông Năng.", "becomes": "Thử nghiệm sấy ở hai cơ sở tại Krông Năng và một cơ sở tại Tuy Đức."},
     "Một cơ sở tại Krông Năng ngừng hoạt động từ tháng 10/2026.", "", "", ""),
]
HALTED = [  # project, day, decision, number, reason
    ("ud24-voi", "2026-06-22", halts.suspend, "0418/QĐ-SKHCN",
     "Cơ quan thú y yêu cầu ngừng tiếp xúc với đàn voi trong thời gian xử lý ổ dịch ở vùng đệm."),
    ("ud24-voi", "2026-07-27", halts.resume, "0596/QĐ-SKHCN", "Cơ quan thú y đã công bố hết dịch; nhóm thực hiện đủ điều kiện trở lại."),
    ("xh25-hai-cap", "2026-11-12", halts.terminate, "1007/QĐ-SKHCN",
     "Tổ chức chủ trì đề nghị chấm dứt: đối tượng nghiên cứu đã thay đổi sau khi sắp xếp đơn vị hành chính, không đạt được mục tiêu."),
]


def note_changes(diary: Diary) -> None:
    leads = {one["key"]: one["lead"] for one in read("proposals")}
    for project, day, *more in ASKED:
        note_amendment(diary, project, leads[project], day, *more)
    for project, day, verb, number, reason in HALTED:
        async def halt(project=project, day=day, verb=verb, number=number, reason=reason) -> None:
            await verb(
                await of(diary, project), number=number, on=date.fromisoformat(day), reason=reason, by=await diary.who(OFFICER)
            )

        diary.on(moment(day, 15), halt)


async def of(diary: Diary, key: str) -> Project:
    return await Project.objects().where(Project.proposal == diary.things[key].id).first()


def note_amendment(
    diary: Diary, project: str, lead: str, day: str, kind: str, wanted: dict, reason: str, decided_on: str, number: str, refused: str,
) -> None:
    key = f"amendment-{project}"

    async def ask() -> None:
        diary.things[key] = await amendments.ask(await of(diary, project), kind, reason=reason, by=await diary.who(lead), **wanted)

    async def decide() -> None:
        row, officer = await latest(diary.things[key]), await diary.who(OFFICER)
        if refused:
            await amendments.refuse(row, remark=refused, by=officer)
        else:
            await amendments.approve(row, number=number, on=date.fromisoformat(decided_on), by=officer)

    diary.on(moment(day, 9), ask)
    if decided_on:
        diary.on(moment(decided_on, 16), decide)
