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


async def trim(
    ground: Ground, connection: Connection, subject: SubjectHead, standings: Standings, now: datetime
) -> None:
    """Keeps of a locked subject what its open and pending purposes may use."""
    wanted = {purpose for (purpose, _), one in standings.items() if one.open or one.pending}
    if not wanted:
        await subjects.forget(connection, subject.id)
        return
    brand = (await law_of(ground, connection, subject.brand, now)).brand
    names = needed(brand.attributes, wanted)
    plain = {name: value for name, value in subject.attributes.values.items() if name in names}
    await subjects.trim(connection, subject.id, _kept(subject, names), Attributes(plain))


def _kept(subject: SubjectHead, names: frozenset[str]) -> bytes | None:
    """The sealed part of the record; the number in another system stays while that system may still ask."""
    if subject.profile_sealed is None:
        return None
    private = msgspec.json.decode(
        unseal(subject.key, PROFILE, subject.profile_sealed), type=dict[str, object]
    )
    private = {name: value for name, value in private.items() if name in names or name == "external_id"}
    return seal(subject.key, PROFILE, msgspec.json.encode(private).decode()) if private else None
