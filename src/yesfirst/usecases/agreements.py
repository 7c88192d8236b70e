"""What a person agrees to under a notice: its wording, and the record that it leaves."""

from collections.abc import Collection, Mapping
from datetime import datetime

from yesfirst.intake.notice import Notice
from yesfirst.rules.consent import ON_EVERY_RECORD, Record
from yesfirst.usecases.consents import Agreement

_PROOFS = ("proof", "text")
"""Private values that show how somebody agreed: the digest of an artefact, or the words that they sent."""
_ONGOING = frozenset({"account_holder", "member", "ongoing_customer", "subscriber"})
"""Relationships that last, as their names say."""


def agreement_to(
    notice: Notice,
    *,
    purposes: tuple[str, ...],
    given: datetime,
    expires: datetime | None,
    method: str,
    phone: str,
    private: Mapping[str, str],
    fields: Collection[str] = (),
    event: str | None = None,
) -> Agreement:
    """The agreement of somebody who was shown the notice; `fields` and `event` are on record of them besides.

    Where the notice's kind rests on a relationship, `given` is the instant of that.
    """
    on_record = {*ON_EVERY_RECORD, *notice.shows, *fields}
    event = event or notice.event
    if event is not None:
        on_record.add("relationship_event")
    if event in _ONGOING:
        on_record.add("ongoing")
    if any(name in private for name in _PROOFS):
        on_record.add("proof_ref")
    if "signature" in on_record:
        # Fla. Stat. 501.059: a tick or a reply by the person signs too; whoever signed has done as much.
        on_record.add("signature_or_affirmative_act")
    return Agreement(
        purposes=purposes,
        given=given,
        expires=expires,
        method=method,
        kind=notice.kind,
        language=notice.language,
        notice=notice.sha256,
        phone=phone,
        night=notice.night,
        privacy=notice.privacy,
        frequency=notice.freq,
        record=Record(
            fields=tuple(sorted(on_record)),
            practices=tuple(sorted(notice.practices)),
            event=event,
            promised=(notice.freq,) if notice.freq else (),
        ),
        private=private,
    )
