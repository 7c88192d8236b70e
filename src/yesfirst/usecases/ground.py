"""What every use case stands on."""

from dataclasses import dataclass

from yesfirst.store.engine import Engine
from yesfirst.store.keyring import Keyring
from yesfirst.usecases.law import Law


@dataclass(frozen=True, slots=True)
class Ground:
    """The database, the keys that live outside it, and the rulebooks in force."""

    engine: Engine
    keyring: Keyring
    law: Law
