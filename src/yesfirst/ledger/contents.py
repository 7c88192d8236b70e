"""What leaves say: one class per type `t`, one line per public field.

The classes are the specification that docs/evidence.md describes; `PRIVATE` says which private fields a
type must and may commit to in `c`. A decoder of `LeafContent` refuses unknown types and fields.

Known gaps: shapes only. Whether a leaf was allowed where it stands is judged by `fold` and `soundness`.
"""

from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta, Struct

from yesfirst.ledger.canonical import INTEGER_LIMIT
from yesfirst.ledger.text import HASH_PATTERN, ID_PATTERN, TIME_PATTERN, parse_time

Id: TypeAlias = Annotated[str, Meta(pattern=ID_PATTERN)]
Hash: TypeAlias = Annotated[str, Meta(pattern=HASH_PATTERN)]
Time: TypeAlias = Annotated[str, Meta(pattern=TIME_PATTERN)]
Day: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])\Z")]
Count: TypeAlias = Annotated[int, Meta(ge=0, lt=INTEGER_LIMIT)]
Name: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}\Z")]
Code: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}\Z")]
Words: TypeAlias = Annotated[str, Meta(pattern=r"^[ -~]{1,255}\Z")]
Money: TypeAlias = Annotated[str, Meta(pattern=r"^(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})? [A-Z]{3}\Z")]
Names: TypeAlias = Annotated[tuple[Name, ...], Meta(min_length=1, max_length=64)]
NamesOrAll: TypeAlias = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^(?:[a-z0-9][a-z0-9._-]{0,63}|\*)\Z")], ...],
    Meta(min_length=1, max_length=64),
]
Codes: TypeAlias = Annotated[tuple[Code, ...], Meta(min_length=1, max_length=64)]
PrivateField: TypeAlias = Literal[
    "phone", "body", "sender", "proof", "ip", "ua", "url", "text", "carrier_id", "actor", "reason_text"
]

Method: TypeAlias = Literal["web", "keyword", "double", "import", "paper", "call", "api"]
Via: TypeAlias = Literal["reply", "web", "call", "api", "import", "operator", "carrier"]


class Content(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="t"):
    """The head that every leaf has."""

    v: Literal[1]
    rid: Id
    sid: Id | None
    at: Time
    c: dict[PrivateField, Hash]
    times: ClassVar[tuple[str, ...]] = ("at",)

    def __post_init__(self) -> None:
        for field in self.times:
            written = getattr(self, field)
            if written is not None:
                try:
                    parse_time(written)
                except ValueError as error:
                    raise ValueError(f"{field}: {error}") from None

    @property
    def t(self) -> str:
        """The type as it stands in the leaf."""
        return str(self.__struct_config__.tag)


class OfSubject(Content, frozen=True):
    """A leaf about one subject."""

    sid: Id


class OfNobody(Content, frozen=True):
    """A leaf about no single subject."""

    sid: None


class ConsentLeaf(OfSubject, frozen=True):
    """A link of a subject's consent chain; `prev` is the leaf hash of the one before, null for the first."""

    sseq: Count
    prev: Hash | None
    brand: Name
    channel: Name


class Agreement(ConsentLeaf, frozen=True):
    """Somebody agreed to listed purposes; `exp` null means that no end was declared."""

    purpose: Names
    kind: Name
    method: Method
    given: Time
    exp: Time | None
    jur: Code
    lang: Code
    notice: Hash
    privacy: Hash | None
    freq: Words | None
    night: bool
    times: ClassVar[tuple[str, ...]] = ("at", "given", "exp")

    def __post_init__(self) -> None:
        super().__post_init__()
        _refuse_repeats(self.purpose)


class Grant(Agreement, frozen=True, tag="consent.grant"):
    """A consent as first given; with method `double` it waits for a confirm."""


class Confirm(Agreement, frozen=True, tag="consent.confirm"):
    """The second step of a double opt-in; `of` is the leaf hash of the pending grant."""

    of: Hash


