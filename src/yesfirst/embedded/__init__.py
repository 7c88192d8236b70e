"""Real PostgreSQL and Valkey servers from wheels, for machines that have none set up.

    with servers(settings) as addresses:
        ...  # both servers answer until the block ends

Every command that needs a server is its *user*, through a shared file lock that ends with the process,
however that ends. Per server one small detached *keeper* process (`keeper.py`) has the server as its child:
started by the first user, it stops the server cleanly and ends soon after the last one is gone. When a server
dies its keeper starts it again; when a keeper dies its server dies with it, and any user starts another one.
The addresses stay the same throughout, so users need only connect again.

Servers listen on a private Unix socket and want a password. Nothing here imports a database driver.

Known gaps: HOME must be on a file system with working `flock`; Windows isn't supported.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from yesfirst.embedded.attachment import attached
from yesfirst.settings import Settings


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the servers are, passwords included."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)


@contextmanager
def servers(settings: Settings) -> Iterator[Addresses]:
    """Have PostgreSQL and Valkey answer for the length of the block, embedding what no setting names.

    Blocks while servers start (about 2 s on the first start of a home, 0.5 s later, a few ms when they run
    already): enter it before the event loop. URLs are `postgresql://user:password@/name?host=DIRECTORY` and
    `unix://:password@/PATH?db=0` for embedded servers, else as set. Raises Refused.
    """
    given = {"postgres": settings.database_url, "valkey": settings.redis_url}
    with attached(settings.home, [name for name, url in given.items() if url is None]) as embedded:
        yield Addresses(
            database_url=given["postgres"] or embedded["postgres"],
            redis_url=given["valkey"] or embedded["valkey"],
        )
