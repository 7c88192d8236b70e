"""The API: what the commands do, for other programs. See docs/api.md."""

from litestar import Router
from litestar.di import Provide

from yesfirst.usecases.ground import Ground
from yesfirst.web.api.access import KeyGuard, checked_caller
from yesfirst.web.api.brands import BrandPages
from yesfirst.web.api.bulk import BulkPages
from yesfirst.web.api.campaigns import CampaignPages
from yesfirst.web.api.messages import MessagePages
from yesfirst.web.api.people import PeoplePages
from yesfirst.web.api.repeats import repeats_of
from yesfirst.web.api.runs import RunPages

SECURITY = "key"
MOST_BYTES = 1024 * 1024


def api(ground: Ground) -> Router:
    """Everything under /api/, behind the guard of keys."""
    return Router(
        "/api",
        route_handlers=[BrandPages, PeoplePages, BulkPages, CampaignPages, RunPages, MessagePages],
        guards=[KeyGuard(ground)],
        dependencies={
            "ground": Provide(lambda: ground, sync_to_thread=False),
            "caller": Provide(checked_caller, sync_to_thread=False),
            "repeats": Provide(repeats_of),
        },
        request_max_body_size=MOST_BYTES,
        security=[{SECURITY: []}],
        tags=["api"],
    )
