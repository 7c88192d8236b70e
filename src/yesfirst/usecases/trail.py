"""What the log says of messages on their way: what happened to which of them, by ids alone.

One line for many messages, at level debug, which the log for machines shows (`--log json`) and the one for
people doesn't. A line is written after the commit of what it tells.
"""

import logging
from collections.abc import Iterable

from yesfirst.ledger.text import id_text

IDS = "ids"
"""The attribute of a log record that holds ids by name."""


def tell(log: logging.Logger, what: str, messages: Iterable[bytes], **ids: str) -> None:
    """Says that this happened to these messages; `ids` name the run, the batch or what else it belongs to."""
    if log.isEnabledFor(logging.DEBUG):
        log.debug(what, extra={IDS: {**ids, "messages": [id_text(one) for one in messages]}})
