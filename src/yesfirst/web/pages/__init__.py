"""The pages that people see: sign-up forms and posters under `/c/`, their own pages and receipts under `/p/`.

They work without scripts, hold nothing from elsewhere, and show no address or number to any log.
"""

from litestar import Router
from litestar.di import Provide
from litestar.exceptions import HTTPException

from yesfirst.errors import Refused
from yesfirst.usecases.ground import Ground
from yesfirst.web.client import Doorway
from yesfirst.web.pages.faults import fault
from yesfirst.web.pages.language import wanted_languages
from yesfirst.web.pages.own import OwnPages
from yesfirst.web.pages.posted import MOST_BYTES, posted
from yesfirst.web.pages.receipts import ReceiptPages
from yesfirst.web.pages.signup import SignupPages
from yesfirst.web.traced import Traced


def pages(ground: Ground, doorway: Doorway) -> list[Router]:
    """All of them, open to everybody."""
    return [
        _router("/c", [SignupPages], ground, doorway),
        _router("/p", [ReceiptPages, OwnPages], ground, doorway),
    ]


def _router(path: str, controllers: list[type], ground: Ground, doorway: Doorway) -> Router:
    return Router(
        path,
        route_handlers=controllers,
        dependencies={
            "ground": Provide(lambda: ground, sync_to_thread=False),
            "visitor": Provide(doorway.visitor, sync_to_thread=False),
            "wanted": Provide(wanted_languages, sync_to_thread=False),
            "posted": Provide(posted),
        },
        exception_handlers={HTTPException: fault, Refused: fault, Exception: fault},
        middleware=[Traced()],
        request_max_body_size=MOST_BYTES,
        include_in_schema=False,
    )
