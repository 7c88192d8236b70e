"""The progress bar of an import, on standard error."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

_STEPS = {"read": ("Reading", "kB", 1_000), "apply": ("Applying", "rows", 1)}


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        if task.speed is None:
            return Text("")
        return Text(f"{task.speed / task.fields['per']:,.0f} {task.fields['unit']}/s")


@contextmanager
def watching() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each step, with its rate and the time that remains; call it as `import_people.Watch`."""
    console = Console(file=sys.stderr, markup=False, emoji=False)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%", markup=False),
        _Rate(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        bars: dict[str, TaskID] = {}

        def watch(step: str, done: int, total: int) -> None:
            if step not in bars:
                title, unit, per = _STEPS[step]
                bars[step] = progress.add_task(title, total=total, unit=unit, per=per)
            progress.update(bars[step], completed=done, total=total)

        yield watch
