"""The key that signs the evidence log: one secret file, its name the log's origin."""

from pathlib import Path

from yesfirst.errors import Refused
from yesfirst.ledger.note import BadNote, Signer, generate, parse_signer
from yesfirst.store.keyring import create_once

FILE = "log.key"


def create_log_key(directory: Path, origin: str) -> None:
    """Makes the key unless there is one."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    create_once(directory / FILE, generate(origin).encode().encode())


def read_log_key(directory: Path, origin: str) -> Signer:
    """Raises Refused: KEYS_MISSING, KEY_INVALID, KEY_FOREIGN."""
    path = directory / FILE
    try:
        signer = parse_signer(path.read_text("ascii"))
    except FileNotFoundError:
        raise Refused(
            "KEYS_MISSING", f"There is no key {path}.", "`yesfirst keys create` makes it."
        ) from None
    except (BadNote, UnicodeDecodeError):
        raise Refused(
            "KEY_INVALID", f"{path} is no signing key.", "Bring back the file from where you keep its copy."
        ) from None
    if signer.name != origin:
        raise Refused(
            "KEY_FOREIGN",
            f"The key in {path} signs the log {signer.name}, not {origin}.",
            "Set YESFIRST_LOG_ORIGIN to the log's name, or YESFIRST_KEYS to the directory of its key.",
        )
    return signer
