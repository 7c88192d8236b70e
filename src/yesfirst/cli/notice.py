"""`yesfirst notice`: the wordings that people agree to, held against what has to be in them. Needs no database."""

from pathlib import Path

import click

from yesfirst.cli.command import Answer, Group
from yesfirst.cli.gaps import about_gaps
from yesfirst.cli.options import FILE
from yesfirst.errors import Refused
from yesfirst.intake import notice_templates
from yesfirst.intake.notice_advice import notice_gaps
from yesfirst.usecases.files import read_brand_alone, read_notice_file

_brand = click.option(
    "--brand",
    "folder",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder with the brand's brand.yaml.",
)


@click.group(cls=Group)
def notice() -> None:
    """The wordings that people agree to."""


@notice.command()
@click.argument("file", type=FILE)
@_brand
def check(file: Path, folder: Path) -> Answer:
    """Check a notice: whether it says and shows what the law asks for where it is used."""
    brand = read_brand_alone(folder / "brand.yaml")
    found = read_notice_file(file, brand)
    gaps = notice_gaps(found, brand)
    places = list(found.countries or brand.reached)
    value = {"notice": found.id, "version": found.version, "places": places, "valid": not gaps, "gaps": gaps}
    if not gaps:
        return Answer(
            value, f"{file} has what is asked for in {', '.join(places)}. A lawyer should read it still."
        )
    return Answer(value, about_gaps(gaps), refused=True)


@notice.command()
@click.argument("name", type=click.Choice(notice_templates.names()))
@_brand
@click.option("--purpose", help="One of the brand's purposes; the first if not said.")
def template(name: str, folder: Path, purpose: str | None) -> Answer:
    """Print a notice to begin with: a consent form (授权书) or a statement of use (用途说明)."""
    brand = read_brand_alone(folder / "brand.yaml")
    chosen = purpose or next(iter(brand.purposes))
    if chosen not in brand.purposes:
        raise Refused(
            "PURPOSE_UNKNOWN", "The brand has no such purpose.", f"Its purposes: {', '.join(brand.purposes)}."
        )
    text = notice_templates.fill(name, brand, chosen)
    return Answer({"template": name, "purpose": chosen, "text": text}, text.rstrip("\n"))
