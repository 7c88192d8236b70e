"""What rulebooks find missing, shown to people: each gap with what to write and where it is asked."""

from collections.abc import Iterable

from rich.console import Group
from rich.table import Table

from yesfirst.cli.show import facts
from yesfirst.intake.advice import Gap

_READ = {"P": "primary text read", "S": "secondary source", "M": "from memory"}


def about_gaps(gaps: Iterable[Gap]) -> Group:
    """One block a gap."""
    return Group(*(part for gap in gaps for part in ("", _heading(gap), _details(gap))))


def _heading(gap: Gap) -> str:
    return (
        f"{'error' if gap.stops else 'warning'}: {gap.missing} in {gap.place}, for the text in {gap.language}"
    )


def _details(gap: Gap) -> Table:
    return facts(
        [
            ("  write", gap.write),
            ("  rule", gap.rule or "the product's"),
            ("  source", f"{gap.source} ({gap.tier}; {_READ[gap.confidence]})"),
        ]
    )
