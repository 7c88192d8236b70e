"""What is remembered: the tables of PostgreSQL, one class a table.

Ids are 16 random bytes, never derived from a number. Phone numbers, texts, names, external ids and the names
of operators stand only in columns that end in `_sealed` (AES-256-GCM under a key of the subject or the record)
or as keyed look-up hashes. Columns that change on the hot path (`message.state`, `subject.mseq`) are in no
index, so that PostgreSQL can update rows in place; the tables they are in keep half of each page free.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

KEYSTORE = "keystore"
ROOMY = {"postgresql_with": {"fillfactor": "50"}}


def _key(kind: type[Any] = Text) -> Any:
    return Field(sa_column=Column(kind, primary_key=True))


def _required(kind: Any) -> Any:
    return Field(sa_column=Column(kind, nullable=False))


def _optional(kind: Any) -> Any:
    return Field(default=None, sa_column=Column(kind, nullable=True))


_INSTANT = DateTime(timezone=True)


class Brand(SQLModel, table=True):
    """A name under which people agreed; `declared` is the checked brand file."""

    __tablename__ = "brand"
    id: str = _key()
    controller: str = _required(Text)
    declared: dict[str, Any] = _required(JSONB)
    start_notice: bytes | None = _optional(LargeBinary)


class Sender(SQLModel, table=True):
    """What carries the brand's texts: a Twilio messaging service, number or code, shared within one controller."""

    __tablename__ = "sender"
    id: str = _key()
    controller: str = _required(Text)
    address: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    per_second: int = _required(Integer)


class BrandSender(SQLModel, table=True):
    __tablename__ = "brand_sender"
    brand: str = _key()
    sender: str = _key()


class Notice(SQLModel, table=True):
    """The exact wording shown, under the SHA-256 of its bytes."""

    __tablename__ = "notice"
    hash: bytes = _key(LargeBinary)
    brand: str = _required(Text)
    language: str = _required(Text)
    kind: str = _required(Text)
    body: bytes = _required(LargeBinary)


class Subject(SQLModel, table=True):
    """One phone number in its relation to one brand, with the heads of its two evidence chains.

    `origin`, `residence`, `billing` and `zones` tell where the person belongs. `ruling` is what the law says of
    them without any consent; it is absent until they are placed. `lookup` is absent when the number is another
    person's by now, or the subject erased. Since `held_at` nothing goes to them until somebody
    has read what they wrote. Before `number_since` the number was another person's.
    """

    __tablename__ = "subject"
    __table_args__ = (
        Index("subject_lookup", "brand", "lookup", unique=True),
        Index("subject_unplaced", "id", postgresql_where="ruling IS NULL AND lookup IS NOT NULL"),
        ROOMY,
    )
    id: bytes = _key(LargeBinary)
    brand: str = _required(Text)
    lookup: bytes | None = _optional(LargeBinary)
    phone_sealed: bytes | None = _optional(LargeBinary)
    profile_sealed: bytes | None = _optional(LargeBinary)
    attributes: dict[str, Any] = _required(JSONB)
    language: str | None = _optional(Text)
    origin: str | None = _optional(Text)
    residence: str | None = _optional(Text)
    billing: str | None = _optional(Text)
    zones: list[str] | None = _optional(ARRAY(Text))
    recipient: str = Field(sa_column=Column(Text, nullable=False, server_default="individual"))
    born: date | None = _optional(Date)
    ruling: int | None = _optional(BigInteger)
    suppressed_at: datetime | None = _optional(_INSTANT)
    held_at: datetime | None = _optional(_INSTANT)
    number_since: datetime | None = _optional(_INSTANT)
    sseq: int = _required(Integer)
    shash: bytes | None = _optional(LargeBinary)
    sat: datetime | None = _optional(_INSTANT)
    mseq: int = _required(Integer)
    mhash: bytes | None = _optional(LargeBinary)
    record_given: datetime | None = _optional(_INSTANT)


class SubjectList(SQLModel, table=True):
    """A named list of people that audiences may include or exclude."""

    __tablename__ = "subject_list"
    subject: bytes = _key(LargeBinary)
    name: str = _key()


