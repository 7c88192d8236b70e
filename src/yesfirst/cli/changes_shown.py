"""Differences between two versions of a rulebook, and what they would have done, as people read them."""

from collections.abc import Mapping, Sequence

import msgspec
from rich.console import Group, RenderableType

from yesfirst.cli.show import counted, facts, listing
from yesfirst.rules.comparison import RuleChange
from yesfirst.usecases.rehearse import AS_OF_NOW, Rehearsal


def about_changes(rulebook: str, changes: Sequence[RuleChange]) -> RenderableType:
    """One line for each field that differs."""
    if not changes:
        return f"{rulebook}: nothing differs."
    rows = []
    for one in changes:
        rows += [
            (one.rule, one.change, each.field, _value(each.before), _value(each.after)) for each in one.fields
        ]
        if not one.fields:
            rows.append((one.rule, one.change, "", "", ""))
    return listing((f"rule of {rulebook}", "is", "field", "before", "after"), rows)


def about_rehearsal(found: Rehearsal) -> RenderableType:
    pairs: list[tuple[str, object]] = [
        ("decisions made again", f"{found.decisions:,}, since {found.since:%Y-%m-%d %H:%M} UTC"),
        ("the same", f"{found.unchanged:,}"),
        ("otherwise", _most_first(found.verdicts)),
        ("reasons added", _most_first(found.added)),
        ("reasons dropped", _most_first(found.dropped)),
    ]
    if found.recorded_otherwise:
        pairs.append(("not as recorded", f"{found.recorded_otherwise:,}, also without the change"))
    return Group(facts(pairs), f"Taken as they are now: {', '.join(AS_OF_NOW)}.")


def _most_first(counts: Mapping[str, int]) -> str:
    return counted(dict(sorted(counts.items(), key=lambda pair: -pair[1])))


def _value(value: object) -> str:
    return "" if value is None else msgspec.json.encode(value).decode()
