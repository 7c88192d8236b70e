"""The rulebooks in force, asked in the words that rows carry: `subject.rulebooks`, window classes, digests."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from yesfirst.ledger.text import hash_text
from yesfirst.rules import quiet_hours
from yesfirst.rules.jurisdiction import Jurisdiction, resolve
from yesfirst.rules.quiet_hours import Closed, NeverOpen, Open
from yesfirst.rules.rulebook import Rulebook

_AND = "|"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a number belongs, as columns of its subject; both None when that can't be told."""

    rulebooks: str | None
    window_class: str | None


@dataclass(frozen=True)
class Law:
    """`books` are the loaded rulebooks by id."""

    books: Mapping[str, Rulebook]

    def place_of(self, e164: str) -> Place:
        found = resolve(e164, None, self.books)
        if not isinstance(found, Jurisdiction):
            return Place(None, None)
        return Place(_AND.join(found.rulebooks), quiet_hours.window_class(found.rulebooks, found.zones))

    def books_of(self, rulebooks: str | None) -> list[Rulebook]:
        return [self.books[id] for id in rulebooks.split(_AND)] if rulebooks else []

    def digest_of(self, rulebooks: str | None) -> str:
        """One hash for the rulebooks that apply together: SHA-256 over theirs, in the order of their ids."""
        hashes = b"".join(book.hash for book in self.books_of(rulebooks))
        return hash_text(hashlib.sha256(hashes).digest())

    @cached_property
    def active(self) -> list[str]:
        """The digests that an eligibility may rest on now."""
        single = [self.digest_of(id) for id in self.books]
        pairs = [
            self.digest_of(f"{one}{_AND}{other}") for one in self.books for other in self.books if one < other
        ]
        return [self.digest_of(None), *single, *pairs]

    def window(self, window_class: str, now: datetime) -> Open | Closed:
        """Whether people of this class may be texted now; never within the horizon counts as closed until then."""
        answer = quiet_hours.open_window(window_class, self.books, now)
        if isinstance(answer, NeverOpen):
            return Closed(now + quiet_hours.HORIZON, ())
        return answer

    def waived(self, window_class: str | None, waivers: Sequence[str]) -> str | None:
        """The class of a person whose consent waives some quiet hours."""
        if window_class is None or not waivers:
            return window_class
        rulebooks, zones = window_class.split("|")[:2]
        return quiet_hours.window_class(rulebooks.split(","), zones.split(","), waivers)
