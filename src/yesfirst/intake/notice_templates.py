"""Notices to begin with: a consent form (授权书) and a statement of use (用途说明), in Chinese and English.

A template is a notice with «blanks» for what its brand file says, meant for those countries of the brand where
its kind of consent counts. What stands beside them is an example: data, period, frequency and recipients have to
be made true before anybody signs.
"""

import re
from importlib import resources

from yesfirst.intake.brand import Brand
from yesfirst.intake.vocabulary import books_of
from yesfirst.rules.ruling import accepted_consents

_FOLDER = "templates"
_KIND = re.compile(r"^kind: (\w+)$", re.MULTILINE)


def names() -> tuple[str, ...]:
    """The templates, such as `consent.zh`."""
    files = resources.files("yesfirst.intake").joinpath(_FOLDER).iterdir()
    return tuple(sorted(file.name.removesuffix(".md") for file in files if file.name.endswith(".md")))


def fill(name: str, brand: Brand, purpose: str) -> str:
    """The template as a notice of this brand for one of its purposes; KeyError for another purpose."""
    text = resources.files("yesfirst.intake").joinpath(_FOLDER, f"{name}.md").read_text("utf-8")
    [kind] = _KIND.findall(text)
    blanks = {
        "purpose": purpose,
        "purpose_title": brand.purposes[purpose],
        "controller": brand.controller,
        "brand": brand.name,
        "contact": brand.contact,
        "places": ", ".join([place for place in brand.reached if _counts(kind, place)] or brand.reached),
    }
    for blank, value in blanks.items():
        text = text.replace(f"«{blank}»", value)
    return text


def _counts(kind: str, place: str) -> bool:
    """Whether each rulebook of a place that asks for consent takes one of this kind."""
    asking = [book for book in books_of(place) if book.consent and book.consent.accepted is not None]
    return all(accepted_consents(book, kind) for book in asking)
