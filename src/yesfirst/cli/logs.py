"""What processes log: on standard error, plain for people or as JSON for machines, without anybody's data.

As JSON each step of a message is logged too, with the ids of run, batch and messages.

Our own messages hold none. Those of libraries might: of them only the wording without its arguments is shown,
and of any exception only the types and the places in the code.
"""

import logging
import traceback
from types import TracebackType

import msgspec

from yesfirst.usecases.trail import IDS


class _Plain(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(said)s")

    def format(self, record: logging.LogRecord) -> str:
        record.said = _said(record)
        return super().format(record)

    def formatException(
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        return _without_texts(ei[1])


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "part": record.name,
            "message": _said(record),
            **getattr(record, IDS, {}),
        }
        if record.exc_info:
            entry["exception"] = _without_texts(record.exc_info[1])
        return msgspec.json.encode(entry).decode()


def log_to_stderr(style: str) -> None:
    """From here on the process logs; `style` is `plain` or `json`."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Json() if style == "json" else _Plain())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("yesfirst").setLevel(logging.DEBUG if style == "json" else logging.INFO)


def _said(record: logging.LogRecord) -> str:
    ours = record.name == "yesfirst" or record.name.startswith("yesfirst.")
    return record.getMessage() if ours else str(record.msg)


def _without_texts(error: BaseException | None) -> str:
    if error is None:
        return ""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    return "\n".join([type(error).__name__, *places])
