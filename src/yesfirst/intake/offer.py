"""What stands behind a campaign's texts, as its files declare it: the values that rulebooks are held against."""

from collections.abc import Mapping
from datetime import date

from yesfirst.intake.brand import Brand, Registration, Sender
from yesfirst.intake.campaign import Campaign
from yesfirst.rules.content import Offer
from yesfirst.rules.wording import Voice


def sender_of(brand: Brand, campaign: Campaign) -> Sender:
    return next(sender for sender in brand.senders if sender.id == campaign.sender)


def voice_of(brand: Brand, sender: Sender) -> Voice:
    """By what this sender's texts are known as the brand's."""
    return Voice(names=(brand.name,), contact=brand.contact, signature=sender.signature)


def offer_of(brand: Brand, campaign: Campaign, language: str, day: date) -> Offer:
    """What the brand has on record for the campaign's text in a language, as of a day."""
    sender = sender_of(brand, campaign)
    held = (
        _holding(each, day) for each in (brand.registrations, sender.registrations, campaign.registrations)
    )
    return Offer(
        registered=frozenset(campaign.registered.get(language, ())).union(*held),
        sender_kind=sender.appears_as,
        topics=frozenset(campaign.topics),
        goods=campaign.goods,
        targeted=campaign.targeted,
        non_personalised_option=campaign.non_personalised is not None,
        transfers=frozenset(
            (each.origin, each.mechanism)
            for each in brand.transfers
            if each.to == sender.processed_in and each.recorded <= day
        ),
        processed_in=sender.processed_in,
    )


def _holding(registrations: Mapping[str, Registration], day: date) -> set[str]:
    return {name for name, each in registrations.items() if each.until is None or day <= each.until}