class Renew(Agreement, frozen=True, tag="consent.renew"):
    """An open consent was renewed; `of` is the leaf hash of the event that opened it."""

    of: Hash


class Withdraw(ConsentLeaf, frozen=True, tag="consent.withdraw"):
    """Somebody said stop, for listed purposes or for all of them."""

    purpose: NamesOrAll
    via: Via

    def __post_init__(self) -> None:
        super().__post_init__()
        _refuse_repeats(self.purpose)
        if "*" in self.purpose and len(self.purpose) > 1:
            raise ValueError("`*` stands alone")


class DecisionRef(Struct, frozen=True, forbid_unknown_fields=True):
    """The hashes of the message template and of the rulebook in force."""

    template: Hash
    rulebook: Hash


class DenialRef(Struct, frozen=True, forbid_unknown_fields=True):
    """The hash of the rulebook in force."""

    rulebook: Hash


class Verdict(OfSubject, frozen=True):
    """A link of a subject's decision chain; `state` is the hash of consent leaf number `sseq`."""

    mseq: Count
    mprev: Hash | None
    brand: Name
    purpose: Name
    channel: Name
    run: Id


class Decision(Verdict, frozen=True, tag="send.decision"):
    """A message may be handed over until `by`; its `rid` is the message id."""

    state: Hash
    sseq: Count
    by: Time
    verdict: Literal["allow"]
    ref: DecisionRef
    times: ClassVar[tuple[str, ...]] = ("at", "by")


class Denial(Verdict, frozen=True, tag="send.denied"):
    """A message may not be handed over, or not before a person has looked."""

    state: Hash | None
    sseq: Count | None
    verdict: Literal["deny", "review"]
    reasons: Codes
    ref: DenialRef


class AskDecision(OfSubject, frozen=True, tag="ask.decision"):
    """A text that asks about consent event `of` (its leaf hash) may be handed over until `by`; `rid` is its id.

    It asks to confirm a pending grant, once more (`remind`), or to renew what is open. It is no marketing.
    """

    brand: Name
    channel: Name
    kind: Literal["confirm", "remind", "renew"]
    of: Hash
    by: Time
    times: ClassVar[tuple[str, ...]] = ("at", "by")


class NumberReassigned(OfSubject, frozen=True, tag="number.reassigned"):
    """The number has another holder, whom this subject is not: who could tell."""

    brand: Name
    via: Literal["registry", "carrier", "reply", "operator"]


class Abort(OfSubject, frozen=True, tag="send.aborted"):
    """The decided message was not handed over."""

    of: Id
    reason: Code


class Outcome(OfSubject, frozen=True, tag="send.outcome"):
    """What the carrier answered; `unknown` when nobody can tell."""

    of: Id
    result: Literal["accepted", "rejected", "unknown"]
    code: Code | None


class Resolution(OfSubject, frozen=True, tag="send.resolved"):
    """What became of an unknown outcome, and who could tell."""

    of: Id
    result: Literal["accepted", "failed"]
    how: Literal["receipt", "list", "person"]


class RunLeaf(OfNobody, frozen=True):
    """`content` is the hash of the campaign as planned, `audience` the RFC 6962 root over the subject ids."""

    run: Id
    brand: Name
    purpose: Name
    content: Hash
    audience: Hash


class RunPlanned(RunLeaf, frozen=True, tag="run.planned"):
    """An audience was frozen; `counts` has the number of people per accounting bin or reason."""

    counts: dict[Code, Count]


class RunApproved(RunLeaf, frozen=True, tag="run.approved"):
    """Another person approved exactly this content and audience up to this cost, such as `120.00 CNY`."""

    cost_cap: Money


class SubjectErased(OfSubject, frozen=True, tag="subject.erased"):
    """The subject's key was destroyed; `basis` is the ground of the request, `scope` what was erased."""

    basis: Code
    scope: Code


