"""How one simulator is set up; what goes wrong while it runs is `faults.Faults`."""

from dataclasses import dataclass, field
from pathlib import Path

from .faults import Faults
from .senders import Sender

ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "simulator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings of one simulator; port 0 takes any free one.

    `callback_hosts` are the hosts beside loopback that may be called; `senders` empty means any.
    """

    journal: Path
    bind: str = "127.0.0.1"
    port: int = 0
    account_sid: str = ACCOUNT_SID
    auth_token: str = field(default=AUTH_TOKEN, repr=False)
    inbound_url: str | None = None
    senders: tuple[Sender, ...] = ()
    callback_hosts: frozenset[str] = frozenset()
    callback_connections: int = 32
    webhook_attempts: int = 4
    block_opted_out: bool = False
    advanced_opt_out: bool = False
    seed: int = 0
    faults: Faults = field(default_factory=Faults)
