"""The rulebooks that one brand stands under, asked for rulings and hours; and digests, which name them in evidence."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

import msgspec

from yesfirst.intake.brand import Brand
from yesfirst.intake.house_rules import HouseRules, Tightening
from yesfirst.ledger.text import hash_text
from yesfirst.rules import quiet_hours
from yesfirst.rules.position import Position
from yesfirst.rules.quiet_hours import Answer
from yesfirst.rules.rulebook import InvalidRulebook, Rulebook, Scope, Status
from yesfirst.rules.ruling import OWN, Ruling, rule
from yesfirst.rules.sections import Content

_QUARTER = timedelta(minutes=15)
"""Rules begin and end at midnight somewhere, and every zone's midnight is at a quarter of an hour."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """An answer, and the instants from which and before which it is the same."""

    since: datetime
    until: datetime
    answer: Answer


@dataclass(frozen=True)
class Law:
    """`books` are rulebooks by id; `charity`: the sender is one, which some rules are for.

    `own` is what a brand asks of itself, where it does.
    """

    books: Mapping[str, Rulebook]
    charity: bool = False
    own: Tightening | None = None

    @cached_property
    def digest(self) -> str:
        """One hash for all that rulings are made of: one that was made under any other is not in force."""
        digest = self.digest_of(self.books)
        return f"{digest}.charity" if self.charity else digest

    def digest_of(self, rulebooks: Iterable[str]) -> str:
        """One hash for the rulebooks that apply together: SHA-256 over theirs, in the order of their ids."""
        return hash_text(hashlib.sha256(b"".join(self.books[id].hash for id in sorted(rulebooks))).digest())

    def of(self, brand: Brand) -> "Law":
        """These rulebooks as a brand has made them stricter for itself, and relaxed them where that is allowed."""
        if brand.rules == HouseRules() and not brand.charity:
            return self
        key = msgspec.json.encode((brand.rules, brand.charity))
        if key not in self._houses:
            books = {id: _relaxed(book, brand.rules) for id, book in self.books.items()}
            if brand.rules.tighten is not None:
                books[OWN] = own_book(brand.rules.tighten)
            self._houses[key] = Law(books, brand.charity, brand.rules.tighten)
        return self._houses[key]

    def in_force(self, now: datetime) -> "Law":
        """These rulebooks without the rules that are not in force on this day."""
        quarter = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
        if quarter not in self._days:
            self._days.clear()
            books = {id: book.in_force(now) for id, book in self.books.items()}
            unchanged = all(book.hash == self.books[id].hash for id, book in books.items())
            self._days[quarter] = self if unchanged else self._law_of(books)
        return self._days[quarter]

    def rule(self, position: Position) -> Ruling:
        """What they say about everyone in this position."""
        ruling = self._rulings.get(position)
        if ruling is None:
            ruling = self._rulings[position] = rule(position, self.books, charity=self.charity)
        return ruling

    def books_of(self, ruling: Ruling) -> list[Rulebook]:
        return [self.books[id] for id in ruling.rulebooks]

    def hours(self, window_class: str, now: datetime) -> Answer:
        """Whether people of this class may be texted now, by the clock."""
        known = self._answers.get(window_class)
        if known is None or not known.since <= now < known.until:
            known = self._answers[window_class] = self._ask(window_class, now)
        return known.answer

    def _ask(self, window_class: str, now: datetime) -> "_Asked":
        answer = quiet_hours.open_window(window_class, self.books, now)
        turns = quiet_hours.turning_points(window_class, self.books, now)
        # Without any turn the answer ends at the horizon, which moves on.
        return _Asked(now, next(turns, now + _QUARTER), answer)

    @cached_property
    def _answers(self) -> "dict[str, _Asked]":
        """What `hours` found, and between which instants it holds."""
        return {}

    @cached_property
    def _rulings(self) -> dict[Position, Ruling]:
        return {}

    @cached_property
    def _days(self) -> dict[datetime, "Law"]:
        return {}

    @cached_property
    def _houses(self) -> dict[bytes, "Law"]:
        return {}

    @cached_property
    def _laws(self) -> dict[tuple[bytes, ...], "Law"]:
        return {}

    def _law_of(self, books: Mapping[str, Rulebook]) -> "Law":
        made = Law(books, self.charity, self.own)
        return self._laws.setdefault(tuple(book.hash for book in books.values()), made)


def _relaxed(book: Rulebook, rules: HouseRules) -> Rulebook:
    """The book without what may be relaxed of it; a rule that has gone, or binds by now, is left as it is."""
    for relaxation in rules.relax:
        owner, _, id = relaxation.rule.partition(".")
        if owner == book.id:
            try:
                book = book.without([id])
            except InvalidRulebook:
                continue
    return book


def own_book(tightening: Tightening) -> Rulebook:
    """What a brand asks of itself, as one more rulebook, which applies wherever any does."""
    digest = hashlib.sha256(msgspec.json.encode(tightening)).digest()
    require = tightening.require
    return Rulebook(
        hash=digest,
        id=OWN,
        version=date.min,
        status=Status.DRAFT,
        scope=Scope(country_codes=(), zones=()),
        sources={},
        quiet_hours=tightening.quiet_hours,
        frequency=tightening.frequency,
        content=Content(require=require) if require else None,
        prohibited_content=tightening.prohibited_content,
    )
