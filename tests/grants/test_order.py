"""Titles stand in the Vietnamese order, in every list, whatever collation the server brings."""


import pytest
from piccolo.columns import Text, Varchar
from piccolo.query import OrderByRaw

from grants.app import PAGES
from grants.calls.tables import Topic
from grants.people.tables import Role
from grants.shell import lists
from grants.shell.database import rows
from grants.shell.text import collate_key
from seed.diary import read
from tests.browsing import browsing
from tests.makers import a_person

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("db")]
TITLES = [
    "An toàn thực phẩm", "Ảnh hưởng của hạn", "Ăn uống của người Ê Đê", "Âm nhạc cồng chiêng", "Bảo tồn voi nhà", "Cà phê đặc sản",
    "Ca cao lên men", "Cá tầm nước lạnh", "Dự báo hạn hán", "Đàn voi Buôn Đôn", "Đánh giá đất bazan", "Đợt 2", "Đợt 10", "Em bé",
    "Ê Đê và M'nông", "Lúa nước",
    "Lụa tơ tằm", "Ô nhiễm nước", "Ong mật", "Ơn thầy", "Ủ phân", "Ứng dụng bản đồ số", "Ung thư", "«Y tế» cơ sở", "hoà bình", "Hòa Bình",
]


async def test_the_database_orders_as_the_house_does_for_names():
    every = [*TITLES, *(one["title"] for one in read("proposals"))]
    found = await rows("SELECT t FROM unnest($1::text[]) AS t ORDER BY vietnamese_order(t) COLLATE \"C\"", every)
    ordered = [row["t"] for row in found]
    assert [collate_key(title) for title in ordered] == sorted(collate_key(title) for title in every)
    assert ordered != sorted(every), "the plain order of the server would not do"


async def test_topics_are_listed_from_ă_to_y_and_back():
    officer = await a_person(Role.OFFICER)
    for title in ("Ứng dụng bản đồ số", "Đàn voi", "Ăn uống", "Dự báo hạn", "Ảnh hưởng của hạn", "Cá tầm", "Ca cao"):
        await Topic(title=title, need="Cần.", suggested_by=officer.id).save()
    wanted = ["Ảnh hưởng của hạn", "Ăn uống", "Ca cao", "Cá tầm", "Dự báo hạn", "Đàn voi", "Ứng dụng bản đồ số"]
    async with browsing() as browser:
        here = await browser().sign_in(officer)
        for address, expected in (("/topics", wanted), ("/topics?sort=-title", wanted[::-1])):
            await here.open(address)
            heads = here.page.html.xpath("//*[local-name()='tbody']//*[local-name()='th']")
            assert ["".join(head.itertext()).strip() for head in heads] == expected


def every_listing() -> list[lists.Listing]:
    found = []
    for module in PAGES:
        for value in vars(module).values():
            found += [one for one in (value.values() if isinstance(value, dict) else [value]) if isinstance(one, lists.Listing)]
    return found


async def test_every_list_orders_its_texts_one_way():
    """Words go by the Vietnamese order or by a kept sort key; what `says` puts into words goes by what is kept."""
    seen = 0
    for listing in every_listing():
        for column in listing.columns:
            if column.kind in ("text", "long") and isinstance(column.kept, Varchar | Text) and column.sortable and not column.says:
                seen += 1
                by = lists.ordering(column)
                assert isinstance(by, OrderByRaw) or by is column.sort_by, (listing.name, column.key)
                assert column.sort_by is None or column.sort_by._meta.name == "sort_key", (listing.name, column.key)
    assert seen > 15
