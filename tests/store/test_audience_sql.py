"""The SQL of an audience chooses exactly the people that the reference evaluator chooses."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from yesfirst import embedded
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
)
from yesfirst.store.audience_sql import compile_audience
from yesfirst.store.engine import open_engine

TODAY = date(2026, 11, 22)
NAMES = st.sampled_from(["city", "points", "it's", 'a"b', "x:y"])
TEXTS = st.sampled_from(
    ["上海", "shanghai", "Shanghai", "vip", "", "1", "true", "';--", ":audience_0", "%s", "2026-08-01"]
)
NUMBERS = st.integers(-3, 3) | st.sampled_from([0.1, 0.5, 1.0, -2.25, 1e15, 2**53 - 1])
DATES = st.dates(TODAY - timedelta(days=3), TODAY + timedelta(days=3)) | st.just(date(1, 1, 1))
STORED_DATES = DATES.map(date.isoformat) | st.sampled_from(
    ["2026-13-45", "20261122", "2026-11-22 ", "2026-11-22\n"]
)
VALUES = TEXTS | NUMBERS | STORED_DATES | st.booleans() | st.none() | st.lists(TEXTS, max_size=3)
PEOPLE = st.lists(
    st.tuples(st.dictionaries(NAMES, VALUES, max_size=5), st.sets(st.sampled_from("abc"))),
    min_size=1,
    max_size=20,
)
DAYS = DATES | st.integers(-4, 4).map(DaysFromToday)
SCALARS = TEXTS | NUMBERS | st.booleans()
TESTS: st.SearchStrategy[Expression] = st.one_of(
    st.builds(Equals, NAMES, SCALARS),
    st.builds(In, NAMES, st.lists(SCALARS, max_size=3).map(tuple)),
    st.builds(Has, NAMES, TEXTS),
    st.builds(AtLeast, NAMES, NUMBERS),
    st.builds(AtMost, NAMES, NUMBERS),
    st.builds(Before, NAMES, DAYS),
    st.builds(After, NAMES, DAYS),
    st.builds(Exists, NAMES, st.booleans()),
)


def combined(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(parts, max_size=3).map(tuple)
    return st.builds(All, several) | st.builds(AnyOf, several) | st.builds(Not, parts)


LISTS = st.sets(st.sampled_from("abc"), max_size=2).map(tuple)
AUDIENCES = st.builds(Audience, st.none() | st.recursive(TESTS, combined, max_leaves=6), LISTS, LISTS)

Choose = Callable[[Audience, list[tuple[Values, set[str]]]], list[bool]]
# The condition sees a table `subject` and one of lists; here both come from a parameter.
FRAME = """
    WITH subject AS (
        SELECT number AS id, item -> 0 AS attributes, item -> 1 AS lists
        FROM jsonb_array_elements(CAST(:people AS jsonb)) WITH ORDINALITY AS t (item, number)
    ), subject_list AS (
        SELECT id AS subject, name FROM subject CROSS JOIN jsonb_array_elements_text(lists) AS name
    )
    SELECT {condition} FROM subject ORDER BY id
"""


@pytest.fixture(scope="module")
def choose(addresses: embedded.Addresses) -> Iterator[Choose]:
    """Asks PostgreSQL who is in an audience, over one connection for all examples."""
    with asyncio.Runner() as runner:
        engine = open_engine(addresses.database_url, connections=1)
        connection = runner.run(engine.connect().start())

        def ask(audience: Audience, people: list[tuple[Values, set[str]]]) -> list[bool]:
            condition = compile_audience(audience, TODAY)
            statement = text(FRAME.format(condition=condition.sql))
            parameters = {**condition.parameters, "people": msgspec.json.encode(people).decode()}
            return list(runner.run(connection.execute(statement, parameters)).scalars())

        yield ask
        runner.run(connection.close())
        runner.run(engine.dispose())


@settings(max_examples=200, deadline=None)
@given(audience=AUDIENCES, people=PEOPLE)
def test_sql_and_reference_choose_the_same_people(
    choose: Choose, audience: Audience, people: list[tuple[Values, set[str]]]
) -> None:
    assert choose(audience, people) == [chosen(audience, values, lists, TODAY) for values, lists in people]


@pytest.mark.parametrize(
    ("expression", "values", "holds"),
    [
        (Has("city", "上海"), {"city": "上海"}, False),
        (Has("city", "上海"), {"city": [["上海"]]}, False),
        (Has("city", "上海"), {"city": ["北京", "上海"]}, True),
        (Not(Equals("city", "上海")), {}, True),
        (Not(Before("since", TODAY)), {"since": 5}, True),
        (Not(AtLeast("points", 1)), {"points": "1"}, True),
        (Equals("points", 1), {"points": 1.0}, True),
        (Equals("points", 1), {"points": True}, False),
    ],
)
def test_the_cases_that_sql_sees_differently_by_default(
    choose: Choose, expression: Expression, values: Values, holds: bool
) -> None:
    assert choose(Audience(expression), [(values, set())]) == [holds]


def test_no_text_of_the_file_becomes_sql() -> None:
    hostile = "'); DROP TABLE subject; --"
    audience = Audience(All((Equals(hostile, hostile), Has("tags", hostile))), (hostile,), (hostile,))
    condition = compile_audience(audience, TODAY)
    assert "DROP" not in condition.sql
    assert hostile in condition.parameters.values()
