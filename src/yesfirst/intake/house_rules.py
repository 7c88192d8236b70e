"""`rules:` of a brand file: what a brand makes stricter for itself, and what it dares to drop, with a reason.

A tightening is written as rulebooks are, and binds beside them; who writes it stands for it, so a rule without
source is the product's own. A relaxation drops one rule by its id, and only where the rule is a carrier's, the
product's, or contested.
"""

import msgspec
from msgspec import Struct

from yesfirst.intake.yamlfile import Document, Path, Problem, near
from yesfirst.rulebooks import load_all
from yesfirst.rules.rule import Tier
from yesfirst.rules.rulebook import rules_of
from yesfirst.rules.sections import FrequencyCap, ProhibitedContent, QuietHours, Requirement

_OWN: dict[str, object] = {"cite": [], "conf": "M", "tier": "product"}


class Relaxation(Struct, frozen=True, kw_only=True):
    """A rule that is not applied, such as `CN.prohibited_content.0`; `by` is who answers for it."""

    rule: str
    reason: str
    by: str


class Tightening(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sections of a rulebook; an empty one asks for nothing."""

    quiet_hours: QuietHours | None = None
    frequency: tuple[FrequencyCap, ...] = ()
    require: tuple[Requirement, ...] = ()
    prohibited_content: tuple[ProhibitedContent, ...] = ()


class HouseRules(Struct, frozen=True, kw_only=True):
    relax: tuple[Relaxation, ...] = ()
    tighten: Tightening | None = None


class _Written(Struct):
    relax: tuple[Relaxation, ...] = ()
    tighten: object = None


def read_house_rules(document: Document, plain: object) -> tuple[HouseRules, list[Problem]]:
    """The rules under `rules:`, and what is wrong with them; `plain` is right in shape but for `tighten`."""
    written = msgspec.convert(plain, _Written)
    relax = written.relax
    tighten, problems = _tightening(document, written.tighten)
    for index, each in enumerate(relax):
        problems += _relaxable(document, ("rules", "relax", index, "rule"), each.rule)
    return HouseRules(relax=relax, tighten=tighten), problems


def _relaxable(document: Document, path: Path, name: str) -> list[Problem]:
    known = {f"{book.id}.{place}": rule for book in load_all().values() for place, rule in rules_of(book)}
    rule = known.get(name)
    if rule is None:
        return [document.problem(path, f'unknown rule "{name}"', near(name, known))]
    if rule.tier in (Tier.LAW, Tier.GUIDANCE) and not rule.contested:
        hint = "only a carrier's or the product's own rule, or a contested one, may be relaxed"
        return [document.problem(path, f'"{name}" is {rule.tier}: it binds', hint)]
    return []


def _tightening(document: Document, plain: object) -> tuple[Tightening | None, list[Problem]]:
    if plain is None:
        return None, []
    try:
        return msgspec.convert(_own(plain), Tightening), []
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `$")
        path = ("rules", "tighten", *_path(place.rstrip("`")))
        return None, [document.problem(path, _sentence(message), "write it as the rulebooks do")]


def _sentence(message: str) -> str:
    """The reader's message without the pattern that it wanted, and in our quotation marks."""
    if "matching regex" in message:
        return "has the wrong form"
    return message.replace("`", '"').replace("Object contains unknown field", "unknown key").lower()


def _own(plain: object) -> object:
    """The sections with what a brand need not write: that a rule is its own, and whose clock counts."""
    if not isinstance(plain, dict):
        return plain
    filled: dict[str, object] = {}
    for name, section in plain.items():
        if name == "quiet_hours" and isinstance(section, dict):
            section = {"basis": "recipient_local", "holidays": {"closed": False}, **_OWN, **section}
        elif isinstance(section, list):
            own = {**_OWN, "key": "recipient+sender"} if name == "frequency" else _OWN
            section = [{**own, **each} if isinstance(each, dict) else each for each in section]
        filled[name] = section
    return filled


def _path(place: str) -> Path:
    """`.frequency[0].max` as the steps of a path."""
    steps = place.replace("[", ".[").strip(".").split(".")
    return tuple(
        int(step[1:-1]) if step[1:-1].isdigit() else step for step in steps if step and step != "[...]"
    )
