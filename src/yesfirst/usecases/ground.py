"""What every use case stands on."""

from dataclasses import dataclass, field

from yesfirst.intake.brand import Brand
from yesfirst.store.engine import Engine
from yesfirst.store.keyring import Keyring
from yesfirst.usecases.law import Law


@dataclass(frozen=True, slots=True)
class Ground:
    """The database, the keys that live outside it, and the rulebooks that were loaded.

    `texts_people` tells whether the carrier is a real one, `public_url` where people reach us. `declared` remembers
    brands as they were last read, by their ids.
    """

    engine: Engine
    keyring: Keyring
    law: Law
    texts_people: bool = False
    public_url: str | None = None
    declared: dict[str, tuple[bytes, Brand]] = field(default_factory=dict, repr=False, compare=False)
