"""Delete what is known of a person and no purpose needs any more.

PIPL article 47, GDPR article 17: when consent is withdrawn, what was kept for it goes. With the last open purpose go
attributes, name, external id, billing address, date of birth and membership in lists. What stays, and why: the number
(sealed) with the evidence of consents and texts, which must be shown for years; the do-not-contact entry and what
registries answered, so that the refusal outlives everything; where the person belongs and their language, which decide
how a refusal is answered; texts that were sent, which the evidence commits to.

Known gap: the sealed texts of a run that was planned before, and will now not be sent, stay until the run is deleted.
"""

from datetime import datetime

import msgspec

from yesfirst.rules.attributes import needed
from yesfirst.rules.consent import Standings
from yesfirst.store import subjects
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import seal, unseal
from yesfirst.store.subjects import Attributes, SubjectHead
from yesfirst.usecases.brand_law import law_of
from yesfirst.usecases.ground import Ground

PROFILE = "profile"
_EXTERNAL_ID = "external_id"
KEPT = {
    "number": "with the evidence of consents and texts, which has to be shown for years",
    "refusal": "so that nothing brings the person back but their own act",
    "registries": "their answers about the number, which keep texts away as well",
    "residence": "which law a refusal falls under",
    "language": "in which a refusal is answered",
}
"""What stays in any case, and why."""


async def trim(
    ground: Ground, connection: Connection, subject: SubjectHead, standings: Standings, now: datetime
) -> tuple[str, ...]:
    """Keeps of a locked subject what its open and pending purposes may use; the names of what was deleted."""
    wanted = {purpose for (purpose, _), one in standings.items() if one.open or one.pending}
    private = _private(subject)
    if not wanted:
        listed = await subjects.forget(connection, subject.id)
        there = {"billing": subject.where.billing, "born": subject.born, "lists": listed}
        others = (name for name, value in there.items() if value)
        return (*sorted({*private, *subject.attributes.values}), *others)
    brand = (await law_of(ground, connection, subject.brand, now)).brand
    # The number in another system stays while that system may still ask.
    names = {*needed(brand.attributes, wanted), _EXTERNAL_ID}
    plain = {name: value for name, value in subject.attributes.values.items() if name in names}
    kept = {name: value for name, value in private.items() if name in names}
    sealed = seal(subject.key, PROFILE, msgspec.json.encode(kept).decode()) if kept else None
    await subjects.trim(connection, subject.id, sealed, Attributes(plain))
    return tuple(sorted({*private, *subject.attributes.values} - names))


def _private(subject: SubjectHead) -> dict[str, object]:
    """The sealed part of the record."""
    if subject.profile_sealed is None:
        return {}
    sealed = unseal(subject.key, PROFILE, subject.profile_sealed)
    return msgspec.json.decode(sealed, type=dict[str, object])
