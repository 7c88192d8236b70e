"""`yesfirst rulebook`: the rules of each jurisdiction, as shipped."""

import click

from yesfirst.cli.cases import cases
from yesfirst.cli.command import Answer, Group
from yesfirst.cli.show import listing
from yesfirst.ledger.text import hash_text
from yesfirst.rulebooks import load_all


@click.group(cls=Group)
def rulebook() -> None:
    """The rules of each jurisdiction."""


@rulebook.command("list")
def list_rulebooks() -> Answer:
    """List the rulebooks. None is legal advice."""
    books = load_all()
    value = [
        {"id": id, "version": book.version, "status": book.status, "hash": hash_text(book.hash)}
        for id, book in books.items()
    ]
    return Answer(
        {"rulebooks": value}, listing(("id", "version", "status", "hash"), (one.values() for one in value))
    )


rulebook.add_command(cases)
