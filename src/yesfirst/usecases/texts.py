"""What the rules say about the texts of a run: the same for everyone under a ruling who gets one language."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache

import msgspec

from yesfirst.intake.brand import Brand
from yesfirst.intake.campaign import Campaign
from yesfirst.intake.offer import offer_of, sender_of, voice_of
from yesfirst.rules import content
from yesfirst.rules.content import Offer
from yesfirst.rules.decision import Facts
from yesfirst.rules.finding import Finding
from yesfirst.rules.reason import Reason, in_order
from yesfirst.rules.ruling import Ruling
from yesfirst.rules.wording import Wording, read_wording
from yesfirst.store.runs import StoredRun
from yesfirst.usecases.brand_law import BrandLaw
from yesfirst.usecases.law import Law


@dataclass(frozen=True, slots=True)
class Said:
    """A text's wording, and what the brand has on record for it."""

    wording: Wording
    offer: Offer


@dataclass(frozen=True, slots=True)
class Texts:
    """What is said in each language; `default` is said to people whose message names none."""

    law: Law
    said: Mapping[str, Said]
    default: str
    _found: dict[tuple[Ruling, str], tuple[Finding, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, run: StoredRun, standing: BrandLaw, now: datetime) -> "Texts":
        """Those of a run, with what is on record on this day."""
        return cls.of_campaign(msgspec.json.decode(run.declared, type=Campaign), standing, now)

    @classmethod
    def of_campaign(cls, campaign: Campaign, standing: BrandLaw, now: datetime) -> "Texts":
        brand = standing.brand
        today = now.astimezone(brand.time_zone).date()
        encoded = msgspec.json.encode(campaign), msgspec.json.encode(brand)
        return cls(standing.law, _said(*encoded, today), campaign.default_language)

    def findings(self, ruling: Ruling, language: str) -> tuple[Finding, ...]:
        """Everything against the text of this language for people under the ruling."""
        key = (ruling, language)
        if key not in self._found:
            said = self.said.get(language) or self.said[self.default]
            self._found[key] = (
                *content.findings(said.wording, said.offer, self.law.books_of(ruling)),
                *content.out_of_scope(said.offer, ruling.similar_only),
            )
        return self._found[key]

    def added_to(self, facts: Facts, language: str) -> Facts:
        """The facts of a person who is to get the text of this language."""
        said = self.said.get(language) or self.said[self.default]
        return replace(facts, wording=said.wording, offer=said.offer)

    def against(self, ruling: Ruling, language: str) -> tuple[Reason, ...]:
        return in_order(finding.reason for finding in self.findings(ruling, language))


@lru_cache(maxsize=64)
def _said(campaign_json: bytes, brand_json: bytes, today: date) -> Mapping[str, Said]:
    """Read once a day for each campaign and brand as they stand, not once a batch."""
    campaign = msgspec.json.decode(campaign_json, type=Campaign)
    brand = msgspec.json.decode(brand_json, type=Brand)
    voice = voice_of(brand, sender_of(brand, campaign))
    return {
        language: Said(read_wording(template, voice), offer_of(brand, campaign, language, today))
        for language, template in campaign.templates.items()
    }
