"""A terminal in which the real commands run, against an installation of its own on the test servers."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from click.testing import CliRunner, Result

from yesfirst.cli import main

CAMPAIGNS = Path(__file__).parents[2] / "campaigns"


@dataclass(frozen=True, slots=True)
class Terminal:
    """Runs commands with an installation's settings."""

    environ: Mapping[str, str]

    def run(self, *arguments: str | Path, written: str = "", **settings: str | None) -> Result:
        """The command's result; `written` is its standard input, `settings` are changed variables."""
        ours = {name: None for name in os.environ if name.startswith("YESFIRST_")}
        return CliRunner().invoke(
            main, [str(each) for each in arguments], input=written, env={**ours, **self.environ, **settings}
        )

    def answer(self, *arguments: str | Path, written: str = "") -> dict[str, Any]:
        """What a command that succeeds answers to `--json`."""
        result = self.run(*arguments, "--json", written=written)
        assert result.exit_code == 0, result.output
        return last_line(result)

    def refusal(self, *arguments: str | Path, written: str = "", **settings: str | None) -> dict[str, Any]:
        """The error of a command that is refused."""
        result = self.run(*arguments, "--json", written=written, **settings)
        assert result.exit_code == 1, result.output
        error: dict[str, Any] = last_line(result)["error"]
        return error


def last_line(result: Result) -> dict[str, Any]:
    answered: dict[str, Any] = msgspec.json.decode(result.stdout.splitlines()[-1])
    return answered
