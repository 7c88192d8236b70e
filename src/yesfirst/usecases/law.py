"""The rulebooks in force, asked in the words that rows carry: `subject.rulebooks`, window classes, digests."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from yesfirst.ledger.text import hash_text
from yesfirst.rules import quiet_hours
from yesfirst.rules.jurisdiction import Jurisdiction, origin_of, resolve
from yesfirst.rules.quiet_hours import Answer
from yesfirst.rules.rulebook import Rulebook

_AND = "|"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a number belongs, as columns of its subject; the first two None when that can't be told.

    `law` is the digest of the rulebooks that told it.
    """

    rulebooks: str | None
    window_class: str | None
    law: str


@dataclass(frozen=True)
class Law:
    """`books` are the loaded rulebooks by id."""

    books: Mapping[str, Rulebook]

    def place_of(self, e164: str) -> Place:
        found = resolve(origin_of(e164), None, None, self.books)
        if not isinstance(found, Jurisdiction):
            return Place(None, None, self.digest_of(None))
        rulebooks = _AND.join(found.rulebooks)
        window_class = quiet_hours.window_class(found.rulebooks, found.zones)
        return Place(rulebooks, window_class, self.digest_of(rulebooks))

    def books_of(self, rulebooks: str | None) -> list[Rulebook]:
        return [self.books[id] for id in rulebooks.split(_AND)] if rulebooks else []

    def digest_of(self, rulebooks: str | None) -> str:
        """One hash for the rulebooks that apply together: SHA-256 over theirs, in the order of their ids.

        Where nobody can tell which apply it covers all that are loaded: another one may tell.
        """
        if rulebooks is None:
            loaded = b"".join(self.books[id].hash for id in sorted(self.books))
            return hash_text(hashlib.sha256(b"unresolved" + loaded).digest())
        applying = b"".join(book.hash for book in self.books_of(rulebooks))
        return hash_text(hashlib.sha256(applying).digest())

    @cached_property
    def _answers(self) -> dict[datetime, dict[str, Answer]]:
        """What `hours` found for the minute it was last asked about."""
        return {}

    @cached_property
    def active(self) -> list[str]:
        """The digests that a person may stand under now: one rulebook, two, or none that can be told.

        Each comes with its parents. Two at most, since only the number and one residence name rulebooks.
        """
        single = [{book.id, *book.scope.parents} for book in self.books.values()]
        together = {tuple(sorted(one | other)) for one in single for other in single}
        return [self.digest_of(None), *(self.digest_of(_AND.join(ids)) for ids in together)]

    def hours(self, window_class: str, now: datetime) -> Answer:
        """Whether people of this class may be texted now, by the clock.

        Hours begin and end, and clocks are moved, on whole minutes: all of a minute has one answer.
        """
        minute = now.replace(second=0, microsecond=0)
        if minute not in self._answers:
            self._answers.clear()
        known = self._answers.setdefault(minute, {})
        if window_class not in known:
            known[window_class] = quiet_hours.open_window(window_class, self.books, minute)
        return known[window_class]

    def waived(self, window_class: str | None, waivers: Sequence[str]) -> str | None:
        """The class of a person whose consent waives some quiet hours."""
        if window_class is None or not waivers:
            return window_class
        rulebooks, zones = window_class.split("|")[:2]
        return quiet_hours.window_class(rulebooks.split(","), zones.split(","), waivers)
