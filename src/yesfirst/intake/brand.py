"""A brand file: who texts, in whose name, for which purposes, knowing what about people.

Invariants of a checked Brand: every purpose, language and notice that it names is declared in it; a private
attribute selects nobody; each language has a STOP and a HELP text; registrations, mechanisms and countries are
words of the rulebooks. The notices themselves are other files: `notices` and `start_notice` are their paths,
relative to the brand file.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from zoneinfo import ZoneInfo, available_timezones

import msgspec
import phonenumbers
from msgspec import Struct

from yesfirst.intake import vocabulary
from yesfirst.intake.asking import Form, Replies, check_forms, check_texts
from yesfirst.intake.headerwords import Role
from yesfirst.intake.house_rules import HouseRules, read_house_rules
from yesfirst.intake.schema import validate
from yesfirst.intake.yamlfile import Document, InvalidFile, Path, Problem, near
from yesfirst.rules.attributes import WORDABLE, Attribute
from yesfirst.rules.content import SenderKind

# What a row of people holds besides attributes; an attribute of that name could not be told from it.
RESERVED = frozenset(role.value for role in Role)


class Registration(Struct, frozen=True, kw_only=True):
    """That something is registered, under which reference, and the last day on which that holds."""

    reference: str
    until: date | None = None


class Transfer(Struct, frozen=True, kw_only=True):
    """What allows personal data of one jurisdiction to be processed in another country."""

    origin: str = msgspec.field(name="from")
    to: str
    mechanism: str
    reference: str
    recorded: date


class Sender(Struct, frozen=True, kw_only=True):
    """What carries the texts; `per_second` is what the carrier allows it, in messages.

    `processed_in` is the country where the carrier sees numbers and texts; Twilio's servers are American.
    """

    id: str
    carrier: str
    per_second: int
    messaging_service_sid: str | None = None
    number: str | None = None
    signature: str | None = None
    kind: SenderKind | None = None
    processed_in: str = "US"
    registrations: dict[str, Registration] = {}

    @property
    def appears_as(self) -> SenderKind:
        """What people see texts come from: as declared, else what the address is."""
        if self.kind is not None:
            return self.kind
        if self.messaging_service_sid is not None:
            return SenderKind.SERVICE
        return SenderKind.NUMBER if self.address.startswith("+") else SenderKind.SHORT_CODE

    @property
    def address(self) -> str:
        """The messaging service or the number that the carrier knows it by."""
        return self.messaging_service_sid or self.number or ""


class Brand(Struct, frozen=True, kw_only=True):
    """A checked brand. `purposes` are titles by id; `zone` is the time zone of dates without one.

    `countries` are where it means to text, `default_region` if it says nothing; `charity`, whether the controller
    is one.
    """

    id: str
    name: str
    controller: str
    contact: str
    languages: tuple[str, ...]
    default_region: str
    zone: str
    senders: tuple[Sender, ...]
    purposes: dict[str, str]
    attributes: dict[str, Attribute]
    notices: tuple[str, ...]
    replies: Replies
    start_notice: str | None = None
    forms: dict[str, Form] = {}
    charity: bool = False
    countries: tuple[str, ...] = ()
    registrations: dict[str, Registration] = {}
    transfers: tuple[Transfer, ...] = ()
    rules: HouseRules = HouseRules()

    @property
    def time_zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def reached(self) -> tuple[str, ...]:
        return self.countries or (self.default_region,)


def check(document: Document) -> Brand:
    """The brand that the file declares; InvalidFile with every problem found."""
    problems = validate(document, "brand")
    if problems:
        raise InvalidFile(document.source, problems)
    plain = msgspec.convert(document.value, dict[str, object])
    house, faults = read_house_rules(document, plain.pop("rules", {}))
    brand = msgspec.convert({**plain, "rules": house}, Brand)
    problems = [
        *faults,
        *_region_and_zone(document, brand),
        *_standing(document, brand),
        *_senders(document, brand),
        *_attributes(document, brand),
        *_references(document, brand),
    ]
    if problems:
        raise InvalidFile(document.source, problems)
    return brand


def _region_and_zone(document: Document, brand: Brand) -> list[Problem]:
    problems = []
    if brand.default_region not in phonenumbers.SUPPORTED_REGIONS:
        problems.append(document.problem(("default_region",), "is no region with phone numbers"))
    if brand.zone not in available_timezones():
        hint = near(brand.zone, available_timezones())
        problems.append(document.problem(("zone",), f'unknown time zone "{brand.zone}"', hint))
    return problems


def _standing(document: Document, brand: Brand) -> list[Problem]:
    """Where the brand reaches, and what allows it to: words that rulebooks must know."""
    problems = [
        document.problem(
            ("countries", index), f'there is no rulebook for "{country}"', near(country, vocabulary.places())
        )
        for index, country in enumerate(brand.countries)
        if not vocabulary.books_of(country)
    ]
    for index, transfer in enumerate(brand.transfers):
        path: Path = ("transfers", index, "mechanism")
        problems += _known(document, path, [transfer.mechanism], vocabulary.mechanisms(), "mechanism")
    problems += check_registrations(document, ("registrations",), brand.registrations)
    for index, sender in enumerate(brand.senders):
        problems += check_registrations(document, ("senders", index, "registrations"), sender.registrations)
    return problems


def check_registrations(document: Document, path: Path, declared: Mapping[str, object]) -> list[Problem]:
    """A problem for each registration that no rulebook knows."""
    known = vocabulary.registrations()
    return [
        document.problem((*path, name), f'unknown registration "{name}"', near(name, known), key=True)
        for name in declared
        if name not in known
    ]


def _senders(document: Document, brand: Brand) -> list[Problem]:
    problems = []
    for index, sender in enumerate(brand.senders):
        path: Path = ("senders", index)
        if (sender.messaging_service_sid is None) == (sender.number is None):
            problems.append(document.problem(path, "needs either messaging_service_sid or number"))
        if sender.id in [earlier.id for earlier in brand.senders[:index]]:
            problems.append(document.problem((*path, "id"), f'sender "{sender.id}" is declared twice'))
    return problems


def _attributes(document: Document, brand: Brand) -> list[Problem]:
    problems = []
    owners: dict[str, str] = {}
    for name, attribute in brand.attributes.items():
        path: Path = ("attributes", name)
        if name in RESERVED:
            problems.append(document.problem(path, f'"{name}" has a meaning of its own', key=True))
        # PIPL article 6: personal data that may select people stays with what selecting needs.
        if attribute.private and attribute.select:
            problems.append(document.problem((*path, "select"), "a private attribute can't select people"))
        if attribute.personalise and attribute.type not in WORDABLE:
            problems.append(
                document.problem((*path, "personalise"), f"a {attribute.type} has no wording for a text")
            )
        for use in ("select", "personalise"):
            problems += _known(document, (*path, use), getattr(attribute, use), brand.purposes, "purpose")
        for alias in attribute.aliases:
            owner = owners.setdefault(alias.casefold(), name)
            if owner != name:
                problems.append(document.problem((*path, "aliases"), f'"{alias}" also names "{owner}"'))
    return problems


def _references(document: Document, brand: Brand) -> list[Problem]:
    problems = []
    if brand.start_notice is not None:
        problems += _known(document, ("start_notice",), [brand.start_notice], brand.notices, "notice")
    problems += check_texts(document, brand.replies, brand.languages)
    problems += check_forms(
        document,
        brand.forms,
        notices=brand.notices,
        senders=tuple(sender.id for sender in brand.senders),
        replies=brand.replies,
    )
    return problems


def _known(
    document: Document, path: Path, names: Iterable[str], declared: Iterable[str], noun: str
) -> list[Problem]:
    """A problem for each name that the brand does not declare."""
    words = set(declared)
    return [
        document.problem(path, f'unknown {noun} "{name}"', near(name, words))
        for name in names
        if name not in words
    ]
