"""`yesfirst form`: ways to sign up that brands declare, and posters that lead to them."""

import asyncio
from functools import partial
from pathlib import Path

import click

from yesfirst.cli.command import Answer, Group
from yesfirst.cli.house import House, in_house
from yesfirst.cli.show import facts, listing
from yesfirst.errors import Refused
from yesfirst.intake.brand import Brand
from yesfirst.store.forms import Form
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.shown_form import ShownForm, address_of, forms_of, show_form


@click.group(cls=Group)
def form() -> None:
    """Ways to sign up: pages, keywords and posters."""


@form.command("list")
def list_forms() -> Answer:
    """List the forms of all brands, with their addresses and keywords."""
    return in_house(_list)


async def _list(house: House) -> Answer:
    found = await forms_of(house.ground)
    value = [_value(brand, one, address_of(house.ground, one.id)) for brand, one in found]
    rows = [
        (one.id, brand.id, ", ".join(one.notices), one.keyword or "", address_of(house.ground, one.id) or "")
        for brand, one in found
    ]
    return Answer({"forms": value}, listing(("form", "brand", "languages", "keyword", "address"), rows))


def _value(brand: Brand, one: Form, address: str | None) -> dict[str, object]:
    return {
        "form": one.id,
        "brand": brand.id,
        "languages": list(one.notices),
        "purposes": list(one.purposes),
        "keyword": one.keyword,
        "address": address,
    }


@form.command()
@click.argument("name", metavar="FORM")
@click.option("--language", help="One of the form's languages; otherwise its first.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it: .html for a page of A4, .svg for the code alone. Default: FORM.html.",
)
def poster(name: str, language: str | None, out: Path | None) -> Answer:
    """Write a poster with a code that leads to a form, to be printed and hung up."""
    return in_house(partial(_poster, name=name, language=language, out=out or Path(f"{name}.html")))


async def _poster(house: House, name: str, language: str | None, out: Path) -> Answer:
    from yesfirst.web.pages.poster import poster_page, qr_file

    shown = await _find(house.ground, name, language)
    address = _address(house.ground, name)
    text = qr_file(address) if out.suffix == ".svg" else poster_page(shown, address)
    await asyncio.to_thread(out.write_text, text, "utf-8")
    value = {"form": name, "language": shown.notice.language, "address": address, "file": str(out)}
    return Answer(value, facts([("poster", out), ("leads to", address), ("language", shown.notice.language)]))


async def _find(ground: Ground, name: str, language: str | None) -> ShownForm:
    shown = await show_form(ground, name, [language] if language else [])
    if shown is None:
        raise Refused(
            "FORM_UNKNOWN", f'There is no form "{name}".', "`yesfirst form list` shows those there are."
        )
    if language not in (None, shown.notice.language):
        hint = f"It has {', '.join(shown.languages)}."
        raise Refused("LANGUAGE_UNKNOWN", f'The form has no notice in "{language}".', hint)
    return shown


def _address(ground: Ground, name: str) -> str:
    address = address_of(ground, name)
    if address is None:
        hint = "Set YESFIRST_PUBLIC_URL."
        raise Refused("PUBLIC_URL_MISSING", "A poster needs the address under which people reach us.", hint)
    return address
