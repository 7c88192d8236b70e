"""What all commands have in common: `--json`, `--debug`, exit codes, and how an answer is printed.

A command's function returns an `Answer`. With `--json` its value is the last line of standard output, one JSON
object; without, people get its text. Everything else, progress and messages, goes to standard error.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn, cast

import click

if TYPE_CHECKING:
    from rich.console import RenderableType

_JSON = "yesfirst.json"
_WIDTH_OF_PIPES = 120


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command has found or done: `value` for machines, `shown` for people.

    `refused` makes the command end with 1, for one that answers "no" rather than fails.
    """

    value: object
    shown: "RenderableType"
    refused: bool = False


class Command(click.Command):
    """A command whose function returns an `Answer`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.params += [
            click.Option(["--json", "as_json"], is_flag=True, help="Answer with one JSON object."),
            click.Option(["--debug"], is_flag=True, help="Show tracebacks."),
        ]

    def invoke(self, ctx: click.Context) -> int:
        """Runs the command and prints its answer; the exit code."""
        ctx.meta[_JSON] = ctx.params.pop("as_json")
        del ctx.params["debug"]  # read where errors are reported
        answer = super().invoke(ctx)
        if not isinstance(answer, Answer):
            return 0
        if ctx.meta[_JSON]:
            say_json(answer.value)
        else:
            say(answer.shown)
        return int(answer.refused)


class Group(click.Group):
    command_class = Command


class Entrance(Group):
    """The outermost group. Its commands are `name: (module:attribute, what it does in a line)`."""

    def __init__(self, lazily: Mapping[str, tuple[str, str]], **options: Any) -> None:
        super().__init__(**options)
        self._lazily = lazily

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._lazily)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._lazily:
            return None
        module, _, attribute = self._lazily[cmd_name][0].partition(":")
        return cast(click.Command, getattr(import_module(module), attribute))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, what) for name, (_, what) in sorted(self._lazily.items())])

    def main(  # type: ignore[override]  # click's overloads differ by standalone_mode, which is settled here
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Runs the command that the arguments name and ends the process; no mistake shows a traceback."""
        given = list(sys.argv[1:] if args is None else args)
        try:
            code = super().main(given, prog_name or "yesfirst", standalone_mode=False, **extra)
        except BrokenPipeError:  # whoever read our output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 1
        except (Exception, KeyboardInterrupt) as error:
            from yesfirst.cli import mistakes

            code = mistakes.report(error, as_json="--json" in given, debug="--debug" in given)
        sys.exit(code)


def say(shown: "RenderableType") -> None:
    """Prints for people on standard output."""
    _print(shown, to_error=False)


def note(shown: "RenderableType") -> None:
    """Prints progress or a message on standard error."""
    _print(shown, to_error=True)


def say_json(value: object) -> None:
    """Prints one line of JSON on standard output."""
    import msgspec

    click.echo(msgspec.json.encode(value).decode())


def announce(value: object, shown: str) -> None:
    """Tells what started this process that it is ready: with `--json` a line of JSON, else a message."""
    if click.get_current_context().meta[_JSON]:
        say_json(value)
    else:
        note(shown)


def _print(shown: "RenderableType", *, to_error: bool) -> None:
    from rich.console import Console

    stream = sys.stderr if to_error else sys.stdout
    width = None if stream.isatty() else _WIDTH_OF_PIPES
    # Texts of campaigns hold brackets and colons that are not rich's markup.
    Console(file=stream, width=width, markup=False, emoji=False, highlight=False).print(
        shown, soft_wrap=isinstance(shown, str)
    )
