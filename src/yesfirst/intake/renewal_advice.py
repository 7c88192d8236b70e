"""What rulebooks find missing in the text that asks to renew, for each language and place.

In some places it is marketing, in others every text must say as much, so all of them are asked. People whose place
wants more than the text says are not asked to renew.
"""

from collections.abc import Iterator
from datetime import datetime

from yesfirst.intake.advice import Gap, source_of, words_for
from yesfirst.intake.asking import fill
from yesfirst.intake.brand import Brand
from yesfirst.intake.offer import voice_of
from yesfirst.intake.vocabulary import books_of
from yesfirst.rules.content import request_findings
from yesfirst.rules.rulebook import rules_of
from yesfirst.rules.sections import Requirement
from yesfirst.rules.wording import Wording, read_wording

_SOME_DAY = "2030-01-31"


def renewal_wordings(brand: Brand) -> dict[str, Wording]:
    """What the texts that ask to renew say, by language, as its first sender's."""
    voice = voice_of(brand, brand.senders[0])
    days = {"since": _SOME_DAY, "until": _SOME_DAY}
    return {language: read_wording(fill(text, days), voice) for language, text in brand.replies.renew.items()}


def renewal_gaps(brand: Brand, now: datetime) -> tuple[Gap, ...]:
    """The gaps of each text at each place that the brand reaches."""
    return tuple(
        gap
        for language, wording in renewal_wordings(brand).items()
        for place in brand.reached
        for gap in _gaps(brand, language, wording, place, now)
    )


def _gaps(brand: Brand, language: str, wording: Wording, place: str, now: datetime) -> Iterator[Gap]:
    relaxed = {each.rule for each in brand.rules.relax}
    for book in books_of(place):
        rules = dict(rules_of(book))
        for finding in request_findings(wording, [book.in_force(now)]):
            if finding.rule is None or finding.rule in relaxed:
                continue
            rule = rules[finding.rule.removeprefix(f"{book.id}.")]
            if isinstance(rule, Requirement):
                yield Gap(
                    place=place,
                    language=language,
                    missing=finding.reason,
                    rule=finding.rule,
                    source=source_of(book, rule),
                    confidence=rule.conf,
                    tier=rule.tier,
                    write=words_for(rule, wording, brand, brand.senders[0]),
                )
