"""Writes docs/settings.md and docs/commands.md from the code: `make docs`.

Invariant: what stands in these pages is what the program reads and takes; tests/test_docs.py fails while a page
differs from what this file would write.
"""

from collections.abc import Iterator
from pathlib import Path

import click

from yesfirst.cli import main
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


def pages() -> dict[str, str]:
    """File name → text of every generated page."""
    return {"settings.md": _settings(), "commands.md": _commands()}


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


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


if __name__ == "__main__":
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")
