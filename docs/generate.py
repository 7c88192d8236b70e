"""Writes docs/settings.md, docs/commands.md and docs/rules.md from the code and the rulebooks: `make docs`.

Invariant: what stands in these pages is what the program reads and takes; tests/test_docs.py fails while a page
differs from what this file would write.
"""

from collections.abc import Iterator
from pathlib import Path

import click

from yesfirst.cli import main
from yesfirst.cli.rules_shown import book_value, in_words
from yesfirst.intake.advice import source_of
from yesfirst.rulebooks import load_all
from yesfirst.rules.applied import application
from yesfirst.rules.rule import Rule
from yesfirst.rules.rulebook import Rulebook, rules_of
from yesfirst.settings import DECLARED, Declaration

DOCS = Path(__file__).parent
_EVERYWHERE = {"--json", "--debug", "--help"}

_SETTINGS = """\
# Settings

Settings are environment variables, read once when a command starts. An empty variable counts as absent; an unknown
`YESFIRST_…` variable is refused, so that a slip in a name does nothing silently. A secret can also be given as a
file: append `_FILE` to the name of its variable.

This page is written by `make docs`.

| variable | default | meaning |
| --- | --- | --- |
"""

_COMMANDS = """\
# Commands

Every command takes `--json`: progress and messages go to standard error, and the last line of standard output is
one JSON object. `--debug` shows tracebacks, which may hold personal data. Exit codes: 0 success, 1 refused, 2 bad
usage, 130 interrupted. A telephone number is never an argument: it is asked for, or read from standard input.
A run may be named by the beginning of its id. Settings are on [a page of their own](settings.md).

This page is written by `make docs`.
"""


_RULES = """\
# Rules

What each shipped rulebook says, what that rests on, and what in the program applies it. **None of this is legal
advice**, and no rulebook is released: the facts were collected by nobody with a licence to advise.

Confidence: **P** the primary text was read, **S** somebody's account of it, **M** from memory, to be verified. A
reviewed rule names who read what. Tiers: `law` and `guidance` bind; a brand may relax what is a `carrier`'s or the
`product`'s, and what is contested, on record. Several rulebooks apply to a person at once, parents included, and each
must be content. A rule that nothing applies is *information* for the people who answer for a campaign. What the
functions leave out is said in `src/yesfirst/rules/applied.py`.

`yesfirst rulebook show CN.quiet_hours` shows a rule with everything, `yesfirst rulebook review` makes it yours.

This page is written by `make docs`.

## Summary

| rulebook | title | version | status | rules | P | S | M | reviewed | applied | information |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""

_OF_A_BOOK = """
| rule | says | source | confidence | tier | applied by | held by |
| --- | --- | --- | --- | --- | --- | --- |
"""


def pages() -> dict[str, str]:
    """File name → text of every generated page."""
    return {"settings.md": _settings(), "commands.md": _commands(), "rules.md": _rules()}


def _settings() -> str:
    return _SETTINGS + "".join(f"{_row(*_setting(each))}\n" for each in DECLARED)


def _setting(one: Declaration) -> tuple[str, str, str]:
    default = "" if one.default is None else f"`{one.default.replace('{home}', '$YESFIRST_HOME')}`"
    secret = f" Secret: `{one.variable}_FILE` names a file instead." if one.secret else ""
    return f"`{one.variable}`", default, one.meaning + secret


def _commands() -> str:
    return "\n".join([_COMMANDS, *_described(main, click.Context(main, info_name="yesfirst"))])


def _described(command: click.Command, context: click.Context) -> Iterator[str]:
    """The sections of a command, or of all commands below a group."""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                yield from _described(below, click.Context(below, info_name=name, parent=context))
        return
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield f"## {context.command_path}\n\n{_help(command)}\n\n    {usage}\n"
    options = [_row(f"`{names}`", what) for names, what in _options(command, context)]
    if options:
        yield "\n".join(["| option | meaning |", "| --- | --- |", *options, ""])


def _help(command: click.Command) -> str:
    return "\n\n".join(" ".join(each.split()) for each in (command.help or "").split("\n\n"))


def _options(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if isinstance(parameter, click.Option) and record and not _EVERYWHERE & {*parameter.opts}:
            names, what = record
            yield names, " ".join(what.split())


def _rules() -> str:
    books = load_all().values()
    summary = "".join(f"{_row(*_counted(book))}\n" for book in books)
    return _RULES + summary + "".join(_book(book) for book in books)


def _counted(book: Rulebook) -> Iterator[str]:
    value = book_value(book)
    applied = sum(application(id, rule) is not None for id, rule in rules_of(book))
    yield f"[{book.id}](#{book.id.lower()})"
    yield book.title or ""
    for name in ("version", "status", "rules", "primary", "secondary", "memory", "reviewed"):
        yield str(value[name])
    yield str(applied)
    yield str(len(list(rules_of(book))) - applied)


def _book(book: Rulebook) -> str:
    above = f"Applies together with {', '.join(book.scope.parents)}.\n" if book.scope.parents else ""
    rows = "".join(f"{_row(*_rule(book, id, rule))}\n" for id, rule in rules_of(book))
    return f"\n## {book.id}\n\n{above}{_OF_A_BOOK if above else _OF_A_BOOK[1:]}{rows}"


def _rule(book: Rulebook, id: str, rule: Rule) -> Iterator[str]:
    yield f"`{id}`"
    yield in_words(rule)
    yield source_of(book, rule)
    reviewed = f", reviewed by {rule.reviewed.by} on {rule.reviewed.on}" if rule.reviewed else ""
    yield f"{rule.conf}{reviewed}"
    yield f"{rule.tier}{', contested' if rule.contested else ''}"
    applied = application(id, rule)
    if applied is None:
        yield "information"
        yield ""
        return
    file, _, test = applied.test.partition("::")
    yield f"`{applied.function.removeprefix('yesfirst.')}`"
    yield f"[{test}](../{file})"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


if __name__ == "__main__":
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")
