"""A notice's wording as a page shows it: the same words, with its paragraphs and lists set as such.

A box that is drawn in the wording ("□", "[ ]") is where the page has a real one, so it isn't drawn twice.
"""

import re
from dataclasses import dataclass

_BOX = re.compile(r"^(?:[□☐]|\[ ?\])\s*")
_ITEM = "- "


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text, or the items of a list where there are any."""

    text: str
    items: tuple[str, ...] = ()


def paragraphs(wording: str) -> list[Paragraph]:
    """Blank lines divide; a line that begins with a dash is an item, and one that is set in goes on with it."""
    found: list[Paragraph] = []
    lines: list[str] = []
    items: list[str] = []

    def end() -> None:
        if lines:
            found.append(Paragraph("\n".join(lines)))
        if items:
            found.append(Paragraph("", tuple(items)))
        lines.clear()
        items.clear()

    for line in [*_BOX.sub("", wording).splitlines(), ""]:
        if not line.strip():
            end()
        elif line.startswith(_ITEM):
            if lines:
                end()
            items.append(line.removeprefix(_ITEM).strip())
        elif items and line[0].isspace():
            items[-1] = f"{items[-1]}\n{line.strip()}"
        else:
            if items:
                end()
            lines.append(line.strip())
    return found