class Suppression(SQLModel, table=True):
    """A number that said no, by keyed hash: outlives imports, erasure and new subjects.

    `scope` tells what it said no to, and so what the hash is over: a `brand`, one `purpose` of it, or every brand of
    a `controller`. Scope `reassigned` is no refusal: before `since` the number was another person's. `owner` is the
    brand, the controller, or empty. `latest` is when it was said again; null: never.
    """

    __tablename__ = "suppression"
    owner: str = Field(sa_column=Column("brand", Text, primary_key=True))
    entry: bytes = _key(LargeBinary)
    via: str = _required(Text)
    since: datetime = _required(_INSTANT)
    lifted_at: datetime | None = _optional(_INSTANT)
    scope: str = Field(sa_column=Column(Text, nullable=False, server_default="brand"))
    purpose: str | None = _optional(Text)
    latest: datetime | None = _optional(_INSTANT)


class ConsentEvent(SQLModel, table=True):
    """A consent leaf in columns, so that the fold need not parse leaves."""

    __tablename__ = "consent_event"
    __table_args__ = (Index("consent_event_receipt", "leaf_hash", postgresql_where="type = 'withdraw'"),)
    subject: bytes = _key(LargeBinary)
    sseq: int = _key(Integer)
    type: str = _required(Text)
    purposes: list[str] = _required(ARRAY(Text))
    channel: str = _required(Text)
    given: datetime | None = _optional(_INSTANT)
    expires: datetime | None = _optional(_INSTANT)
    at: datetime = _required(_INSTANT)
    method: str | None = _optional(Text)
    kind: str | None = _optional(Text)
    notice: bytes | None = _optional(LargeBinary)
    leaf_hash: bytes = _required(LargeBinary)
    of: bytes | None = _optional(LargeBinary)
    night: bool = _required(Boolean)
    record: dict[str, Any] | None = _optional(JSONB)


class Ruling(SQLModel, table=True):
    """What the law says about everyone in one position; the columns are those parts of `body` that queries compare.

    `law` is the digest of all rules that a brand stands under, `digest` that of the rulebooks which apply here.
    The four `end_` columns are one list, and so are `registries` and `scrub_ages`.
    """

    __tablename__ = "ruling"
    __table_args__ = (Index("ruling_position", "brand", "key", unique=True),)
    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    brand: str = _required(Text)
    key: bytes = _required(LargeBinary)
    position: dict[str, Any] = _required(JSONB)
    law: str = _required(Text)
    digest: str = _required(Text)
    body: dict[str, Any] = _required(JSONB)
    reasons: list[str] = _required(ARRAY(Text))
    end_reasons: list[str] = _required(ARRAY(Text))
    end_periods: list[str] = _required(ARRAY(Text))
    end_zones: list[str] = _required(ARRAY(Text))
    end_whole_days: list[bool] = _required(ARRAY(Boolean))
    of_age: int | None = _optional(SmallInteger)
    registries: list[str] = _required(ARRAY(Text))
    scrub_ages: list[str] = _required(ARRAY(Text))
    capped: bool = _required(Boolean)


class Rulebook(SQLModel, table=True):
    """A rulebook that decisions were made under, by the SHA-256 of its bytes, so that they can be made again."""

    __tablename__ = "rulebook"
    hash: bytes = _key(LargeBinary)
    id: str = _required(Text)
    version: date = _required(Date)
    body: bytes = _required(LargeBinary)
    known_since: datetime = _required(_INSTANT)
    acknowledged_at: datetime | None = _optional(_INSTANT)


class LawDigest(SQLModel, table=True):
    """Which rules a digest in a decision stands for: their rulebooks' files, and what was left out of them.

    Written without waiting for anybody, so a digest may stand here twice; both rows say the same.
    """

    __tablename__ = "law_digest"
    __table_args__ = (Index("law_digest_digest", "digest"),)
    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    digest: str = _required(Text)
    rules: list[dict[str, Any]] = _required(JSONB)
    known_since: datetime = _required(_INSTANT)


class RegistryCheck(SQLModel, table=True):
    """What a do-not-contact registry said of a person's number when it was last asked."""

    __tablename__ = "registry_check"
    subject: bytes = _key(LargeBinary)
    registry_: str = Field(sa_column=Column("registry", Text, primary_key=True))
    listed: bool = _required(Boolean)
    checked_at: datetime = _required(_INSTANT)


