"""`yesfirst rulebook`: the rules of each jurisdiction, who has read them, and what a change would do.

`list`, `show` and `review` need no database.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import click
from rich.console import Group as Renderables

from yesfirst import settings as environment
from yesfirst.cli.cases import cases
from yesfirst.cli.changes_shown import about_changes, about_rehearsal
from yesfirst.cli.command import Answer, Group, note
from yesfirst.cli.house import House, in_house
from yesfirst.cli.rules_shown import about_rule, book_value, books_table, rule_value, rules_table
from yesfirst.cli.show import facts
from yesfirst.rulebooks import load_all, load_reviewed, read
from yesfirst.rules.comparison import compare
from yesfirst.rules.review import Read
from yesfirst.rules.rulebook import Rulebook, rules_of
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.drafts import acknowledge
from yesfirst.usecases.rehearse import counted, rehearse
from yesfirst.usecases.reviews import find_rule, find_rulebook, make_review, version_on_record

_MOST_DAYS = 3_660
_NO_ADVICE = "None of this is legal advice."
_by = click.option("--by", required=True, metavar="NAME", help="Who answers for it.")


@click.group(cls=Group)
def rulebook() -> None:
    """The rules of each jurisdiction."""


@rulebook.command("list")
def list_rulebooks() -> Answer:
    """List the rulebooks: their status, and what their rules rest on. None is legal advice."""
    found = load_reviewed(_reviews())
    outdated = [
        {"rule": one.rule, "by": one.by, "on": one.on, "version": one.version} for one in found.outdated
    ]
    value = {"rulebooks": [book_value(book) for book in found.books.values()], "outdated_reviews": outdated}
    old = [
        f"Outdated: the review of {one.rule} by {one.by} of {one.on}; the rule says something else now."
        for one in found.outdated
    ]
    return Answer(value, Renderables(books_table(found.books.values()), *old, _NO_ADVICE))


@rulebook.command()
@click.argument("id")
@click.argument("rule", required=False)
def show(id: str, rule: str | None) -> Answer:
    """Show a rulebook, or one rule of it with everything: what it says, its source, who read it."""
    name, _, within = id.partition(".")
    rule = rule or within or None
    if rule is None:
        book = find_rulebook(_reviews(), name)
        value = {**book_value(book), "rules": [rule_value(book, id, one) for id, one in rules_of(book)]}
        return Answer(value, Renderables(books_table([book]), rules_table(book), _NO_ADVICE))
    found = find_rule(_reviews(), f"{name}.{rule.removeprefix(f'{name}.')}")
    shown = about_rule(found.rulebook, found.id, found.rule)
    return Answer(rule_value(found.rulebook, found.id, found.rule), Renderables(shown, _NO_ADVICE))


@rulebook.command()
@click.argument("rule")
@_by
@click.option("--source", required=True, help="What was read: title, edition, address.")
@click.option("--provision", help="Article or paragraph.")
@click.option("--note", "remark", help="What the next reader should know.")
@click.option(
    "--confidence",
    type=click.Choice(["P", "S"]),
    default="P",
    show_default=True,
    help="P: the primary text was read; S: somebody's account of it.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory to write to, such as that of a proposal, instead of reviews/ of YESFIRST_HOME.",
)
def review(
    rule: str,
    by: str,
    source: str,
    provision: str | None,
    remark: str | None,
    confidence: Literal["P", "S"],
    out: Path | None,
) -> Answer:
    """Say that you have held a rule, such as CN.quiet_hours, against a source, and answer for it."""
    today = datetime.now(UTC).date()
    stated = Read(_said("--by", by), today, _said("--source", source), confidence, provision, remark)
    made, file = make_review(_reviews(), rule, stated, out)
    note(
        "The file counts while the rule says what it says now. It may be proposed to those who ship the rule."
    )
    pairs = [("rule", made.rule), ("reviewed by", made.by), ("source", made.source), ("file", file)]
    return Answer({"review": made, "file": str(file)}, facts(pairs))


@rulebook.command("acknowledge")
@_by
@click.option("--reason", required=True, help="Why people may be texted under drafts.")
def acknowledge_drafts(by: str, reason: str) -> Answer:
    """Take it on yourself, on record, that people are texted under rulebooks that are drafts."""
    actor, why = Actor(_said("--by", by)), _said("--reason", reason)
    return in_house(lambda house: _acknowledge(house, actor, why))


async def _acknowledge(house: House, actor: Actor, reason: str) -> Answer:
    found = await acknowledge(house.ground, actor, reason)
    if not found:
        return Answer({"acknowledged": []}, "No rulebook is a draft: there is nothing to acknowledge.")
    resting = sum(one.memory_rules for one in found)
    said = f"{len(found)} drafts are acknowledged; {resting} of their rules rest on memory. It is on record."
    return Answer({"acknowledged": found}, said)


@rulebook.command()
@click.argument("target", metavar="FILE_OR_VERSION")
@click.option(
    "--since",
    default="30d",
    show_default=True,
    metavar="DAYS",
    callback=lambda _context, _parameter, text: _days(text),
    help="How far back decisions are made again.",
)
def diff(target: str, since: timedelta) -> Answer:
    """Show how a rulebook file, or a version such as CN@2026-11-22, differs, and what it would have changed."""
    file = Path(target)
    written = read(file.read_bytes(), target) if file.is_file() else None
    return in_house(lambda house: _diff(house, written or target, since))


async def _diff(house: House, target: Rulebook | str, since: timedelta) -> Answer:
    changed = await version_on_record(house.ground, target) if isinstance(target, str) else target
    changes = compare(load_all().get(changed.id), changed)
    rehearsal = await rehearse(house.ground, changed, since)
    value = {"rulebook": changed.id, "changes": changes, "rehearsal": counted(rehearsal)}
    return Answer(value, Renderables(about_changes(changed.id, changes), about_rehearsal(rehearsal)))


def _days(text: str) -> timedelta:
    number = text.removesuffix("d")
    if not number.isdigit() or not 0 < int(number) <= _MOST_DAYS:
        raise click.BadParameter(f"write days, from 1d to {_MOST_DAYS}d", param_hint="--since")
    return timedelta(days=int(number))


def _reviews() -> Path:
    return environment.read(os.environ).reviews


def _said(option: str, text: str) -> str:
    if not text.strip():
        raise click.BadParameter("must not be empty", param_hint=option)
    return text.strip()


rulebook.add_command(cases)
