"""`yesfirst replies`: how well it is understood what people text back. Needs no installation."""

from collections.abc import Iterable
from pathlib import Path

import click
import msgspec
from rich.console import Group as Shown
from rich.table import Table

from yesfirst.cli.command import Answer, Group
from yesfirst.cli.options import FILE
from yesfirst.cli.show import facts, listing
from yesfirst.intake.labelled import read_labelled
from yesfirst.rules.replies import Reply
from yesfirst.usecases.replies import Evaluation, Rates, evaluate


@click.group(cls=Group)
def replies() -> None:
    """What people text back."""


@replies.command("eval")
@click.argument("file", type=FILE)
@click.option("--wrong", default=0, metavar="N", help="Also name the first N lines that are misread.")
def evaluate_file(file: Path, wrong: int) -> Answer:
    """Read labelled texts, a JSON object a line with lang, text and label, and say how many are understood.

    The keywords of the rulebooks where a language is spoken count: R in Chinese as it does in China.
    """
    found = evaluate(read_labelled(file.read_bytes(), str(file)))
    named = found.misread[:wrong]
    value = {
        **msgspec.to_builtins(found.overall),
        "by_language": found.by_language,
        "accuracy_by_label": found.accuracy_by_label,
        "confusion": found.confusion,
        "wrong_number_recall": found.wrong_number_recall,
        "misread": len(found.misread),
        "texts_per_second": found.texts_per_second,
    }
    if wrong:
        value["wrong"] = named
    shown = [
        _by_language(found),
        _confusion(found),
        facts([("texts a second", f"{found.texts_per_second:,}")]),
    ]
    if named:
        shown.append(
            listing(("line", "label", "read as"), ((one.line, one.label, one.meaning) for one in named))
        )
    return Answer(value, Shown(*shown))


def _by_language(found: Evaluation) -> Table:
    headers = ("language", "texts", "stops recognised or held", "taken for stop", "held", "as labelled")
    return listing(
        headers, [_row("all", found.overall), *(_row(*each) for each in found.by_language.items())]
    )


def _row(name: str, rates: Rates) -> Iterable[object]:
    shares = (rates.stop_recall_with_held, rates.false_stop_rate, rates.held_rate, rates.accuracy)
    return (name, f"{rates.texts:,}", *("-" if share is None else f"{share:.1%}" for share in shares))


def _confusion(found: Evaluation) -> Table:
    rows = ((label, *(counts.get(each, 0) for each in Reply)) for label, counts in found.confusion.items())
    return listing(("label, read as:", *Reply), rows)