class Eligibility(SQLModel, table=True):
    """What the consent events of a purpose add up to, and the ruling on it: together, whether messages may be sent.

    The instants are those of the open consent, if one is. Purpose `*` stands for every purpose that no event has
    named.
    """

    __tablename__ = "eligibility"
    __table_args__ = (ROOMY,)
    subject: bytes = _key(LargeBinary)
    purpose: str = _key()
    channel: str = _key()
    agreed_at: datetime | None = _optional(_INSTANT)
    given: datetime | None = _optional(_INSTANT)
    expires: datetime | None = _optional(_INSTANT)
    proof: bytes | None = _optional(LargeBinary)
    ruling: int | None = _optional(BigInteger)


class Run(SQLModel, table=True):
    """One plan of a campaign: what was frozen, who approved it, where it stands."""

    __tablename__ = "run"
    id: bytes = _key(LargeBinary)
    campaign: str = _required(Text)
    brand: str = _required(Text)
    purpose: str = _required(Text)
    sender: str = _required(Text)
    state: str = _required(Text)
    declared: dict[str, Any] = _required(JSONB)
    content: bytes = _required(LargeBinary)
    audience: bytes = _required(LargeBinary)
    counts: dict[str, Any] = _required(JSONB)
    lanes: int = _required(SmallInteger)
    pace: int = _required(Integer)
    opens: datetime = _required(_INSTANT)
    closes: datetime = _required(_INSTANT)
    planned_by_sealed: bytes = _required(LargeBinary)
    approved_by_sealed: bytes | None = _optional(LargeBinary)
    planned_at: datetime = _required(_INSTANT)
    started_at: datetime | None = _optional(_INSTANT)
    finished_at: datetime | None = _optional(_INSTANT)


class Lane(SQLModel, table=True):
    """How far one lane of a run has been read; a message that becomes ready again moves the cursor back."""

    __tablename__ = "lane"
    __table_args__ = (ROOMY,)
    run: bytes = _key(LargeBinary)
    lane: int = _key(SmallInteger)
    cursor: int = _required(Integer)


class Excluded(SQLModel, table=True):
    """A person of the frozen audience who will not be texted, and why."""

    __tablename__ = "excluded"
    run: bytes = _key(LargeBinary)
    subject: bytes = _key(LargeBinary)
    reason: str = _required(Text)


class Message(SQLModel, table=True):
    """One person's text in a run. `id` names the current attempt and changes when an attempt is aborted."""

    __tablename__ = "message"
    __table_args__ = (
        Index("message_subject", "subject", "run", unique=True),
        Index("message_id", "id", unique=True),
        ROOMY,
    )
    run: bytes = _key(LargeBinary)
    lane: int = _key(SmallInteger)
    position: int = _key(Integer)
    subject: bytes = _required(LargeBinary)
    id: bytes = _required(LargeBinary)
    state: str = _required(Text)
    reason: str | None = _optional(Text)
    not_before: datetime | None = _optional(_INSTANT)
    language: str | None = _optional(Text)
    body_sealed: bytes = _required(LargeBinary)
    parts: int = _required(SmallInteger)
    leaf: int | None = _optional(BigInteger)
    by: datetime | None = _optional(_INSTANT)
    called_at: datetime | None = _optional(_INSTANT)
    carrier_id: str | None = _optional(Text)
    code: int | None = _optional(Integer)
    receipt: str | None = _optional(Text)
    receipt_rank: int = Field(sa_column=Column(SmallInteger, nullable=False, server_default="0"))
    receipt_code: int | None = _optional(Integer)


class InFlight(SQLModel, table=True):
    """A message that was being handed over when its person's withdrawal was committed."""

    __tablename__ = "in_flight"
    message: bytes = _key(LargeBinary)
    withdrawal: bytes = _key(LargeBinary)


class Inbound(SQLModel, table=True):
    """An inbound message already handled, by the carrier's id: kept, since a replay could hurt at any time."""

    __tablename__ = "inbound"
    carrier_id: str = _key()
    at: datetime = _required(_INSTANT)


