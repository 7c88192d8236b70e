"""Check a campaign before anybody is chosen: what its texts lack in the places that its brand reaches."""

from dataclasses import dataclass
from datetime import UTC, datetime

from yesfirst.intake.advice import Gap, campaign_gaps
from yesfirst.intake.brand import Brand
from yesfirst.intake.campaign import Campaign


@dataclass(frozen=True, slots=True)
class Checked:
    """A campaign that can be planned; not `valid` where nobody in one of the `places` could be texted."""

    campaign: str
    brand: str
    purpose: str
    languages: list[str]
    places: list[str]
    valid: bool
    gaps: list[Gap]

    @property
    def stopped(self) -> list[str]:
        """Where nobody could be texted."""
        return sorted({gap.place for gap in self.gaps if gap.stops})


def check(brand: Brand, campaign: Campaign) -> Checked:
    """What the rulebooks in force now find missing."""
    gaps = campaign_gaps(brand, campaign, datetime.now(UTC))
    return Checked(
        campaign=campaign.id,
        brand=campaign.brand,
        purpose=campaign.purpose,
        languages=list(campaign.message),
        places=list(brand.reached),
        valid=not any(gap.stops for gap in gaps),
        gaps=list(gaps),
    )
