"""What a brand makes stricter for itself and what it dares to leave out, on record whenever that changes."""

from hashlib import sha256

import msgspec

from yesfirst.intake.brand import Brand
from yesfirst.intake.house_rules import HouseRules
from yesfirst.ledger import leaf
from yesfirst.ledger.canonical import Json
from yesfirst.ledger.text import hash_text
from yesfirst.store import clock, evidence
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id
from yesfirst.usecases.actors import record_key
from yesfirst.usecases.ground import Ground


async def log_adjustments(ground: Ground, connection: Connection, before: Brand | None, after: Brand) -> None:
    """A `rules.adjusted` leaf where the brand's own rules differ, with who answers for what it relaxes, and why."""
    rules = after.rules
    if rules == (before.rules if before else HouseRules()):
        return
    rid = new_id()
    key = await record_key(connection, ground.keyring, rid)
    digest = sha256(msgspec.json.encode(rules, order="deterministic")).digest()
    public: dict[str, Json] = {
        "brand": after.id,
        "rules": None if rules == HouseRules() else hash_text(digest),
        "relaxed": [*sorted({one.rule for one in rules.relax})],
    }
    private = {}
    if rules.relax:
        private["actor"] = ", ".join(sorted({one.by for one in rules.relax}))
        private["reason_text"] = "\n".join(f"{one.rule}: {one.reason}" for one in rules.relax)
    made = leaf.make("rules.adjusted", rid, None, await clock.now(connection), public, private, key)
    await evidence.append(connection, [made])