class Import(SQLModel, table=True):
    """A people import under way, by the hash of file and options: how far it got, so that it can go on.

    One that came over the API has a `brand`; it stays with its results when it has finished.
    """

    __tablename__ = "import"
    id: bytes = _key(LargeBinary)
    rows_read: int = _required(Integer)
    all_read: bool = _required(Boolean)
    started_at: datetime = _required(_INSTANT)
    brand: str | None = _optional(Text)
    dry_run: bool | None = _optional(Boolean)
    finished_at: datetime | None = _optional(_INSTANT)


class ImportRow(SQLModel, table=True):
    """A row that was read and not yet applied; rows about one number meet here, whatever their order."""

    __tablename__ = "import_row"
    __table_args__ = (Index("import_row_lookup", "import", "lookup"),)
    import_: bytes = Field(sa_column=Column("import", LargeBinary, primary_key=True))
    line: int = _key(Integer)
    lookup: bytes = _required(LargeBinary)
    person_sealed: bytes = _required(LargeBinary)


class ImportResult(SQLModel, table=True):
    """How a row ended."""

    __tablename__ = "import_result"
    import_: bytes = Field(sa_column=Column("import", LargeBinary, primary_key=True))
    line: int = _key(Integer)
    outcome: str = _required(Text)
    reason: str | None = _optional(Text)
    header: str | None = _optional(Text)
    hint: str | None = _optional(Text)


class Leaf(SQLModel, table=True):
    """Evidence: the exact bytes that were hashed. `message` names the message that an outcome is of."""

    __tablename__ = "leaf"
    __table_args__ = (
        Index("leaf_rid", "rid"),
        Index("leaf_sid", "sid"),
        Index("leaf_message", "message", postgresql_where="message IS NOT NULL"),
    )
    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    rid: bytes = _required(LargeBinary)
    sid: bytes | None = _optional(LargeBinary)
    message: bytes | None = _optional(LargeBinary)
    t: str = _required(Text)
    hash: bytes = _required(LargeBinary)
    body: bytes = _required(LargeBinary)


class Pending(SQLModel, table=True):
    """A leaf that waits for its seal."""

    __tablename__ = "pending"
    leaf: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))


class Entry(SQLModel, table=True):
    """A sealed leaf's place in the log."""

    __tablename__ = "entry"
    index: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    leaf: int = Field(sa_column=Column(BigInteger, nullable=False, unique=True))


class Tile(SQLModel, table=True):
    """A tile of the log; a full one never changes."""

    __tablename__ = "tile"
    level: int = _key(SmallInteger)
    n: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    hashes: bytes = _required(LargeBinary)


class Head(SQLModel, table=True):
    """The one row that the sequencer holds while it seals."""

    __tablename__ = "head"
    __table_args__ = (ROOMY,)
    id: int = _key(SmallInteger)
    origin: str = _required(Text)
    size: int = _required(BigInteger)
    root: bytes = _required(LargeBinary)
    checkpoint: str | None = _optional(Text)


class SubjectKey(SQLModel, table=True):
    """K_s, wrapped by the key-encryption key; destroyed by erasure."""

    __tablename__ = "subject_key"
    __table_args__ = ({"schema": KEYSTORE},)
    subject: bytes = _key(LargeBinary)
    wrapped: bytes = _required(LargeBinary)


class RecordKey(SQLModel, table=True):
    """The key of one leaf that is about no subject but has private values."""

    __tablename__ = "record_key"
    __table_args__ = ({"schema": KEYSTORE},)
    record: bytes = _key(LargeBinary)
    wrapped: bytes = _required(LargeBinary)


class ApiKey(SQLModel, table=True):
    """A key of the API: the hash of its secret, what it may do, and the one brand it may do it for, if not all."""

    __tablename__ = "api_key"
    id: bytes = _key(LargeBinary)
    name_sealed: bytes = _required(LargeBinary)
    secret_hash: bytes = _required(LargeBinary)
    can: list[str] = _required(ARRAY(Text))
    brand: str | None = _optional(Text)
    created_at: datetime = _required(_INSTANT)
    expires_at: datetime = _required(_INSTANT)
    revoked_at: datetime | None = _optional(_INSTANT)


