"""What rulebooks find missing in a campaign's texts, before anybody is chosen: where it is asked, what to write.

Every text is held against every place that the brand means to reach, since a person's language doesn't tell where
they live. A gap stops a place when no text of the campaign is without one there: then nobody there can be texted.
Rules that the brand has relaxed are left out; those not in force on the day are too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from yesfirst.intake.brand import Brand, Sender
from yesfirst.intake.campaign import Campaign
from yesfirst.intake.offer import offer_of, sender_of, voice_of
from yesfirst.intake.vocabulary import books_of
from yesfirst.rules.content import findings
from yesfirst.rules.rule import Rule
from yesfirst.rules.rulebook import Rulebook, rules_of
from yesfirst.rules.sections import CrossBorder, ProhibitedContent, Registration, Requirement
from yesfirst.rules.wording import Wording, read_wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One thing that is missing for the people of a place, the rule that asks for it, and what to write.

    `rule` None is the product's own wish; `stops` says that nobody of the place can be texted for it.
    """

    place: str
    language: str
    missing: str
    rule: str | None
    source: str
    confidence: str
    tier: str
    write: str
    stops: bool = True


def campaign_gaps(brand: Brand, campaign: Campaign, now: datetime) -> tuple[Gap, ...]:
    """The gaps of each text at each place, those that stop somebody first."""
    gaps: list[Gap] = []
    for place in brand.reached:
        by_text = {language: [*_gaps(brand, campaign, place, language, now)] for language in campaign.message}
        stops = all(by_text.values())
        gaps += [replace(gap, stops=stops) for found in by_text.values() for gap in found]
    return tuple(sorted(gaps, key=lambda gap: not gap.stops))


def _gaps(brand: Brand, campaign: Campaign, place: str, language: str, now: datetime) -> Iterator[Gap]:
    sender = sender_of(brand, campaign)
    wording = read_wording(campaign.templates[language], voice_of(brand, sender))
    offer = offer_of(brand, campaign, language, now.astimezone(brand.time_zone).date())
    relaxed = {each.rule for each in brand.rules.relax}
    for book in books_of(place):
        rules = dict(rules_of(book))
        for finding in findings(wording, offer, [book.in_force(now)]):
            if finding.rule is None or finding.rule in relaxed:
                continue
            rule = rules[finding.rule.removeprefix(f"{book.id}.")]
            yield Gap(
                place=place,
                language=language,
                missing=finding.reason,
                rule=finding.rule,
                source=source_of(book, rule),
                confidence=rule.conf,
                tier=rule.tier,
                write=_advice(rule, wording, brand, sender, language),
            )


def source_of(book: Rulebook, rule: Rule) -> str:
    """Where a rule comes from, as a person would look it up."""
    titles = [book.sources[cited].title for cited in rule.cite]
    return "; ".join([rule.provision, *titles] if rule.provision else titles) or "no source is named"


def _advice(rule: Rule, wording: Wording, brand: Brand, sender: Sender, language: str) -> str:
    match rule:
        case Requirement():
            return words_for(rule, wording, brand, sender)
        case Registration(applies_to="template"):
            return f"in the campaign: templates: {{{language}: {{{rule.id}: REFERENCE}}}}"
        case Registration():
            owner = "campaign" if rule.applies_to in ("campaign", "consent") else "brand or the sender"
            return f"once it is registered, in the {owner}: registrations: {{{rule.id}: {{reference: …}}}}"
        case ProhibitedContent():
            found = sorted(wording.items.intersection(rule.items)) or ["the topic"]
            return f"leave out {', '.join(found)}; or relax the rule in the brand file, with a reason"
        case CrossBorder():
            kinds = ", ".join(rule.mechanisms)
            return f"in the brand: transfers: one to {sender.processed_in} by a mechanism on record ({kinds})"
        case _:
            return "offer the same without choosing people: non_personalised: CAMPAIGN; or say how to refuse"


def words_for(rule: Requirement, wording: Wording, brand: Brand, sender: Sender) -> str:
    """What the text itself should say."""
    match rule.what:
        case "label":
            found = f"; {wording.label} there does not count" if wording.label else ""
            return f"begin with {rule.form}, before anything else{found}"
        case "sender_name":
            signed = (rule.form or "").startswith("【")
            return f"begin with {sender.signature or f'【{brand.name}】'}" if signed else f"name {brand.name}"
        case "contact":
            return f"give a contact: {brand.contact}"
        case _:
            ways = " or ".join(rule.examples or [rule.form or "Reply STOP to end"])
            return f"say how to refuse: {ways}" + (", at the end" if rule.position == "end" else "")
