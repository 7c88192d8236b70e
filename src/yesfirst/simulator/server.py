"""The simulator as one aiohttp application, and the process that serves it.

aiohttp is server and client in one event loop, and lets a handler close its connection, which an ASGI
application cannot do.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from .api import Api
from .callbacks import Callbacks
from .carrier import Carrier
from .config import Config
from .control import Control
from .faults import Dice
from .inbound import People
from .journal import Journal
from .webhooks import Webhooks

_LARGEST_REQUEST = 32 * 1024 * 1024  # a million numbers that text STOP


def create_app(config: Config) -> web.Application:
    """Build the application; raises OSError if the journal can't be opened, ValueError on a refused URL."""
    webhooks = Webhooks(config.auth_token, config.callback_hosts, config.callback_connections)
    if config.inbound_url is not None:
        webhooks.check(config.inbound_url)
    journal = Journal(config.journal)
    dice = Dice(config.faults, config.seed)
    callbacks = Callbacks(webhooks, dice, config.callback_connections, config.webhook_attempts)
    carrier = Carrier(config, journal, dice, callbacks, webhooks)
    people = People(config, journal, carrier, webhooks)

    async def run(app: web.Application) -> AsyncIterator[None]:
        async with webhooks:
            sending = asyncio.create_task(callbacks.run())
            yield
            await people.leave()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        journal.close()

    app = web.Application(client_max_size=_LARGEST_REQUEST)
    app.cleanup_ctx.append(run)
    app.add_routes(Api(config, carrier).routes())
    app.add_routes(Control(config, carrier, people, callbacks, dice, webhooks).routes())
    return app


@asynccontextmanager
async def listening(config: Config) -> AsyncIterator[str]:
    """Serve in this event loop while the context lasts, which gives the address, `http://host:port`.

    Raises OSError if the address or the journal can't be had, ValueError on a refused URL.
    """
    runner = web.AppRunner(create_app(config), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, config.bind, config.port).start()
        host, port = runner.addresses[0][:2]
        yield f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def serve(config: Config, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` gets the address once it listens. Raises as `listening` does."""
    ended = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    async with listening(config) as address:
        ready(address)
        await ended.wait()


def run(config: Config, ready: Callable[[str], None]) -> None:
    """Serve in this process, on uvloop where there is one."""
    if sys.platform == "win32":
        asyncio.run(serve(config, ready))
    else:
        import uvloop

        uvloop.run(serve(config, ready))
