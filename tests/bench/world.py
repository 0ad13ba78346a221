"""A province with as many applications as asked for: few people by hand, everything else in bulk SQL as the owner."""

from collections.abc import Sequence
from pathlib import Path

import asyncpg
from argon2 import PasswordHasher

from budget import streams
from budget.tables import Stream
from grants.people.accounts import named
from grants.people.tables import Organisation, Person, Role
from grants.proposals.drafts import SECTIONS
from grants.shell.text import fold
from tests import makers

HERE = Path(__file__).parent
EXPERTS = 200
ORGANISATIONS = 60
FAMILY = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Y", "H’"]
MIDDLE = ["Văn", "Thị", "Hữu", "Minh", "Ngọc", "Thanh", "Quốc", "Thuỳ", "Đình", "Bích", "Xuân", "Gia"]
GIVEN = [
    "An", "Bình", "Chi", "Dũng", "Giang", "Hà", "Hùng", "Khoa", "Lan", "Linh", "Mai", "Nam", "Nga", "Phúc", "Quân", "Sơn",
    "Tâm", "Thảo", "Trang", "Tú", "Uyên", "Việt", "Yến", "Ánh", "Đức",
]
VERBS = [
    "Nghiên cứu", "Xây dựng mô hình", "Ứng dụng công nghệ trong", "Hoàn thiện quy trình", "Đánh giá", "Thử nghiệm", "Tuyển chọn giống",
    "Giải pháp phát triển",
]
THINGS = [
    "cà phê vối", "cà phê chè", "sầu riêng", "hồ tiêu", "bơ sáp", "ca cao", "mắc ca", "điều", "cao su", "lúa nước", "ngô lai", "sắn", "mía",
    "bông vải", "dâu tằm", "mật ong", "bò lai", "lợn bản địa", "gà đồi", "cá lăng", "cá tầm", "voi nhà", "rừng khộp", "đất bazan",
    "nước ngầm", "hạn hán", "lũ quét", "sốt rét", "lao kháng thuốc", "bệnh dại", "thuốc nam", "cồng chiêng", "sử thi Ê Đê", "nhà dài",
    "dệt thổ cẩm", "du lịch cộng đồng", "chuyển đổi số", "bản đồ số", "trường học vùng sâu", "năng lượng mặt trời",
]
ANGLES = [
    "chịu hạn", "theo chuỗi giá trị", "hữu cơ", "quy mô nông hộ", "phục vụ tái canh", "kháng bệnh", "tiết kiệm nước", "sau thu hoạch",
    "bằng viễn thám", "gắn với truy xuất nguồn gốc", "vùng đồng bào dân tộc", "thích ứng biến đổi khí hậu", "cho hợp tác xã",
    "bằng chế phẩm vi sinh", "trên nền dữ liệu mở", "an toàn sinh học", "quanh năm", "trong nhà màng",
    "theo hướng một sức khoẻ", "bền vững",
]
PLACES = [
    "Buôn Ma Thuột", "Buôn Đôn", "Buôn Hồ", "Cư Kuin", "Cư M’gar", "Ea H’leo", "Ea Kar", "Ea Súp", "Krông Ana", "Krông Bông", "Krông Búk",
    "Krông Năng", "Krông Pắc", "Lắk", "M’Đrắk", "Tuy Hoà", "Sông Cầu", "Đồng Xuân", "Sông Hinh", "Sơn Hoà", "Tuy An", "Phú Hoà", "Tây Hoà",
    "Đông Hoà",
]
PARAGRAPH = "Tỉnh có diện tích lớn nhưng năng suất chưa ổn định, chi phí tưới tăng qua từng mùa khô và nông hộ thiếu quy trình phù hợp. "

FOUND = """
CREATE SCHEMA bench;
CREATE TABLE bench.lot (since int, upto int, deep int);
CREATE TABLE bench.word (kind text, n int, vi text, folded text, PRIMARY KEY (kind, n));
CREATE TABLE bench.posts (name text PRIMARY KEY, person int);
CREATE TABLE bench.researcher (n int PRIMARY KEY, id int, full_name text, email text, folded text, organisation int);
CREATE TABLE bench.organisation (n int PRIMARY KEY, id int, folded text, signatory int);
CREATE TABLE bench.expert (n int PRIMARY KEY, id int);
CREATE TABLE bench.criterion AS SELECT criterion, CASE criterion WHEN 1 THEN 12 WHEN 2 THEN 24 ELSE 16 END AS most
    FROM generate_series(1, 6) criterion;
CREATE TABLE bench.expense_group AS SELECT row_number() OVER (ORDER BY number) - 1 AS at, id FROM expense_group;
CREATE FUNCTION bench.office(text) RETURNS int LANGUAGE sql STABLE AS 'SELECT person FROM bench.posts WHERE name = $1';
CREATE FUNCTION bench.rule_set() RETURNS int LANGUAGE sql STABLE AS 'SELECT max(id) FROM rule_set';
"""


