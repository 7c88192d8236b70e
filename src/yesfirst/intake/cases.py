"""Files of cases: what is given, and what must be decided (`sms-policy-golden/v0`).

A file that is no such file is refused with line and column. A case whose facts can't be read is a fault of that
case alone: the others still count.
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from msgspec import Struct

from yesfirst.intake.case_facts import CaseFacts, facts_of
from yesfirst.intake.case_given import Instant, check_keys, read_given
from yesfirst.intake.case_spelling import InvalidCase
from yesfirst.intake.yamlfile import Document, InvalidFile, Plain
from yesfirst.rules.decision import Allow, Decision, Defer, MessageClass
from yesfirst.rules.reason import Reason, Verdict, verdict_of

SCHEMA = "sms-policy-golden/v0"
_KEYS = ("id", "given", "expect", "why", "note", "cite", "tags")
_GENERAL = {Reason.CONSENT_PENDING.value: Reason.CONSENT_MISSING.value}
"""A reason that says more than the one that the form of cases knows."""
_OK = {
    MessageClass.MARKETING: "OK",
    MessageClass.TRANSACTIONAL: "OK_TRANSACTIONAL",
    MessageClass.OPT_OUT_CONFIRMATION: "OK_OPT_OUT_CONFIRMATION",
}


class Answer(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A decision with its primary reason, when to ask again, and all reasons in order; those of a `yes` are none."""

    decision: Verdict
    reason: str
    not_before: Instant | None = None
    reasons: tuple[str, ...] | None = None

    def meets(self, expected: "Answer") -> bool:
        """Whether it is what was expected, as far as that goes."""
        if (self.decision, _as_told(self.reason, expected)) != (expected.decision, expected.reason):
            return False
        if expected.not_before is not None and self.not_before != expected.not_before:
            return False
        reasons = sorted(_as_told(reason, expected) for reason in self.reasons or ())
        return expected.reasons is None or reasons == sorted(expected.reasons)


def _as_told(reason: str, expected: Answer) -> str:
    """The reason, or the more general one where only that is expected."""
    told = (expected.reason, *(expected.reasons or ()))
    return reason if reason in told else _GENERAL.get(reason, reason)


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `fault` says why its facts can't be read; `expected` is as it was written."""

    id: str
    facts: CaseFacts | None
    fault: str
    expect: Answer | None
    expected: object


def read_cases(document: Document) -> tuple[Case, ...]:
    """All cases of a file; InvalidFile where it holds none, or is of another form."""
    plain = document.value
    listed = plain.get("cases") if isinstance(plain, dict) else None
    if not isinstance(plain, dict) or not isinstance(listed, list):
        hint = f'begin with "schema: {SCHEMA}" and list the cases under "cases:"'
        raise InvalidFile(document.source, [document.problem((), "is no file of cases", hint)])
    if plain.get("schema") != SCHEMA:
        fault = document.problem(
            ("schema",), "is not the form of cases that is read here", f'write "{SCHEMA}"'
        )
        raise InvalidFile(document.source, [fault])
    cases = tuple(_read(document, index, one) for index, one in enumerate(listed))
    if not cases:
        raise InvalidFile(document.source, [document.problem(("cases",), "has no cases")])
    return cases


def answer_of(decision: Decision, message_class: MessageClass) -> Answer:
    """A decision in the words of a file of cases."""
    if isinstance(decision, Allow):
        return Answer(decision=Verdict.ALLOW, reason=_OK[message_class], reasons=())
    return refusal(decision.reasons, decision.not_before if isinstance(decision, Defer) else None)


def refusal(reasons: tuple[Reason, ...], not_before: datetime | None = None) -> Answer:
    """The answer for reasons against, the primary one first."""
    return Answer(
        decision=verdict_of(reasons),
        reason=reasons[0].value,
        not_before=not_before,
        reasons=tuple(reason.value for reason in reasons),
    )


def _read(document: Document, index: int, plain: Plain) -> Case:
    line = document.place(("cases", index))[0]
    try:
        if not isinstance(plain, dict):
            raise InvalidCase("must be a mapping")
        check_keys(plain, _KEYS)
        expect = _expectation(plain.get("expect"))
        facts = facts_of(read_given(plain.get("given")))
    except InvalidCase as error:
        written = plain if isinstance(plain, dict) else {}
        id = str(written.get("id", f"#{index + 1}"))
        return Case(id, None, f"line {line}: {error}", None, written.get("expect"))
    return Case(str(plain.get("id", f"#{index + 1}")), facts, "", expect, plain["expect"])


def _expectation(plain: object) -> Answer:
    try:
        return msgspec.convert(plain, Answer)
    except msgspec.ValidationError as error:
        words, _, place = str(error).partition(" - at `$")
        raise InvalidCase(f"expect{place.rstrip('`')}: {words.replace('`', chr(34))}") from None
