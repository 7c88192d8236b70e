"""Reading the expression of an audience: every form, and every mistake with its path."""

from datetime import date

import pytest

from yesfirst.intake.brand import Brand
from yesfirst.intake.expression import read_audience
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
)

CITY = {"attribute": "city", "equals": "上海"}
DEEP: object = CITY
for _ in range(22):
    DEEP = {"not": DEEP}


@pytest.mark.parametrize(
    ("written", "expression"),
    [
        ("everyone", All(())),
        (CITY, Equals("city", "上海")),
        ({"attribute": "city", "in": ["上海", "苏州"]}, In("city", ("上海", "苏州"))),
        ({"attribute": "tags", "has": "vip"}, Has("tags", "vip")),
        ({"attribute": "points", "at_least": 5}, AtLeast("points", 5)),
        ({"attribute": "points", "at_most": 0.5}, AtMost("points", 0.5)),
        ({"attribute": "points", "equals": -1}, Equals("points", -1)),
        ({"attribute": "since", "before": "2026-08-01"}, Before("since", date(2026, 8, 1))),
        ({"attribute": "since", "after": "-90d"}, After("since", DaysFromToday(-90))),
        ({"attribute": "since", "after": "+7d"}, After("since", DaysFromToday(7))),
        ({"attribute": "since", "equals": "2026-08-01"}, Equals("since", "2026-08-01")),
        ({"attribute": "member", "equals": True}, Equals("member", True)),
        ({"attribute": "tags", "exists": False}, Exists("tags", False)),
        # As macOS writes it, and as it is stored.
        ({"attribute": "city", "equals": "Zu\u0308rich"}, Equals("city", "Zürich")),
        ({"not": CITY}, Not(Equals("city", "上海"))),
        ({"all": [CITY, {"any": [CITY]}]}, All((Equals("city", "上海"), AnyOf((Equals("city", "上海"),))))),
    ],
)
def test_every_form_is_read(tea: Brand, written: object, expression: Expression) -> None:
    assert read_audience({"where": written}, tea.attributes, "marketing.offers") == (Audience(expression), [])


@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        ({"attribute": "ctiy", "equals": "x"}, ("attribute",), 'unknown attribute "ctiy"'),
        ({"attribute": 5, "equals": "x"}, ("attribute",), "unknown attribute"),
        ({"attribute": "name", "equals": "x"}, ("attribute",), "is private and can't select people"),
        ({"attribute": "city", "equal": "x"}, ("equal",), 'unknown key "equal"'),
        ({"attribute": "city"}, (), "needs exactly one of equals, in, has"),
        ({"attribute": "city", "equals": "x", "in": ["y"]}, (), "needs exactly one of"),
        (
            {"attribute": "city", "has": "x"},
            ("has",),
            '"city" is a text: has does not fit, use equals, in, exists',
        ),
        ({"attribute": "city", "at_least": 5}, ("at_least",), "does not fit"),
        ({"attribute": "city", "equals": 5}, ("equals",), "must be a text that is not blank"),
        ({"attribute": "city", "equals": " "}, ("equals",), "must be a text that is not blank"),
        ({"attribute": "city", "equals": "a\0"}, ("equals",), "must be a text that is not blank"),
        ({"attribute": "city", "in": []}, ("in",), "must be a list with at least one entry"),
        ({"attribute": "city", "in": ["a", 5]}, ("in",), "each a text that is not blank"),
        ({"attribute": "tags", "has": ["vip"]}, ("has",), "must be a text"),
        ({"attribute": "points", "at_least": "5"}, ("at_least",), "must be a number below 2^53"),
        ({"attribute": "points", "at_least": True}, ("at_least",), "must be a number below 2^53"),
        ({"attribute": "points", "at_most": 2**53}, ("at_most",), "must be a number below 2^53"),
        ({"attribute": "points", "equals": float("nan")}, ("equals",), "must be a number below 2^53"),
        (
            {"attribute": "since", "before": "1.8.2026"},
            ("before",),
            "must be a date such as 2026-08-01, or days",
        ),
        ({"attribute": "since", "before": "2026-W31-1"}, ("before",), "must be a date"),
        ({"attribute": "since", "before": "90d ago"}, ("before",), "must be a date"),
        ({"attribute": "since", "equals": "-90d"}, ("equals",), "must be a date such as 2026-08-01"),
        ({"attribute": "member", "equals": "true"}, ("equals",), "must be true or false"),
        ({"attribute": "member", "in": [True]}, ("in",), '"member" is a flag: in does not fit'),
        ({"attribute": "member", "exists": "yes"}, ("exists",), "must be true or false"),
        ({"al": [CITY]}, ("al",), 'unknown key "al"'),
        ({"all": [CITY], "any": [CITY]}, (), "holds several of all, any, not"),
        ({"all": []}, ("all",), "must be a list with at least one entry"),
        ({"all": CITY}, ("all",), "must be a list with at least one entry"),
        ({"not": [CITY]}, ("not",), "must be one of all, any, not, or a test"),
        ({"all": [CITY, {"not": {}}]}, ("all", 1, "not"), "must be one of all, any, not, or a test"),
        ("all", (), "must be one of"),
        (DEEP, ("not",) * 21, "is nested more than 20 deep"),
    ],
)
def test_every_mistake_has_its_path(
    tea: Brand, written: object, path: tuple[str | int, ...], message: str
) -> None:
    _, faults = read_audience({"where": written}, tea.attributes, "marketing.offers")
    assert [fault.path for fault in faults] == [("audience", "where", *path)]
    assert message in faults[0].message


def test_an_attribute_of_another_purpose_is_refused(tea: Brand) -> None:
    _, faults = read_audience({"where": CITY}, tea.attributes, "marketing.events")
    assert [fault.message for fault in faults] == [
        'attribute "city" may not select people for marketing.events'
    ]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({}, "says nobody"),
        ({"exclude": ["staff"]}, "says nobody"),
        ({"include": []}, "says nobody"),
        ({"where": "everyone", "exclude": "staff"}, "must be a list of names"),
        ({"include": ["Staff!"]}, "must be the name of a list"),
        ({"where": "everyone", "without": []}, 'unknown key "without"'),
        ([], "must be a mapping"),
    ],
)
def test_an_audience_says_whom_it_means(tea: Brand, written: object, message: str) -> None:
    _, faults = read_audience(written, tea.attributes, "marketing.offers")
    assert any(message in fault.message for fault in faults)


def test_lists_alone_make_an_audience(tea: Brand) -> None:
    written = {"include": ["guests"], "exclude": ["staff"]}
    audience, faults = read_audience(written, tea.attributes, "marketing.offers")
    assert (audience, faults) == (Audience(None, ("guests",), ("staff",)), [])
