"""What the user reads when a command fails: what is wrong, where, and what to do; never a traceback unasked.

Known exceptions say it themselves. Of an unknown one only the type is shown, since its text may hold personal
data; `--debug` prints all of it.
"""

import errno
import traceback

import click
from msgspec import Struct

from yesfirst.cli.command import note, say_json
from yesfirst.errors import Refused

_INTERRUPTED = 130
_DISK_FULL = "53100"
"""PostgreSQL's error code."""


class Place(Struct, frozen=True, omit_defaults=True):
    """One of several mistakes in what was handed in."""

    message: str
    line: int | None = None
    column: int | None = None
    hint: str | None = None


class Mistake(Struct, frozen=True, omit_defaults=True):
    """What went wrong, as `--json` prints it under `error`."""

    code: str
    message: str
    hint: str = ""
    problems: tuple[Place, ...] = ()


_LOST = Mistake(
    "CONNECTION_LOST",
    "The connection to a server was lost.",
    "`yesfirst doctor` says which servers answer; then run the same command again.",
)


def report(error: BaseException, *, as_json: bool, debug: bool) -> int:
    """Prints what went wrong; the exit code."""
    mistake, code = explain(error)
    if debug:
        note("".join(traceback.format_exception(error)))
    if as_json:
        say_json({"error": mistake})
    else:
        note(_text(mistake))
    return code


def explain(error: BaseException) -> tuple[Mistake, int]:
    """The mistake behind an exception, and the exit code for it."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]  # a task group wraps what one of its tasks raised
    match error:
        case Refused():
            return Mistake(error.code, error.message, error.hint), 1
        case click.UsageError():
            command = error.ctx.command_path if error.ctx else "yesfirst"
            return Mistake("USAGE", error.format_message(), f"`{command} --help` says how it is used."), 2
        case click.ClickException():
            return Mistake("REFUSED", error.format_message()), error.exit_code
        case KeyboardInterrupt():
            return Mistake("INTERRUPTED", "Interrupted."), _INTERRUPTED
        case click.Abort():
            return _abort(error)
        case OSError():
            return _system(error), 1
        case ValueError():
            return _invalid(error), 1
    return _from_database(error) or _unexpected(error), 1


def _abort(error: click.Abort) -> tuple[Mistake, int]:
    if isinstance(error.__cause__ or error.__context__, EOFError):
        click.echo(err=True)  # ends the line of the prompt
        return Mistake("INPUT_ENDED", "Standard input ended before everything was answered."), 1
    return Mistake("INTERRUPTED", "Interrupted."), _INTERRUPTED


def _system(error: OSError) -> Mistake:
    if error.errno == errno.ENOSPC:
        return Mistake("DISK_FULL", "The disk is full.", "Free some space and run the same command again.")
    if error.filename is not None and error.strerror:
        return Mistake("FILE_UNUSABLE", f"{error.filename}: {error.strerror}.", "Check path and permissions.")
    return _LOST if isinstance(error, ConnectionError) else _unexpected(error)


def _from_database(error: BaseException) -> Mistake | None:
    """By attributes: importing the driver's classes would slow down every failure."""
    if getattr(getattr(error, "orig", None), "sqlstate", None) == _DISK_FULL:
        return Mistake("DISK_FULL", "The disk of the database is full.", "Free some space there; try again.")
    return _LOST if getattr(error, "connection_invalidated", False) else None


def _invalid(error: ValueError) -> Mistake:
    """What is wrong with a file that was handed in."""
    from yesfirst.intake.encoding import UnreadableFile
    from yesfirst.intake.headers import UnclearColumns
    from yesfirst.intake.yamlfile import InvalidFile
    from yesfirst.rules.rulebook import InvalidRulebook

    match error:
        case InvalidFile():
            places = tuple(Place(one.message, one.line, one.column, one.hint) for one in error.problems)
            return Mistake("FILE_INVALID", f"{error.source} can't be used.", problems=places)
        case UnclearColumns():
            places = tuple(Place(sentence) for sentence in error.problems)
            return Mistake("COLUMNS_UNCLEAR", "The columns can't be used as they are.", problems=places)
        case UnreadableFile():
            return Mistake("FILE_UNREADABLE", f"The file can't be read: {error}.")
        case InvalidRulebook():
            return Mistake("RULEBOOK_INVALID", f"{error}.", "Correct the file, or take it away.")
    return _unexpected(error)


def _unexpected(error: BaseException) -> Mistake:
    return Mistake(
        "UNEXPECTED",
        f"An unexpected {type(error).__name__}.",
        "This is a fault of the program: --debug shows where. Mind that its text may hold personal data.",
    )


def _text(mistake: Mistake) -> str:
    lines = [f"Error: {mistake.message}"]
    for one in mistake.problems:
        where = f"{one.line}:{one.column}: " if one.line else ""
        lines.append(f"  {where}{one.message}" + (f" - {one.hint}" if one.hint else ""))
    return "\n".join([*lines, mistake.hint] if mistake.hint else lines)