class Idempotency(SQLModel, table=True):
    """A request that may come twice; the answer is absent while it is carried out, and sealed afterwards."""

    __tablename__ = "idempotency"
    api_key: bytes = _key(LargeBinary)
    key_hash: bytes = _key(LargeBinary)
    request_hash: bytes = _required(LargeBinary)
    claim: bytes = _required(LargeBinary)
    at: datetime = _required(_INSTANT)
    answer_sealed: bytes | None = _optional(LargeBinary)


class SignupForm(SQLModel, table=True):
    """A way to sign up that a brand declares: the page under `/c/`, and its keyword.

    `declared` is JSON and not JSONB, which would forget which language comes first.
    """

    __tablename__ = "signup_form"
    __table_args__ = (Index("signup_form_brand", "brand"),)
    id: str = _key()
    brand: str = _required(Text)
    declared: dict[str, Any] = _required(JSON)


class Ask(SQLModel, table=True):
    """A text that asks a person something and is no marketing: to confirm, once more, or to renew.

    `of` is the leaf hash of the consent event that it asks about: for each event and kind there is one ask. It goes
    out between `not_before` and `by`; a worker that has claimed it has it until `leased_until`.
    """

    __tablename__ = "ask"
    __table_args__ = (
        Index("ask_once", "of", "kind", unique=True),
        Index("ask_subject", "subject"),
        Index("ask_ready", "sender", "kind", "not_before", postgresql_where="state = 'ready'"),
        Index("ask_in_hand", "leased_until", postgresql_where="state IN ('claimed', 'calling')"),
    )
    id: bytes = _key(LargeBinary)
    subject: bytes = _required(LargeBinary)
    kind: str = _required(Text)
    of: bytes = _required(LargeBinary)
    sender: str = _required(Text)
    language: str = _required(Text)
    body_sealed: bytes = _required(LargeBinary)
    state: str = _required(Text)
    not_before: datetime = _required(_INSTANT)
    by: datetime = _required(_INSTANT)
    leased_until: datetime | None = _optional(_INSTANT)
    leaf: int | None = _optional(BigInteger)
    called_at: datetime | None = _optional(_INSTANT)
    carrier_id: str | None = _optional(Text)
    code: int | None = _optional(Integer)


class Attempt(SQLModel, table=True):
    """Somebody asked for something that is limited; `key` is a keyed hash of the address or number it is counted by."""

    __tablename__ = "attempt"
    __table_args__ = (Index("attempt_key", "key", "at"), Index("attempt_at", "at"))
    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    key: bytes = _required(LargeBinary)
    at: datetime = _required(_INSTANT)


class OwnPage(SQLModel, table=True):
    """A link to a person's own page, by the SHA-256 of its token."""

    __tablename__ = "own_page"
    __table_args__ = (Index("own_page_subject", "subject"), Index("own_page_expires", "expires_at"))
    token_hash: bytes = _key(LargeBinary)
    subject: bytes = _required(LargeBinary)
    expires_at: datetime = _required(_INSTANT)


class Review(SQLModel, table=True):
    """What waits for one of us: a text that nobody can tell the meaning of, a wrong number, a wish of a person."""

    __tablename__ = "review"
    __table_args__ = (
        Index("review_subject", "subject"),
        Index("review_open", "at", postgresql_where="resolved_at IS NULL"),
    )
    id: bytes = _key(LargeBinary)
    subject: bytes = _required(LargeBinary)
    kind: str = _required(Text)
    text_sealed: bytes | None = _optional(LargeBinary)
    at: datetime = _required(_INSTANT)
    resolved_at: datetime | None = _optional(_INSTANT)
    resolution: str | None = _optional(Text)
    resolved_by_sealed: bytes | None = _optional(LargeBinary)


class Hearing(SQLModel, table=True):
    """The one row that says how well we hear.

    All that people texted until `heard_until` has been taken in; the carrier's list was read until `listed_until`.
    `missed` texts were on that list alone; `opted_out` people were on the carrier's list of those who opted out, and
    not on ours. Each with the instant of the last.
    """

    __tablename__ = "hearing"
    id: int = _key(SmallInteger)
    heard_until: datetime = _required(_INSTANT)
    listed_until: datetime = _required(_INSTANT)
    missed: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))
    missed_at: datetime | None = _optional(_INSTANT)
    opted_out: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))
    opted_out_at: datetime | None = _optional(_INSTANT)
