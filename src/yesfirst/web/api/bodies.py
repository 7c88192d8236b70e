"""What callers send, with an example of each that /schema shows and a test sends.

Files (brands, campaigns) come as the value that their YAML would have; the same checks read them.
"""

import hashlib
from datetime import datetime
from typing import Annotated, Any

from litestar.openapi.spec import Example
from litestar.params import BodyKwarg
from msgspec import Meta, Struct

from yesfirst.ledger.text import hash_text
from yesfirst.rules.reason_words import Language
from yesfirst.usecases.person import Method
from yesfirst.usecases.review import Resolution

MOST_PEOPLE = 1_000
MOST_DAYS = 3_650
Instant = Annotated[datetime, Meta(tz=True)]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]

_NOTICE = """---
id: corner-cafe-offers
version: 2026-01-01
language: en
kind: express_written
purposes: [marketing.offers]
shows: [signature, not_condition_of_purchase_disclosure]
---
Yes: Corner Cafe Ltd may send me recurring marketing texts about its offers, also by automated means. Agreeing is
not a condition of any purchase. Reply STOP to end, HELP for help. Message and data rates may apply.
"""
_NUMBER = "+12025550143"


class AppliedFiles(Struct, frozen=True):
    """`brand` is the value of a brand file; `notices` the texts of the notice files that it names."""

    brand: dict[str, Any]
    notices: dict[str, str]


class NewPerson(Struct, frozen=True, kw_only=True):
    """A consent, and what is said of the person besides.

    `notice` is the SHA-256 of the wording that was shown, as the brand lists it. `expires` must be said: null means
    that the notice set no end. What the law asks about, from `residence` on, and `attributes` are written as in a
    cell of a file. Where the notice rests on a relationship, `given` is the instant of that.

    `method` is how they agreed: `call` and `paper` are acts of the person's own, and need the `proof`, the SHA-256 of
    the recording or the scan. With `confirm` nothing counts before the number itself has replied `Y` to a question
    that goes out now; attributes and the like are to be sent afterwards.
    """

    brand: str
    number: str
    purpose: str
    notice: str
    given: Instant
    expires: Instant | None
    language: str | None = None
    external_id: str | None = None
    residence: str | None = None
    billing: str | None = None
    time_zone: str | None = None
    recipient: str | None = None
    born: str | None = None
    relationship: str | None = None
    guardian: str | None = None
    attributes: dict[str, str] = {}
    method: Method = Method.API
    proof: Sha256 | None = None
    confirm: bool = False

    def __repr__(self) -> str:
        return f"NewPerson(brand={self.brand})"


class Numbered(Struct, frozen=True):
    """A number, as people write it, in its relation to a brand."""

    brand: str
    number: str

    def __repr__(self) -> str:
        return f"Numbered(brand={self.brand})"


class Withdrawing(Struct, frozen=True, kw_only=True):
    """What a number withdraws: purposes of a brand, or everything where none is named.

    `everywhere` is from every brand of its controller, for keys of all brands. A commitment to the `reason` is kept.
    """

    brand: str
    number: str
    purposes: list[str] = []
    everywhere: bool = False
    reason: str | None = None

    def __repr__(self) -> str:
        return f"Withdrawing(brand={self.brand})"


class Resolving(Struct, frozen=True):
    """What a reply or a wish was: `stop` or `keep` of a reply, `done` of the others."""

    resolution: Resolution


class Explaining(Struct, frozen=True, kw_only=True):
    """Whether a number may be texted for a purpose `at` an instant (null: now).

    With `run` the text of that run is judged too; without, no text is.
    """

    brand: str
    number: str
    purpose: str
    at: Instant | None = None
    language: Language = Language.ENGLISH
    run: str | None = None

    def __repr__(self) -> str:
        return f"Explaining(brand={self.brand})"


class OwnNumber(Struct, frozen=True):
    """A number, as people write it, of somebody who wants to see a text before others get it."""

    number: str

    def __repr__(self) -> str:
        return "OwnNumber()"


class Renewing(Struct, frozen=True):
    """Consents to `purpose` that end `within_days`; with `dry_run` nobody is asked."""

    purpose: str
    within_days: Annotated[int, Meta(ge=1, le=MOST_DAYS)]
    dry_run: bool = False


