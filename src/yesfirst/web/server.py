"""Serves the application by HTTP until told to end.

There is no access log: addresses of callers and of what they ask for are personal data.
"""

import asyncio
import errno
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from litestar import Litestar

from yesfirst.errors import Refused

_FINISH_SECONDS = 15  # Twilio waits as long for an answer
_BACKLOG = 2048
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


async def serve(app: Litestar, bind: str, port: int, ready: Callable[[str], None]) -> None:
    """Serves until SIGTERM or SIGINT, then finishes the requests it has and returns.

    `ready` gets the address once it listens. Raises Refused as `listening` does. Run it on uvloop where there
    is one.
    """
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in _SIGNALS:
        loop.add_signal_handler(name, ended.set)
    try:
        async with listening(app, bind, port) as address:
            ready(address)
            await ended.wait()
    finally:
        for name in _SIGNALS:
            loop.remove_signal_handler(name)


@asynccontextmanager
async def listening(app: Litestar, bind: str, port: int) -> AsyncIterator[str]:
    """Serves in this event loop while the context lasts, which gives the address, `http://host:port`.

    Port 0 takes a free one. Raises Refused: PORT_IN_USE, PORT_FORBIDDEN, BIND_INVALID.
    """
    with listen(bind, port) as listener:
        server = _Server(_config(app))
        serving = asyncio.create_task(server.serve([listener]))
        serving.add_done_callback(lambda _: server.listens.set())
        await server.listens.wait()
        try:
            if not serving.done():
                yield _address(listener)
        finally:
            server.should_exit = True
            await serving


def listen(bind: str, port: int) -> socket.socket:
    """A socket that accepts connections at an address of this machine; raises Refused as `listening` does."""
    try:
        family = socket.getaddrinfo(bind, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        return socket.create_server((bind, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise _refused(error, bind, port) from None


def _refused(error: OSError, bind: str, port: int) -> Refused:
    if error.errno == errno.EADDRINUSE:
        hint = "End that program, or choose another port with YESFIRST_PORT."
        return Refused("PORT_IN_USE", f"Another program already listens at port {port} of {bind}.", hint)
    if error.errno == errno.EACCES:
        hint = "Choose a port above 1023 with YESFIRST_PORT, and put a proxy in front."
        return Refused("PORT_FORBIDDEN", f"This user may not listen at port {port}.", hint)
    hint = "Correct YESFIRST_BIND; 127.0.0.1 is for this machine alone, 0.0.0.0 for all its networks."
    return Refused("BIND_INVALID", f"{bind} is no address of this machine ({type(error).__name__}).", hint)


def _config(app: Litestar) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="none",
        lifespan="on",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_FINISH_SECONDS,
    )


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """Leaves signals to `serve`: uvicorn would raise them again at its end, before anything else is closed."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()
