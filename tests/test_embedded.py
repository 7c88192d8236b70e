"""The embedded servers survive what happens to processes; each test has a home and servers of its own."""

import asyncio
import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
import redis

from yesfirst import embedded, settings
from yesfirst.embedded.keeper import GRACE, SERVERS
from yesfirst.embedded.place import Place, is_held, refusing_home
from yesfirst.errors import Refused

NAMES = ("postgres", "valkey")

USER = """
import os, sys, time
from yesfirst import embedded, settings
with embedded.servers(settings.read(os.environ)):
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home whose servers have ended when the test has."""
    home = tmp_path / "home"
    yield home
    end_keepers(home)
    await_end(home)


def settings_of(home: Path, **others: str) -> settings.Settings:
    return settings.read({"YESFIRST_HOME": str(home), **others})


def start_user(home: Path) -> "subprocess.Popen[str]":
    """A process that uses the servers until its standard input is closed."""
    environ = {**os.environ, "YESFIRST_HOME": str(home)}
    return subprocess.Popen(
        [sys.executable, "-c", USER], env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def await_ready(user: "subprocess.Popen[str]") -> None:
    assert user.stdout is not None
    assert user.stdout.readline() == "ready\n"


def await_end(home: Path) -> None:
    """Wait until no keeper and no server of the home is left."""
    deadline = time.monotonic() + GRACE + 10
    for name in NAMES:
        for lock in ("keeper.lock", "life.lock"):
            while (home / name).exists() and is_held(home / name / lock):
                assert time.monotonic() < deadline, f"{name} still runs"
                time.sleep(0.05)


def server_process(home: Path, name: str) -> int:
    return int((home / name / "pid").read_text())


def keeper_process(home: Path, name: str) -> int:
    return int((home / name / "keeper.lock").read_text())


def end_keepers(home: Path) -> None:
    """Ask the keepers to end now, rather than wait until they notice that they may."""
    for name in NAMES:
        if (home / name / "keeper.lock").exists() and is_held(home / name / "keeper.lock"):
            os.kill(keeper_process(home, name), signal.SIGTERM)


async def ask(addresses: embedded.Addresses, statement: str = "SELECT 1") -> object:
    """What both servers answer; raises OSError or their drivers' errors if one doesn't."""
    with redis.Redis.from_url(addresses.redis_url) as connection:
        assert connection.ping()
    database = await asyncpg.connect(addresses.database_url)
    try:
        return await database.fetchval(statement)
    finally:
        await database.close()


def await_answers(addresses: embedded.Addresses) -> None:
    deadline = time.monotonic() + 15
    while True:
        try:
            asyncio.run(ask(addresses))
        except (OSError, redis.RedisError, asyncpg.PostgresError):
            assert time.monotonic() < deadline, "the servers don't answer again"
            time.sleep(0.1)
        else:
            return


def test_both_servers_answer_and_stop_cleanly_after_the_last_user(home: Path) -> None:
    with embedded.servers(settings_of(home)) as addresses:
        assert asyncio.run(ask(addresses)) == 1
    await_end(home)
    assert "database system is shut down" in Place(home / "postgres").server_log.read_text()
    assert not Place(home / "postgres").address.exists()


def test_data_outlive_the_server(home: Path) -> None:
    with embedded.servers(settings_of(home)) as addresses:
        asyncio.run(ask(addresses, "CREATE TABLE kept ()"))
    end_keepers(home)
    await_end(home)
    with embedded.servers(settings_of(home)) as again:
        assert asyncio.run(ask(again, "SELECT count(*) FROM pg_tables WHERE tablename = 'kept'")) == 1
    assert again == addresses


def test_the_role_is_no_superuser_and_may_create_databases(home: Path) -> None:
    statement = (
        "SELECT (rolsuper, rolcreatedb, rolcreaterole)::text FROM pg_roles WHERE rolname = current_user"
    )
    with embedded.servers(settings_of(home)) as addresses:
        assert asyncio.run(ask(addresses, statement)) == "(f,t,t)"


def test_users_that_start_at_once_share_one_pair_of_servers(home: Path) -> None:
    users = [start_user(home) for _ in range(4)]
    for user in users:
        await_ready(user)
    logs = [(home / name / "keeper.log").read_text() for name in NAMES]
    assert [log.count("answers") for log in logs] == [1, 1]
    for user in users:
        user.communicate()
    assert [user.returncode for user in users] == [0, 0, 0, 0]


def test_servers_stop_when_their_last_user_is_killed(home: Path) -> None:
    user = start_user(home)
    await_ready(user)
    user.kill()
    user.communicate()
    await_end(home)
    assert "database system is shut down" in Place(home / "postgres").server_log.read_text()


def test_a_user_in_the_block_keeps_the_servers_after_another_has_left(home: Path) -> None:
    with embedded.servers(settings_of(home)) as addresses:
        user = start_user(home)
        await_ready(user)
        user.communicate()
        time.sleep(GRACE + 1)
        assert asyncio.run(ask(addresses)) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_killed_server_comes_back_at_the_same_address(home: Path, name: str) -> None:
    with embedded.servers(settings_of(home)) as addresses:
        os.kill(server_process(home, name), signal.SIGKILL)
        await_answers(addresses)


@pytest.mark.parametrize("name", NAMES)
def test_a_killed_keeper_is_replaced_while_somebody_uses_its_server(home: Path, name: str) -> None:
    with embedded.servers(settings_of(home)) as addresses:
        process = server_process(home, name)
        os.kill(keeper_process(home, name), signal.SIGKILL)
        deadline = time.monotonic() + 15
        while (home / name / "pid").exists() and server_process(home, name) == process:
            assert time.monotonic() < deadline, "nobody started another keeper"
            time.sleep(0.1)
        await_answers(addresses)


def test_the_next_command_recovers_from_the_death_of_everything(home: Path) -> None:
    user = start_user(home)
    await_ready(user)
    keepers = [keeper_process(home, name) for name in NAMES]
    servers = [server_process(home, name) for name in NAMES]
    for process in [user.pid, *keepers, *servers]:
        os.kill(process, signal.SIGKILL)
    user.communicate()
    await_end(home)  # a killed process may answer for a moment longer
    with embedded.servers(settings_of(home)) as addresses:
        assert asyncio.run(ask(addresses)) == 1


def test_a_cluster_half_made_is_made_anew(home: Path) -> None:
    half = home / "postgres" / "making"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with embedded.servers(settings_of(home)) as addresses:
        assert asyncio.run(ask(addresses)) == 1


def test_a_home_with_a_long_path_works(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 30) / "home"
    with embedded.servers(settings_of(home)) as addresses:
        assert asyncio.run(ask(addresses)) == 1
    end_keepers(home)
    await_end(home)
    assert not Place(home / "postgres").run.exists()


def test_servers_named_in_the_settings_are_used_and_nothing_is_embedded(home: Path) -> None:
    database, cache = "postgresql://me@there/db", "redis://there:6379/0"
    named = settings_of(home, YESFIRST_DATABASE_URL=database, YESFIRST_REDIS_URL=cache)
    with embedded.servers(named) as addresses:
        assert (addresses.database_url, addresses.redis_url) == (database, cache)
    assert not home.exists()


def test_each_server_is_embedded_for_itself(home: Path) -> None:
    with embedded.servers(settings_of(home, YESFIRST_DATABASE_URL="postgresql://me@there/db")) as addresses:
        with redis.Redis.from_url(addresses.redis_url) as connection:
            assert connection.ping()
    assert not (home / "postgres").exists()


def test_a_wrong_password_is_refused(home: Path) -> None:
    with embedded.servers(settings_of(home)) as addresses:
        password = (home / "postgres" / "password").read_text()
        with pytest.raises(asyncpg.InvalidPasswordError):
            asyncio.run(asyncpg.connect(addresses.database_url.replace(password, "wrong")))
        password = (home / "valkey" / "password").read_text()
        with (
            redis.Redis.from_url(addresses.redis_url.replace(password, "wrong")) as connection,
            pytest.raises(redis.AuthenticationError),
        ):
            connection.ping()


def test_passwords_appear_in_no_log_no_repr_and_no_command_line(home: Path) -> None:
    with embedded.servers(settings_of(home)) as addresses:
        seen = repr(addresses)
        for name in NAMES:
            seen += " ".join(SERVERS[name].command(Place(home / name)))
            seen += (home / name / "server.log").read_text() + (home / name / "keeper.log").read_text()
        assert not [name for name in NAMES if (home / name / "password").read_text() in seen]


def test_private_files_are_closed_to_others(home: Path) -> None:
    with embedded.servers(settings_of(home)):
        for file in home.glob("*/*"):
            assert not file.stat().st_mode & 0o077, file.name


def test_data_of_another_version_are_refused_and_left_alone(home: Path) -> None:
    data = home / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("15\n")
    with pytest.raises(Refused, match="PostgreSQL 15") as refusal, embedded.servers(settings_of(home)):
        pass
    assert refusal.value.code == "DATA_VERSION"
    assert (data / "PG_VERSION").read_text() == "15\n"


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(Refused) as refusal, embedded.servers(settings_of(tmp_path / "home")):
        pass
    assert refusal.value.code == "HOME_UNWRITABLE"


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, "DISK_FULL"), (errno.EACCES, "HOME_UNWRITABLE"), (errno.EROFS, "HOME_UNWRITABLE")],
)
def test_the_system_s_refusal_to_write_is_explained(tmp_path: Path, number: int, code: str) -> None:
    with pytest.raises(Refused) as refusal, refusing_home(tmp_path):
        raise OSError(number, os.strerror(number))
    assert refusal.value.code == code


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_root_runs_servers_as_somebody_else_below_directories_closed_to_them(home: Path) -> None:
    home.parent.chmod(0o700)
    with embedded.servers(settings_of(home)) as addresses:
        assert asyncio.run(ask(addresses)) == 1
        # PostgreSQL itself refuses to run as anybody but the owner of its data.
        assert (home / "postgres" / "data").stat().st_uid != 0
    assert home.parent.stat().st_mode & 0o777 == 0o700


def test_a_command_that_starts_while_servers_stop_gets_new_ones(home: Path) -> None:
    with embedded.servers(settings_of(home)):
        pass
    deadline = time.monotonic() + GRACE + 10
    while Place(home / "postgres").address.exists():
        assert time.monotonic() < deadline, "the server is never stopped"
        time.sleep(0.001)
    with embedded.servers(settings_of(home)) as addresses:
        assert asyncio.run(ask(addresses)) == 1
