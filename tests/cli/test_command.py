"""What all commands have in common, and what the user reads when one fails."""

import errno
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise

import asyncpg
import click
import pytest
from click.testing import CliRunner

from yesfirst.cli import main
from yesfirst.cli.command import Command
from yesfirst.cli.mistakes import explain
from yesfirst.errors import Refused
from yesfirst.store.engine import DatabaseError

NUMBER = "+14155550123"


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from ((f"{name} {each}", inner) for each, inner in command.commands.items())
        else:
            yield name, command


@pytest.mark.parametrize(
    ("name", "command"), [each for each in commands() if each[0] != "simulator"], ids=lambda each: str(each)
)
def test_each_command_says_what_it_does_and_takes_json_and_debug(name: str, command: click.Command) -> None:
    options = {option for parameter in command.params for option in parameter.opts}
    assert isinstance(command, Command)
    assert command.help
    assert {"--json", "--debug"} <= options


def test_no_command_takes_a_number_as_an_argument() -> None:
    phones = [
        parameter
        for _, command in commands()
        for parameter in command.params
        if parameter.name in {"phone", "number"}
    ]
    assert phones
    assert all(isinstance(each.type, click.Choice) and list(each.type.choices) == ["-"] for each in phones)


def test_help_lists_the_commands_in_order_and_loads_none_of_them() -> None:
    listed = main.list_commands(click.Context(main))
    assert all(one < other for one, other in pairwise(listed))
    loaded = (
        "import sys, yesfirst.cli; print([m for m in ('sqlalchemy', 'rich', 'litestar') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert CliRunner().invoke(main, ["--help"]).exit_code == 0


@pytest.mark.parametrize(
    "arguments", [["brnd"], ["brand", "aply"], ["campaign", "plan"], ["rulebook", "list", "--no"]]
)
def test_bad_usage_ends_with_two_and_says_so_in_json_too(arguments: list[str]) -> None:
    plain, machine = CliRunner().invoke(main, arguments), CliRunner().invoke(main, [*arguments, "--json"])
    assert (plain.exit_code, machine.exit_code) == (2, 2)
    assert plain.stderr.startswith("Error: ")
    assert machine.stdout.startswith('{"error":{"code":"USAGE"')
    assert machine.stdout.count("\n") == 1


def test_an_answer_is_a_table_for_people_and_one_line_for_machines() -> None:
    plain, machine = (CliRunner().invoke(main, ["rulebook", "list", *flag]) for flag in ([], ["--json"]))
    assert (plain.exit_code, machine.exit_code) == (0, 0)
    assert "GB" in plain.stdout
    assert machine.stdout.startswith('{"rulebooks":[{"id":"AU"')
    assert machine.stdout.count("\n") == 1


def from_database(*, sqlstate: str, lost: bool = False) -> DatabaseError:
    cause = asyncpg.PostgresError.new({"C": sqlstate, "M": NUMBER})
    return DatabaseError(None, None, cause, connection_invalidated=lost)


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("error", "code", "exit_code"),
    [
        (Refused("PORT_IN_USE", "It is.", "Choose another."), "PORT_IN_USE", 1),
        (ExceptionGroup("tasks", [Refused("PORT_IN_USE", "It is.", "Choose another.")]), "PORT_IN_USE", 1),
        (click.UsageError("no"), "USAGE", 2),
        (FULL, "DISK_FULL", 1),
        (PermissionError(errno.EACCES, "Permission denied", "people.csv"), "FILE_UNUSABLE", 1),
        (ConnectionResetError(), "CONNECTION_LOST", 1),
        (from_database(sqlstate="53100"), "DISK_FULL", 1),
        (from_database(sqlstate="57P01", lost=True), "CONNECTION_LOST", 1),
        (from_database(sqlstate="23505"), "UNEXPECTED", 1),
        (KeyboardInterrupt(), "INTERRUPTED", 130),
        (click.Abort(), "INTERRUPTED", 130),
        (ValueError(NUMBER), "UNEXPECTED", 1),
        (LookupError(NUMBER), "UNEXPECTED", 1),
        (ExceptionGroup("tasks", [FULL, FULL]), "UNEXPECTED", 1),
    ],
)
def test_each_failure_has_a_code_and_an_exit_code(error: BaseException, code: str, exit_code: int) -> None:
    mistake, ends_with = explain(error)
    assert (mistake.code, ends_with) == (code, exit_code)
    assert NUMBER not in mistake.message + mistake.hint
