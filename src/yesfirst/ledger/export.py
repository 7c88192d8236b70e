"""The export of a run: one zip of bundles under one checkpoint, with a readable page for each message.

`bundles/MESSAGE_ID.json`, `pages/MESSAGE_ID.html`, `KEYS`, `manifest.json`. KEYS lists the C2SP vkeys, the
log's first, for convenience: a verifier's user takes keys from elsewhere. File names are message ids.

Invariants: nothing is held in memory but the manifest's lines; the same bundles give the same bytes.
"""

import hashlib
from collections.abc import Sequence
from typing import BinaryIO, Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from yesfirst.ledger import bundle, canonical
from yesfirst.ledger.canonical import Json
from yesfirst.ledger.page import page
from yesfirst.ledger.text import hash_text

FORMAT = "yesfirst-evidence-export/v1"
_LEVEL = 1  # most of a bundle is hashes, which do not get smaller
_EPOCH = (1980, 1, 1, 0, 0, 0)  # zip's first instant: real times would make equal exports differ


class Export:
    """The zip of a run while it is written to `out`; `run` is the run id as text.

    Use it as a context manager: the manifest, without which a verifier refuses the zip, is written at the
    end, and only if nothing went wrong before.
    """

    def __init__(self, out: BinaryIO, run: str, keys: Sequence[str]) -> None:
        self._zip = ZipFile(out, "w")
        self._run, self._keys = run, keys
        self._listed: dict[str, Json] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._write("KEYS", "".join(f"{key}\n" for key in self._keys).encode())
            manifest: Json = {"format": FORMAT, "run": self._run, "bundles": self._listed}
            self._write("manifest.json", canonical.encode(manifest))
        self._zip.close()

    def __len__(self) -> int:
        return len(self._listed)

    def add(self, data: bytes) -> None:
        """Write a bundle and its page; BadBundle if it is none, or a second one about its message."""
        read = bundle.parse(data)
        name = f"bundles/{read.message}.json"
        if name in self._listed:
            raise bundle.BadBundle(f"two bundles about message {read.message}")
        self._listed[name] = hash_text(hashlib.sha256(data).digest())
        self._write(name, data)
        self._write(f"pages/{read.message}.html", page(read).encode())

    def _write(self, name: str, data: bytes) -> None:
        info = ZipInfo(name, _EPOCH)
        self._zip.writestr(info, data, ZIP_DEFLATED, _LEVEL)
