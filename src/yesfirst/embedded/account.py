"""The account that an embedded server runs under.

PostgreSQL refuses to run as root. Started by root, servers therefore run as the owner of their data, at first
`nobody`, and keep one capability, ambient so that it survives `execve`: to pass and read directories that are
closed to them. A home or an installation under a private directory of root's works that way, and no
permission outside the home is changed. Where the kernel grants no such capability the server starts without.
"""

import ctypes
import os
import pwd
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# linux/prctl.h, linux/securebits.h, linux/capability.h
PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 28, 47, 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAPABILITY_VERSION_3 = 0x20080522
# The first that root has: containers often lack the one that only reads.
CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE = 2, 1


@dataclass(frozen=True, slots=True)
class Account:
    """User and group to become, or None to stay what we are."""

    uid: int
    gid: int
    change: bool

    def give(self, path: Path) -> None:
        """Make the account the owner of a file or directory."""
        if self.change:
            os.chown(path, self.uid, self.gid)


def account_for(data: Path) -> Account:
    """The account for a server with this data directory, which may not exist yet."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), change=False)
    owner = data.stat().st_uid if data.exists() else 0
    entry = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid, change=True)


def becoming(account: Account, end_signal: int) -> Callable[[], None]:
    """What a child runs before `execve`: it takes the account, and gets `end_signal` if its parent dies."""
    linux = sys.platform == "linux"
    libc = ctypes.CDLL(None) if linux else None

    def become() -> None:
        if libc is not None and account.change:
            libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
            # Else access(2), by which initdb looks for postgres, would judge without the capability.
            libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
        if account.change:
            os.setgroups([])
            os.setregid(account.gid, account.gid)
            os.setreuid(account.uid, account.uid)
        if libc is not None and account.change:
            _keep_reading(libc)
        if libc is not None:  # after the change of account, which would clear it
            libc.prctl(PR_SET_PDEATHSIG, end_signal, 0, 0, 0)

    return become


def _keep_reading(libc: ctypes.CDLL) -> None:
    """Keep the first capability to pass closed directories that we have, and drop all others."""
    header = struct.pack("Ii", CAPABILITY_VERSION_3, 0)
    for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        bit = 1 << capability
        if libc.capset(header, struct.pack("6I", bit, bit, bit, 0, 0, 0)) == 0:
            libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)
            return
    libc.capset(header, struct.pack("6I", 0, 0, 0, 0, 0, 0))
