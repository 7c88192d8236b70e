"""Compiles an audience to a condition over `subject`, with every value and name bound as a parameter.

`rules.audience.chosen` says what an audience means; a property test keeps the two in agreement. No part of
the condition is ever null, because `NOT null` would lose people: each test is coalesced to false.

Named lists are read from `subject_list (subject, name)`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import msgspec

from yesfirst.rules.audience import (
    After,
    All,
    AnyOf,
    AtLeast,
    AtMost,
    Audience,
    Before,
    Equals,
    Exists,
    Expression,
    Has,
    In,
    Not,
    Scalar,
    iso,
)

_ISO_DATE = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


@dataclass(frozen=True, slots=True)
class Condition:
    """A boolean SQL expression for `text()`; `parameters` are its binds `:audience_0`, `:audience_1`, …"""

    sql: str
    parameters: dict[str, str | list[str]]


def compile_audience(audience: Audience, today: date) -> Condition:
    """The condition that holds for the subjects in the audience; `today` as for `chosen`."""
    compiler = _Compiler(today)
    wanted = [compiler.expression(audience.where)] if audience.where is not None else []
    if audience.include:
        wanted.append(compiler.on_a_list(audience.include))
    sql = _joined(wanted, "OR")
    if audience.exclude:
        sql = f"({sql} AND NOT {compiler.on_a_list(audience.exclude)})"
    return Condition(sql, compiler.parameters)


def _joined(parts: Sequence[str], operator: str) -> str:
    if not parts:
        return "true" if operator == "AND" else "false"
    return f"({f' {operator} '.join(parts)})"


@dataclass(frozen=True, slots=True)
class _Compiler:
    today: date
    parameters: dict[str, str | list[str]] = field(default_factory=dict)

    def bind(self, value: str | list[str], kind: str) -> str:
        name = f"audience_{len(self.parameters)}"
        self.parameters[name] = value
        return f"CAST(:{name} AS {kind})"

    def value(self, attribute: str) -> str:
        return f"subject.attributes -> {self.bind(attribute, 'text')}"

    def json(self, value: Scalar | list[str]) -> str:
        return self.bind(msgspec.json.encode(value).decode(), "jsonb")

    def on_a_list(self, names: Sequence[str]) -> str:
        return (
            "EXISTS (SELECT FROM subject_list WHERE subject_list.subject = subject.id"
            f" AND subject_list.name = ANY ({self.bind(list(names), 'text[]')}))"
        )

    def expression(self, expression: Expression) -> str:
        match expression:
            case All(of):
                return _joined([self.expression(part) for part in of], "AND")
            case AnyOf(of):
                return _joined([self.expression(part) for part in of], "OR")
            case Not(part):
                return f"(NOT {self.expression(part)})"
            case _:
                return f"coalesce({self.test(expression)}, false)"

    def test(self, test: Equals | In | Has | AtLeast | AtMost | Before | After | Exists) -> str:
        match test:
            case Exists(attribute, wanted):
                present = f"coalesce(jsonb_typeof({self.value(attribute)}) <> 'null', false)"
                return present if wanted else f"NOT {present}"
            case Equals(attribute, scalar):
                # jsonb compares numbers by value (1 = 1.0) and everything else by type and content.
                return f"{self.value(attribute)} = {self.json(scalar)}"
            case In(attribute, scalars):
                several = [msgspec.json.encode(scalar).decode() for scalar in scalars]
                return f"{self.value(attribute)} = ANY (CAST({self.bind(several, 'text[]')} AS jsonb[]))"
            case Has(attribute, member):
                # Only an array contains an array, so a plain text that equals the member does not pass.
                return f"{self.value(attribute)} @> {self.json([member])}"
            case AtLeast(attribute, number):
                return self.number(attribute, ">=", number)
            case AtMost(attribute, number):
                return self.number(attribute, "<=", number)
            case Before(attribute, day):
                return self.day(attribute, "<", iso(day, self.today))
            case After(attribute, day):
                return self.day(attribute, ">", iso(day, self.today))

    def number(self, attribute: str, operator: str, number: int | float) -> str:
        value, limit = self.value(attribute), self.bind(repr(number), "text")
        # CASE fixes the order: a value of another type is never cast.
        return (
            f"CASE WHEN jsonb_typeof({value}) = 'number'"
            f" THEN CAST({value} AS numeric) {operator} CAST({limit} AS numeric) END"
        )

    def day(self, attribute: str, operator: str, day: str) -> str:
        value, limit = self.value(attribute), self.bind(day, "text")
        words = f"({value} #>> '{{}}')"
        # ISO dates order like their texts, byte by byte; an invalid date can't raise an error this way.
        return (
            f"CASE WHEN jsonb_typeof({value}) = 'string' AND {words} ~ '{_ISO_DATE}'"
            f' THEN {words} COLLATE "C" {operator} {limit} END'
        )
