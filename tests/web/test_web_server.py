"""Serving: the port, and an end that loses no request."""

import asyncio
import os
import signal
import socket

import httpx
import pytest
from litestar import Litestar, get

from yesfirst.errors import Refused
from yesfirst.web.server import listening, serve


@get("/slow")
async def slow() -> str:
    await asyncio.sleep(0.5)
    return "done"


def small_app() -> Litestar:
    return Litestar([slow], openapi_config=None, logging_config=None, debug=False)


async def test_a_port_in_use_is_refused_by_its_number() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Refused, match=str(port)) as refusal:
            async with listening(small_app(), "127.0.0.1", port):
                pytest.fail("two servers listen at one port")
    assert refusal.value.code == "PORT_IN_USE"


# 203.0.113.0/24 is reserved for documentation, `invalid` is a name that never resolves (RFC 5737, RFC 2606).
@pytest.mark.parametrize("bind", ["203.0.113.7", "shop.invalid"])
async def test_an_address_of_another_machine_is_refused(bind: str) -> None:
    with pytest.raises(Refused, match=bind) as refusal:
        async with listening(small_app(), bind, 0):
            pytest.fail("this machine has a foreign address")
    assert refusal.value.code == "BIND_INVALID"


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_server_after_the_requests_it_has(name: signal.Signals) -> None:
    addresses: asyncio.Queue[str] = asyncio.Queue()
    serving = asyncio.create_task(serve(small_app(), "127.0.0.1", 0, addresses.put_nowait))
    address = await addresses.get()
    async with httpx.AsyncClient(base_url=address) as client:
        request = asyncio.create_task(client.get("/slow"))
        await asyncio.sleep(0.2)
        os.kill(os.getpid(), name)
        assert (await request).text == "done"
        await serving
        with pytest.raises(httpx.ConnectError):
            await client.get("/slow")


async def test_requests_leave_no_line_in_any_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        async with listening(small_app(), "127.0.0.1", 0) as address, httpx.AsyncClient() as client:
            await client.get(f"{address}/slow?to=secret")
    servers = [
        record.getMessage() for record in caplog.records if record.name.startswith(("uvicorn", "litestar"))
    ]
    assert servers
    assert not [line for line in servers if "secret" in line or "/slow" in line]
