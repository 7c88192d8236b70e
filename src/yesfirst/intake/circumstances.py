"""What the law asks about a person besides their consent: cells read, and what several records add up to.

Invariants: a blank cell says nothing; a word that is on no list is refused with the nearest one, never repeated.
Time zones belong to the residence that they were said with: a new residence without zones forgets the old ones.
"""

from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from unicodedata import normalize

import msgspec
from msgspec import Struct

from yesfirst.intake import vocabulary
from yesfirst.intake.cells import InvalidCell, read_text, read_value
from yesfirst.intake.dates import YEARS_OF_BIRTH, DateOrder, read_date
from yesfirst.intake.headerwords import Role
from yesfirst.intake.residence import Unknown, read_place, read_zones
from yesfirst.intake.result import RowReason
from yesfirst.rules.attributes import AttributeType
from yesfirst.rules.position import Recipient
from yesfirst.rules.ruling import GUARDIAN

_RECIPIENT_WORDS = {
    Recipient.INDIVIDUAL: "individual, person, private, consumer, 个人, 個人, 自然人, 消费者, 개인",
    Recipient.CORPORATE: (
        "corporate, company, corporation, organisation, organization, 企业, 企業, 公司, 单位, 法人, 기업, 법인, 회사"
    ),
    Recipient.BUSINESS_ROLE: "business role, role, 岗位, 职务, 企业联系人, 业务联系人, 업무담당자, 담당자",
}
_RECIPIENTS = {word: kind for kind, words in _RECIPIENT_WORDS.items() for word in words.split(", ")}
_EVENT_WORDS = {
    "application": "申请, 신청",
    "contract": "合同, 签约, 계약",
    "inquiry": "咨询, 询问, 문의, enquiry",
    "lease": "租赁, 임대",
    "member": "会员, 회원",
    "negotiation": "洽谈, 谈判, 협상",
    "ongoing_customer": "现有客户, 在网客户, 이용고객",
    "purchase": "购买, 消费, 下单, 구매, 구입",
    "quote": "询价, 报价, 견적",
    "subscriber": "订户, 订阅用户, 구독자",
}
_EVENTS = {word: event for event, words in _EVENT_WORDS.items() for word in words.split(", ")}
_REASONS = {
    Role.RESIDENCE: RowReason.PLACE_UNKNOWN,
    Role.BILLING: RowReason.PLACE_UNKNOWN,
    Role.TIME_ZONE: RowReason.TIME_ZONE_UNKNOWN,
    Role.RECIPIENT: RowReason.RECIPIENT_UNKNOWN,
    Role.BORN: RowReason.BORN_INVALID,
    Role.RELATIONSHIP: RowReason.RELATIONSHIP_UNKNOWN,
    Role.GUARDIAN: RowReason.ATTRIBUTE_INVALID,
}


class InvalidFact(InvalidCell):
    """A cell that doesn't hold the fact of its role: why, and the nearest word that would do, if one is near."""

    def __init__(self, role: Role, hint: str = "") -> None:
        super().__init__(_REASONS[role])
        self.role = role
        self.reason = _REASONS[role]
        self.hint = hint


class Circumstances(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a person belongs, who they are to the law, and what it asks of their consent; None is not said.

    `relationship` is an event of the rulebooks on which the consent rests. `guardian` tells that a guardian's consent
    is on file; the file, whose digest is in evidence, holds its reference.
    """

    residence: str | None = None
    billing: str | None = None
    zones: tuple[str, ...] = ()
    recipient: Recipient | None = None
    born: date | None = None
    relationship: str | None = None
    guardian: bool = False

    def __repr__(self) -> str:
        return "Circumstances()"

    @property
    def on_record(self) -> tuple[str, ...]:
        """What a consent's record holds of them, in the words of the rulebooks."""
        return (GUARDIAN,) if self.guardian else ()

    def over(self, lesser: "Circumstances") -> "Circumstances":
        """These, and from the lesser what these don't say; what is about the consent isn't taken from another's."""
        moved = self.residence is not None and self.residence != lesser.residence
        return msgspec.structs.replace(
            self,
            residence=self.residence or lesser.residence,
            billing=self.billing or lesser.billing,
            zones=self.zones or (() if moved else lesser.zones),
            recipient=self.recipient or lesser.recipient,
            born=self.born or lesser.born,
        )


NOTHING_SAID = Circumstances()


def read_circumstances(
    cells: Mapping[Role, str], *, home: str, today: date, order: DateOrder | None = None
) -> Circumstances:
    """What the cells of these roles say; raises InvalidFact for the first that can't be understood.

    `home` is the region of the brand, in which a bare code of a state is no country's; nobody is born after `today`.
    """
    said = {role: text for role, cell in cells.items() if (text := _text(role, cell)) is not None}
    return Circumstances(
        residence=_place(said, Role.RESIDENCE, home),
        billing=_place(said, Role.BILLING, home),
        zones=_zones(said),
        recipient=_recipient(said),
        born=_born(said, today, order),
        relationship=_relationship(said),
        guardian=_guardian(said),
    )


def _text(role: Role, cell: str) -> str | None:
    try:
        return read_text(cell)
    except InvalidCell:
        raise InvalidFact(role) from None


def _place(said: Mapping[Role, str], role: Role, home: str) -> str | None:
    try:
        return read_place(said[role], home) if role in said else None
    except Unknown as error:
        raise InvalidFact(role, error.hint) from None


def _zones(said: Mapping[Role, str]) -> tuple[str, ...]:
    try:
        return read_zones(said.get(Role.TIME_ZONE, ""))
    except Unknown as error:
        raise InvalidFact(Role.TIME_ZONE, error.hint) from None


def _recipient(said: Mapping[Role, str]) -> Recipient | None:
    if Role.RECIPIENT not in said:
        return None
    word = _plain(said[Role.RECIPIENT]).replace("_", " ")
    if word not in _RECIPIENTS:
        close = get_close_matches(word, _RECIPIENTS, n=1)
        raise InvalidFact(Role.RECIPIENT, _RECIPIENTS[close[0]] if close else "")
    return _RECIPIENTS[word]


def _born(said: Mapping[Role, str], today: date, order: DateOrder | None) -> date | None:
    if Role.BORN not in said:
        return None
    written = read_date(said[Role.BORN], order, YEARS_OF_BIRTH)
    if written is None or written.day > today:
        raise InvalidFact(Role.BORN)
    return written.day


def _relationship(said: Mapping[Role, str]) -> str | None:
    if Role.RELATIONSHIP not in said:
        return None
    word = _plain(said[Role.RELATIONSHIP]).replace(" ", "_")
    event = _EVENTS.get(word, word)
    if event not in vocabulary.events():
        close = get_close_matches(event, vocabulary.events(), n=1)
        raise InvalidFact(Role.RELATIONSHIP, close[0] if close else "")
    return event


def _guardian(said: Mapping[Role, str]) -> bool:
    """Yes, or a reference to where the guardian's consent is."""
    try:
        return (
            read_value(said.get(Role.GUARDIAN, ""), AttributeType.FLAG) is not False and Role.GUARDIAN in said
        )
    except InvalidCell:
        return True


def _plain(text: str) -> str:
    return normalize("NFKC", text).casefold().replace("-", "_")
