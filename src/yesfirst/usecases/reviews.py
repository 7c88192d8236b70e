"""Reviews by counsel: each is a file, beside the installation, that can be proposed to those who ship the rulebooks."""

from dataclasses import dataclass
from pathlib import Path

from yesfirst.errors import Refused
from yesfirst.rulebooks import load_reviewed, read, write_review
from yesfirst.rules.review import Read, Review, review
from yesfirst.rules.rule import Rule
from yesfirst.rules.rulebook import InvalidRulebook, Rulebook, rule
from yesfirst.store import acknowledgements
from yesfirst.usecases.ground import Ground


@dataclass(frozen=True, slots=True)
class Found:
    """A rule, its id within the rulebook, and the rulebook as it is reviewed so far."""

    rulebook: Rulebook
    id: str
    rule: Rule


def find_rule(reviews: Path, name: str) -> Found:
    """The rule of a name such as `CN.quiet_hours`; raises Refused (RULE_UNKNOWN) with those that look like it."""
    owner, _, id = name.partition(".")
    book = find_rulebook(reviews, owner)
    try:
        return Found(book, id, rule(book, id))
    except InvalidRulebook as error:
        raise Refused("RULE_UNKNOWN", f"{error}", f"`yesfirst rulebook show {book.id}` lists them.") from None


def find_rulebook(reviews: Path, id: str) -> Rulebook:
    """Raises Refused (RULEBOOK_UNKNOWN)."""
    books = load_reviewed(reviews).books
    if id not in books:
        raise Refused("RULEBOOK_UNKNOWN", f'There is no rulebook "{id}".', f"There are {', '.join(books)}.")
    return books[id]


async def version_on_record(ground: Ground, name: str) -> Rulebook:
    """A version such as `CN@2026-11-22`, or `CN@` and the beginning of its hash; raises Refused (VERSION_UNKNOWN)."""
    id, _, version = name.partition("@")
    async with ground.engine.connect() as connection:
        found = await acknowledgements.version(connection, id, version) if version else None
    if found is None:
        raise Refused(
            "VERSION_UNKNOWN",
            f'There is neither a file "{name}" nor such a version of a rulebook on record.',
            "Name a file, or a version like CN@2026-11-22 under which this installation has decided.",
        )
    return read(found.body, name)


def make_review(reviews: Path, name: str, stated: Read, out: Path | None = None) -> tuple[Review, Path]:
    """Writes the review of a rule into the directory of reviews, or into `out`; the review and its file.

    A second one of the same rule on the same day takes the place of the first.
    """
    found = find_rule(reviews, name)
    made = review(found.rulebook, found.id, stated)
    directory = out or reviews
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / f"{made.rule}.{made.on.isoformat()}.yaml"
    file.write_text(write_review(made), encoding="utf-8")
    return made, file
