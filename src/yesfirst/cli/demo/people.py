"""Invented customers for the demo, in the files that a shop would really have.

The Chinese list is a GB18030 export with every habit of one: full-width digits, prefixes, dashes, several rows
for one person, dates written in six ways, a few numbers and dates that are none. The list from abroad is
UTF-8. About seven in ten live where texts are allowed at this hour, so that the demo works at any time of day;
the others will be deferred. The numbers lie in ranges that look unassigned and go to the simulator only.
"""

import csv
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from pathlib import Path
from zoneinfo import ZoneInfo

_OPEN_SHARE = 0.72
_HEADER_ZH = (
    "客户编号",
    "姓名",
    "手机号",
    "城市",
    "标签",
    "积分",
    "最近购买",
    "会员",
    "同意日期",
    "同意有效期至",
    "备注",
)
_HEADER_EN = (
    "id",
    "name",
    "phone",
    "city",
    "tags",
    "points",
    "last purchase",
    "member",
    "consent date",
    "consent expires",
)
_NAMES_ZH = (
    "王芳",
    "李伟",
    "张敏",
    "刘洋",
    "陈静",
    "杨帆",
    "赵磊",
    "黄丽",
    "周杰",
    "吴霞",
    "欧阳明月",
    "𠮷野",
)
_NAMES_EN = (
    "Ann Lee",
    "José Núñez",
    "Zoë Clark",
    "O'Brien, Pat",
    'Bob "Bo" Ray',
    "Łukasz",
    "Maria Rossi",
    "Kim Min",
)
_NO_NUMBERS = ("", "无", "-", "138001380", "13800138000/13900139000", "1390000000a")
_NO_DATES = ("昨天", "", "2026-13-40")
_EASTERN = (
    212,
    305,
    404,
    617,
    202,
    215,
    813,
    407,
    718,
    646,
    919,
    704,
    412,
    216,
    513,
    317,
    804,
    410,
    203,
    401,
)
_PACIFIC = (213, 415, 206, 503, 619, 408, 702, 916, 510, 818)


@dataclass(frozen=True, slots=True)
class Place:
    """Where some of the people live: their zones, their cities and how their numbers are made.

    Where a number doesn't tell in which of several zones, texts go out while it is day in all of them.
    """

    zones: tuple[str, ...]
    cities: tuple[str, ...]
    number: Callable[[int], str]
    chinese: bool = False


def _american(areas: Sequence[int]) -> Callable[[int], str]:
    """555-0100 to 555-0199 of each area code, reserved for fiction; after those, exchanges that follow 555."""
    return lambda n: f"+1{areas[n // 100 % len(areas)]}{555 + n // (100 * len(areas))}0{100 + n % 100}"


PLACES = (
    Place(
        ("Asia/Shanghai",),
        ("上海", "苏州", "杭州", "成都"),
        lambda n: f"+86{1390000 + n // 10000}{n % 10000:04}",
        True,
    ),
    Place(("America/New_York",), ("New York", "Miami", "Boston"), _american(_EASTERN)),
    Place(("America/Los_Angeles",), ("Los Angeles", "Seattle"), _american(_PACIFIC)),
    Place(("Europe/London",), ("London",), lambda n: f"+447400{n:06}"),
    Place(
        ("Australia/Sydney", "Australia/Perth"),
        ("Sydney", "Perth"),
        lambda n: f"+61491{570000 + n}",
    ),
)


@dataclass(frozen=True, slots=True)
class Files:
    """The two lists."""

    home: Path
    abroad: Path


def write_people(directory: Path, people: int, now: datetime, seed: int = 7) -> Files:
    """Writes both lists for about this many people; the same arguments write the same lists."""
    chance = random.Random(seed)
    living = list(_people(people, now, chance))
    files = Files(directory / "客户名单.csv", directory / "customers-abroad.csv")
    _write(
        files.home,
        "gb18030",
        _HEADER_ZH,
        _chinese_rows([one for one in living if one[0].chinese], now, chance),
    )
    _write(
        files.abroad,
        "utf-8",
        _HEADER_EN,
        _english_rows([one for one in living if not one[0].chinese], now, chance),
    )
    return files