class AccessRevealed(Content, frozen=True, tag="access.revealed"):
    """A person was shown private fields of a subject or of one message."""

    of: Id | None
    fields: Codes


class AccessExported(Content, frozen=True, tag="access.exported"):
    """Evidence left the house: `count` bundles of one run or of one message."""

    run: Id | None
    of: Id | None
    count: Count


class RulebookChanged(OfNobody, frozen=True, tag="rulebook.changed"):
    """Another text of a rulebook was loaded; `before` null for the first."""

    rulebook: Code
    version: Day
    before: Hash | None
    after: Hash


class DraftRulebook(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rulebook that no human has reviewed in full; `memory_rules` of its rules rest on memory."""

    id: Code
    version: Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
    hash: Hash
    status: Code
    memory_rules: Count


class RulebookAcknowledged(OfNobody, frozen=True, tag="rulebook.acknowledged"):
    """A human takes it on themselves that people are texted under these drafts."""

    rulebooks: Annotated[tuple[DraftRulebook, ...], Meta(min_length=1, max_length=512)]


class RulesAdjusted(OfNobody, frozen=True, tag="rules.adjusted"):
    """A brand changed what it asks of itself; `rules` is the SHA-256 of all its adjustments, null for none.

    `relaxed` are the rules that it leaves out from now on; who answers for each, and why, is committed to.
    """

    brand: Name
    rules: Hash | None
    relaxed: Annotated[tuple[Words, ...], Meta(max_length=512)]


class EpochStart(OfNobody, frozen=True, tag="epoch.start"):
    """A restore began this origin with the first `kept` leaves of a log that had shown `size` of them."""

    origin: Words
    size: Count
    root: Hash
    kept: Count


LeafContent: TypeAlias = (
    Grant
    | Confirm
    | Renew
    | Withdraw
    | Decision
    | Denial
    | AskDecision
    | NumberReassigned
    | Abort
    | Outcome
    | Resolution
    | RunPlanned
    | RunApproved
    | SubjectErased
    | AccessRevealed
    | AccessExported
    | RulebookChanged
    | RulebookAcknowledged
    | RulesAdjusted
    | EpochStart
)

_nothing: frozenset[str] = frozenset()
_source = frozenset({"proof", "ip", "ua", "url", "text", "sender", "carrier_id", "actor"})
_phone, _actor = frozenset({"phone"}), frozenset({"actor"})
_act = frozenset({"actor", "reason_text"})

# Type -> the private fields it must commit to, and those it may commit to.
PRIVATE: dict[type[Content], tuple[frozenset[str], frozenset[str]]] = {
    Grant: (_phone, _phone | _source),
    Confirm: (_phone, _phone | _source),
    Renew: (_phone, _phone | _source),
    Withdraw: (_nothing, _phone | _source | _act),
    Decision: (frozenset({"phone", "body", "sender"}), frozenset({"phone", "body", "sender"})),
    Denial: (_nothing, _phone),
    AskDecision: (frozenset({"phone", "body", "sender"}), frozenset({"phone", "body", "sender"})),
    NumberReassigned: (_nothing, _phone | _act),
    Abort: (_nothing, _nothing),
    Outcome: (_nothing, frozenset({"carrier_id"})),
    Resolution: (_nothing, _act | {"carrier_id"}),
    RunPlanned: (_actor, _act),
    RunApproved: (_actor, _act),
    SubjectErased: (_nothing, _act),
    AccessRevealed: (_actor, _act),
    AccessExported: (_actor, _act),
    RulebookChanged: (_nothing, _act),
    RulebookAcknowledged: (_act, _act),
    RulesAdjusted: (_nothing, _act),
    EpochStart: (_nothing, _act),
}


def _refuse_repeats(names: tuple[str, ...]) -> None:
    if len(set(names)) != len(names):
        raise ValueError("a purpose is listed twice")
