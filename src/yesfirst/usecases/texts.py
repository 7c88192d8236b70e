"""What the rules say about the texts of a run: the same for everyone under a ruling who gets one language."""

from dataclasses import dataclass, field

import msgspec

from yesfirst.intake.brand import Brand
from yesfirst.intake.campaign import Campaign
from yesfirst.rules import content
from yesfirst.rules.content import Offer
from yesfirst.rules.finding import Finding
from yesfirst.rules.reason import Reason, in_order
from yesfirst.rules.ruling import Ruling
from yesfirst.rules.wording import Wording
from yesfirst.store.runs import StoredRun
from yesfirst.usecases.brand_law import BrandLaw
from yesfirst.usecases.law import Law


@dataclass(slots=True)
class Texts:
    """The wordings of a campaign by language, and what the brand has on record for it now."""

    law: Law
    wordings: dict[str, Wording]
    default: str
    offer: Offer
    _found: dict[tuple[Ruling, str], tuple[Finding, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, run: StoredRun, standing: BrandLaw) -> "Texts":
        return cls.of_campaign(msgspec.json.decode(run.declared, type=Campaign), standing)

    @classmethod
    def of_campaign(cls, campaign: Campaign, standing: BrandLaw) -> "Texts":
        brand = standing.brand
        return cls(standing.law, campaign.wordings(brand), campaign.default_language, campaign.offer(brand))

    def findings(self, ruling: Ruling, language: str) -> tuple[Finding, ...]:
        """Everything against the text of this language for people under the ruling."""
        key = (ruling, language)
        if key not in self._found:
            wording = self.wordings.get(language) or self.wordings[self.default]
            self._found[key] = (
                *content.findings(wording, self.offer, self.law.books_of(ruling)),
                *content.out_of_scope(self.offer, ruling.similar_only),
            )
        return self._found[key]

    def against(self, ruling: Ruling, language: str) -> tuple[Reason, ...]:
        return in_order(finding.reason for finding in self.findings(ruling, language))