_BRAND_EXAMPLE = {
    "brand": {
        "id": "corner-cafe",
        "name": "Corner Cafe",
        "controller": "Corner Cafe Ltd",
        "contact": "help@corner-cafe.example",
        "languages": ["en"],
        "default_region": "US",
        "zone": "America/New_York",
        "senders": [
            {
                "id": "corner-cafe-sms",
                "carrier": "twilio",
                "messaging_service_sid": "MG" + "c" * 32,
                "per_second": 20,
                "registrations": {"us_10dlc_brand_campaign": {"reference": "C0000000"}},
            }
        ],
        "purposes": {"marketing.offers": "Offers of the week"},
        "attributes": {
            "first_name": {"type": "text", "private": True, "personalise": ["marketing.offers"]},
            "shop": {"type": "text", "select": ["marketing.offers"]},
        },
        "notices": ["offers.en.md"],
        "replies": {
            "stop": {"en": "Corner Cafe: you are unsubscribed and will get no more texts from us."},
            "help": {"en": "Corner Cafe: offers. Help: help@corner-cafe.example. Reply STOP to end"},
            "renew": {"en": "Corner Cafe: you agreed to texts until {until}. Reply Y to renew, STOP to end"},
        },
    },
    "notices": {"offers.en.md": _NOTICE},
}
_PERSON_EXAMPLE = {
    "brand": "corner-cafe",
    "number": _NUMBER,
    "purpose": "marketing.offers",
    "notice": hash_text(hashlib.sha256(_NOTICE.encode()).digest()),
    "given": "2026-02-01T09:30:00Z",
    "expires": "2036-02-01T00:00:00Z",
    "language": "en",
    "residence": "US-DC",
    "attributes": {"first_name": "Ada", "shop": "Harbour"},
}
_OTHER_EXAMPLE = {**_PERSON_EXAMPLE, "number": "+12025550144", "attributes": {"first_name": "Grace"}}
TABLE_EXAMPLE = """mobile,consent date,valid until,first_name,shop
+12025550145,2026-02-01,2036-02-01,Alan,Harbour
+12025550146,2026-02-03,2036-02-03,Joan,Market
"""
_NUMBER_EXAMPLE = {"brand": "corner-cafe", "number": _NUMBER}
_WITHDRAW_EXAMPLE = {**_NUMBER_EXAMPLE, "purposes": ["marketing.offers"], "reason": "too many texts"}
_OTHER_WITHDRAWAL = {"brand": "corner-cafe", "number": "+12025550144", "everywhere": True}
_EXPLAIN_EXAMPLE = {**_NUMBER_EXAMPLE, "purpose": "marketing.offers", "language": "en"}
_CAMPAIGN_EXAMPLE = {
    "id": "corner-cafe-friday",
    "brand": "corner-cafe",
    "purpose": "marketing.offers",
    "sender": "corner-cafe-sms",
    "audience": {"where": {"attribute": "shop", "in": ["Harbour"]}},
    "message": {"en": "Corner Cafe: {first_name|Hello}, two for one this Friday. HELP for help, STOP to end"},
    "missing": "fallback",
    "window": {"opens": "now", "closes": "+3d"},
    "pace": {"per_second": 10},
    "cost": {"price_per_part": "0.0079", "currency": "USD", "cap": "25.00"},
}


def _shown(value: object) -> BodyKwarg:
    return BodyKwarg(examples=[Example(value=value)])


BrandBody = Annotated[AppliedFiles, _shown(_BRAND_EXAMPLE)]
PeopleBody = Annotated[
    list[NewPerson],
    BodyKwarg(
        examples=[Example(value=[_PERSON_EXAMPLE, _OTHER_EXAMPLE])], min_items=1, max_items=MOST_PEOPLE
    ),
]
PersonBody = Annotated[NewPerson, _shown(_PERSON_EXAMPLE)]
WithdrawBody = Annotated[Withdrawing, _shown(_WITHDRAW_EXAMPLE)]
WithdrawalsBody = Annotated[
    list[Withdrawing],
    BodyKwarg(
        examples=[Example(value=[_WITHDRAW_EXAMPLE, _OTHER_WITHDRAWAL])], min_items=1, max_items=MOST_PEOPLE
    ),
]
ResolveBody = Annotated[Resolving, _shown({"resolution": "stop"})]
NumberBody = Annotated[Numbered, _shown(_NUMBER_EXAMPLE)]
ExplainBody = Annotated[Explaining, _shown(_EXPLAIN_EXAMPLE)]
OwnNumberBody = Annotated[OwnNumber, _shown({"number": _NUMBER})]
CampaignBody = Annotated[dict[str, Any], _shown(_CAMPAIGN_EXAMPLE)]
RenewBody = Annotated[Renewing, _shown({"purpose": "marketing.offers", "within_days": 30, "dry_run": False})]