def _people(people: int, now: datetime, chance: random.Random) -> Iterator[tuple[Place, int]]:
    """Everybody's place, and their number there."""
    shares = _shares(now)
    counts = dict.fromkeys(PLACES, 0)
    for _ in range(people):
        [place] = chance.choices(PLACES, shares)
        yield place, counts[place]
        counts[place] += 1


def _shares(now: datetime) -> list[float]:
    """What share of the people lives in each place: most where it is day now, some everywhere."""
    day = [place for place in PLACES if _is_day(place, now)]
    of_day, of_night = _OPEN_SHARE / len(day), (1 - _OPEN_SHARE) / (len(PLACES) - len(day))
    return [of_day if place in day else of_night for place in PLACES]


def _is_day(place: Place, now: datetime) -> bool:
    return all(9 <= now.astimezone(ZoneInfo(zone)).hour < 20 for zone in place.zones)


def _chinese_rows(
    people: Sequence[tuple[Place, int]], now: datetime, chance: random.Random
) -> Iterator[tuple[str, ...]]:
    spellings = cycle(_SPELLINGS)
    dates = cycle(_DATES)
    for place, n in people:
        number = place.number(n)[3:]
        given, expires = _consent_days(now, chance)
        row = (
            f"C{7_000_000 + n}",
            chance.choice(_NAMES_ZH),
            next(spellings)(number),
            chance.choice(place.cities),
            chance.choice(("vip", "vip;新客", "老客户", "")),
            str(chance.randrange(0, 3000)),
            next(dates)(_days_ago(now, chance.randrange(1, 500))),
            chance.choice(("是", "否")),
            next(dates)(given),
            next(dates)(expires),
            chance.choice(("", "备注,含逗号", '引号"里面"', "第一行\n第二行")),
        )
        yield from _with_mistakes(row, chance)


def _english_rows(
    people: Sequence[tuple[Place, int]], now: datetime, chance: random.Random
) -> Iterator[tuple[str, ...]]:
    for place, n in people:
        given, expires = _consent_days(now, chance)
        yield (
            f"A{n}",
            chance.choice(_NAMES_EN),
            place.number(n),
            chance.choice(place.cities),
            chance.choice(("vip", "new", "")),
            str(chance.randrange(400, 3000)),
            _days_ago(now, chance.randrange(1, 500)).isoformat(),
            chance.choice(("yes", "no")),
            given.isoformat(),
            expires.isoformat(),
        )


def _with_mistakes(row: tuple[str, ...], chance: random.Random) -> Iterator[tuple[str, ...]]:
    """The row, now and then followed by another one about the same person, or by one that can't be taken."""
    yield row
    draw = chance.random()
    if draw < 0.03:
        yield (*row[:5], "0", *row[6:])
    elif draw < 0.05:
        yield (*row[:2], chance.choice(_NO_NUMBERS), *row[3:])
    elif draw < 0.06:
        yield (*row[:8], chance.choice(_NO_DATES), *row[9:])


def _consent_days(now: datetime, chance: random.Random) -> tuple[date, date]:
    """When consent was given and when it ends; for one in twenty-five it has ended already."""
    given = _days_ago(now, chance.randrange(30, 330))
    if chance.random() < 0.04:
        return given - timedelta(days=400), given
    return given, given + timedelta(days=730)


def _days_ago(now: datetime, days: int) -> date:
    return (now.astimezone(UTC) - timedelta(days=days)).date()


_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_SPELLINGS: tuple[Callable[[str], str], ...] = (
    lambda n: n,
    lambda n: f"+86 {n}",
    lambda n: f"{n[:3]}-{n[3:7]}-{n[7:]}",
    lambda n: n.translate(_FULL_WIDTH),
    lambda n: f"0086{n}",
    lambda n: f"（+86）{n}",
    lambda n: f"'{n}",
    lambda n: f" {n[:3]} {n[3:7]} {n[7:]} ",
)
_DATES: tuple[Callable[[date], str], ...] = (
    lambda day: day.isoformat(),
    lambda day: f"{day:%Y/%m/%d}",
    lambda day: f"{day:%Y%m%d}",
    lambda day: f"{day.year}年{day.month}月{day.day}日",
    lambda day: f"{day:%Y-%m-%d} 08:30:00",
)


def _write(path: Path, encoding: str, header: Sequence[str], rows: Iterator[tuple[str, ...]]) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
