"""The export of a run: one zip of bundles under one checkpoint, with a readable page for each message.

`bundles/MESSAGE_ID.json`, `pages/MESSAGE_ID.html`, `KEYS`, `manifest.json`. KEYS lists the C2SP vkeys, the
log's first, for convenience: a verifier's user takes keys from elsewhere. File names are message ids.

Invariants: nothing is held in memory but the manifest's lines; the same bundles give the same bytes.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from yesfirst.ledger import bundle, canonical
from yesfirst.ledger.canonical import Json
from yesfirst.ledger.page import page
from yesfirst.ledger.text import hash_text

FORMAT = "yesfirst-evidence-export/v1"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # zip's first instant: real times would make equal exports differ


def write_export(out: BinaryIO, run: str, bundles: Iterable[bytes], keys: Sequence[str]) -> int:
    """Write the zip of a run's bundles to `out` and return how many there are.

    `run` is the run id as text; BadBundle if one of the bundles is none.
    """
    listed: dict[str, Json] = {}
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for data in bundles:
            read = bundle.parse(data)
            name = f"bundles/{read.message}.json"
            if name in listed:
                raise bundle.BadBundle(f"two bundles about message {read.message}")
            listed[name] = hash_text(hashlib.sha256(data).digest())
            _add(archive, name, data)
            _add(archive, f"pages/{read.message}.html", page(read).encode())
        _add(archive, "KEYS", "".join(f"{key}\n" for key in keys).encode())
        manifest: Json = {"format": FORMAT, "run": run, "bundles": listed}
        _add(archive, "manifest.json", canonical.encode(manifest))
    return len(listed)


def _add(archive: ZipFile, name: str, data: bytes) -> None:
    info = ZipInfo(name, _EPOCH)
    info.compress_type = ZIP_DEFLATED
    archive.writestr(info, data)
