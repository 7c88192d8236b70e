"""Tables for people."""

from collections.abc import Iterable, Mapping

from rich import box
from rich.table import Table


def facts(pairs: Iterable[tuple[str, object]]) -> Table:
    """Names and what they are, one a line."""
    table = Table.grid(padding=(0, 2))
    for name, value in pairs:
        table.add_row(name, str(value))
    return table


def listing(headers: Iterable[str], rows: Iterable[Iterable[object]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in headers:
        table.add_column(header, overflow="fold")  # Chinese has no spaces to break at
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    return table


def counted(counts: Mapping[str, int]) -> str:
    """Reasons and how many: `SUPPRESSED 3, CONSENT_MISSING 1`; `none` for nothing."""
    return ", ".join(f"{name} {number:,}" for name, number in counts.items()) or "none"