async def settle(owner: asyncpg.Connection, *, supply: int) -> None:
    """The offices, organisations, experts and vocabulary; once, on an empty database."""
    makers._hash.append(PasswordHasher().hash(makers.PASSWORD))
    rule_set = await makers.the_rules()
    await owner.execute(FOUND)
    await owner.execute(f"""
        CREATE FUNCTION bench.supply() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT {supply}';
        CREATE FUNCTION bench.codes() RETURNS text[] LANGUAGE sql IMMUTABLE AS $$SELECT '{{{",".join(SECTIONS)}}}'::text[]$$;
        CREATE FUNCTION bench.paragraph(int) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT repeat('{PARAGRAPH}', $1)$$;
        CREATE OR REPLACE FUNCTION bench.rule_set() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT {rule_set.id}';
        INSERT INTO budget_year (year, state) SELECT y, 'open' FROM generate_series(2010, 2040) y;
    """)
    words = {"verb": VERBS, "thing": THINGS, "angle": ANGLES, "place": PLACES}
    await owner.copy_records_to_table(
        "word", schema_name="bench", records=[(kind, n, vi, fold(vi)) for kind, some in words.items() for n, vi in enumerate(some)]
    )
    await offices(owner)
    for n in range(ORGANISATIONS):
        kind = ("Viện Nghiên cứu", "Trường Đại học", "Trung tâm", "Bệnh viện")[n % 4]
        body = await makers.an_organisation(f"{kind} {PLACES[n % 24]} {n + 1}")
        head = await makers.a_person(Role.SIGNATORY, of=body, full_name=a_name(n * 31 + 5), email=f"head{n}@grants.test")
        await owner.execute("INSERT INTO bench.organisation VALUES ($1, $2, $3, $4)", n, body.id, fold(body.name), head.id)
    await insert(owner, [person(f"expert{n + 1}@bench.test", a_name(n * 17 + 3)) for n in range(EXPERTS)])
    await owner.execute(
        "INSERT INTO bench.expert SELECT row_number() OVER (ORDER BY id) - 1, id FROM person WHERE email LIKE 'expert%@bench.test'"
    )


async def offices(owner: asyncpg.Connection) -> None:
    """One account for each role, with the demo's addresses; whoever answers for the streams."""
    finance = await makers.an_organisation("Sở Tài chính", kind=Organisation.Kind.DEPARTMENT)
    for stream in Stream:
        await streams.entrust(stream, finance, since=makers.LONG_AGO, document="QĐ 01/2020", by=None)
    for role in (Role.RESEARCHER, Role.OFFICER, Role.LEADER, Role.TREASURER, Role.AUDITOR, Role.FINANCE, Role.EXPERT):
        name = {Role.FINANCE: "recurrent", Role.EXPERT: "expert1"}.get(role, role.value)
        one = await makers.a_person(role, of=finance if role == Role.FINANCE else None, email=f"{name}@grants.test")
        await owner.execute("INSERT INTO bench.posts VALUES ($1, $2)", {Role.EXPERT: "expert1"}.get(role, role.value), one.id)


def a_name(n: int) -> str:
    return f"{FAMILY[n % len(FAMILY)]} {MIDDLE[n // 3 % len(MIDDLE)]} {GIVEN[n // 7 % len(GIVEN)]}"


def person(email: str, full_name: str) -> tuple:
    row = named(Person(email=email), full_name)
    return email, makers._hash[0], row.full_name, row.folded, row.sort_key


async def insert(owner: asyncpg.Connection, people: Sequence[tuple]) -> None:
    await owner.executemany(
        "INSERT INTO person (email, password, full_name, folded, sort_key, degree, fields, confirmed_at) "
        "VALUES ($1, $2, $3, $4, $5, 'TS', '{}', now())", people,
    )


async def grow(owner: asyncpg.Connection, upto: int, *, deep: int) -> None:
    """Bring the province up to `upto` applications; the first `deep` of them with narrative, ballots and points."""
    since = await owner.fetchval("SELECT coalesce(max(upto), 0) FROM bench.lot")
    async with owner.transaction():
        await owner.execute("TRUNCATE bench.lot")
        await owner.execute("INSERT INTO bench.lot VALUES ($1, $2, $3)", since, upto, deep)
        there = await owner.fetchval("SELECT count(*) FROM bench.researcher")
        await insert(owner, [person(f"researcher{n}@bench.test", a_name(n)) for n in range(there, upto // 5 + 4)])
        await owner.execute(
            """
            INSERT INTO bench.researcher
            SELECT r.n, r.id, r.full_name, r.email, r.folded, o.id FROM (
                SELECT substring(email from '\\d+')::int AS n, id, full_name, email, folded FROM person
                WHERE email LIKE 'researcher%@bench.test'
            ) r JOIN bench.organisation o ON o.n = r.n % $1 WHERE r.n >= $2
            """,
            ORGANISATIONS, there,
        )
        await owner.execute(
            "INSERT INTO membership (person, organisation, role, valid_from) SELECT id, organisation, 'researcher', '2020-01-01' "
            "FROM bench.researcher WHERE n >= $1", there,
        )
        await owner.execute((HERE / "grow.sql").read_text())
        await owner.execute("SELECT tally_sum_up()")
    await owner.execute("VACUUM ANALYZE")


async def stock(owner: asyncpg.Connection) -> None:
    """The drafts and ballots that the POSTs will hand in."""
    async with owner.transaction():
        await owner.execute((HERE / "supply.sql").read_text())
    await owner.execute("VACUUM ANALYZE")


