"""What the expressions of an audience mean, as a table of facts."""

from datetime import date

import pytest

from yesfirst.rules.attributes import Values
from yesfirst.rules.audience import (
    After,
    All,
    AnyOf,
    AtLeast,
    AtMost,
    Audience,
    Before,
    DaysFromToday,
    Equals,
    Exists,
    Expression,
    Has,
    In,
    Not,
    chosen,
    matches,
)

TODAY = date(2026, 11, 22)
WANG: Values = {
    "city": "上海",
    "tags": ["vip", "新客"],
    "points": 120,
    "last_purchase": "2026-08-24",
    "member": True,
    "broken": "2026-8-1",
    "nothing": None,
}


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        (Equals("city", "上海"), True),
        (Equals("city", "上海市"), False),
        (Equals("points", 120.0), True),
        (Equals("member", True), True),
        (Equals("member", 1), False),
        (Equals("absent", "上海"), False),
        (In("city", ("北京", "上海")), True),
        (In("city", ()), False),
        (Has("tags", "vip"), True),
        (Has("tags", "VIP"), False),
        (Has("city", "上海"), False),
        (AtLeast("points", 120), True),
        (AtLeast("points", 120.5), False),
        (AtMost("points", 120), True),
        (AtMost("points", 119), False),
        (AtLeast("member", 0), False),
        (AtLeast("city", 0), False),
        (AtMost("absent", 999), False),
        # 90 days before 2026-11-22 is 2026-08-24: the day itself is neither before nor after.
        (After("last_purchase", DaysFromToday(-90)), False),
        (After("last_purchase", DaysFromToday(-91)), True),
        (Before("last_purchase", DaysFromToday(-90)), False),
        (Before("last_purchase", DaysFromToday(-89)), True),
        (Before("last_purchase", date(2026, 8, 25)), True),
        (Before("broken", date(2030, 1, 1)), False),
        (After("absent", date(1, 1, 1)), False),
        (Exists("city", True), True),
        (Exists("city", False), False),
        (Exists("nothing", True), False),
        (Exists("nothing", False), True),
        (Exists("absent", False), True),
        (All(()), True),
        (AnyOf(()), False),
        (All((Equals("city", "上海"), Has("tags", "old"))), False),
        (AnyOf((Equals("city", "上海"), Has("tags", "old"))), True),
        (Not(Equals("city", "上海")), False),
    ],
)
def test_an_expression_holds_or_not(expression: Expression, holds: bool) -> None:
    assert matches(expression, WANG, TODAY) is holds


def test_not_takes_in_people_whose_value_is_missing() -> None:
    elsewhere = Not(Equals("city", "上海"))
    assert matches(elsewhere, {}, TODAY)
    assert not matches(All((elsewhere, Exists("city", True))), {}, TODAY)


@pytest.mark.parametrize(
    ("audience", "lists", "holds"),
    [
        (Audience(Equals("city", "上海")), set(), True),
        (Audience(Equals("city", "北京")), set(), False),
        (Audience(Equals("city", "北京"), include=("guests",)), {"guests"}, True),
        (Audience(Equals("city", "上海"), exclude=("staff",)), {"staff"}, False),
        (Audience(None, include=("guests",)), set(), False),
        (Audience(None, include=("guests",)), {"guests"}, True),
        (Audience(None, include=("guests",), exclude=("staff",)), {"guests", "staff"}, False),
        (Audience(All(())), set(), True),
        (Audience(None), {"guests"}, False),
    ],
)
def test_lists_add_people_and_an_excluded_list_wins(audience: Audience, lists: set[str], holds: bool) -> None:
    assert chosen(audience, WANG, lists, TODAY) is holds
