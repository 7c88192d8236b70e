"""The API: what the commands do, for other programs. See docs/api.md."""

from litestar import Router
from litestar.di import Provide

from yesfirst.usecases.ground import Ground
from yesfirst.web.api.access import KeyGuard, checked_caller
from yesfirst.web.api.brands import BrandPages
from yesfirst.web.api.bulk import BulkPages
from yesfirst.web.api.campaigns import CampaignPages
from yesfirst.web.api.evidence import EvidencePages
from yesfirst.web.api.imports import ImportDesk, ImportPages, TablePages
from yesfirst.web.api.messages import MessagePages
from yesfirst.web.api.people import PeoplePages
from yesfirst.web.api.renewals import RenewalPages
from yesfirst.web.api.repeats import repeats_of
from yesfirst.web.api.reviews import ReviewPages
from yesfirst.web.api.runs import RunPages
from yesfirst.web.api.tables import reading_of
from yesfirst.web.api.withdrawals import WithdrawalPages
from yesfirst.web.traced import Traced

SECURITY = "key"
MOST_BYTES = 1024 * 1024


def api(ground: Ground, log_key: str) -> Router:
    """Everything under /api/, behind the guard of keys; `log_key` is the log's public one, which exports name."""
    desk = ImportDesk()
    return Router(
        "/api",
        route_handlers=[
            BrandPages,
            PeoplePages,
            BulkPages,
            WithdrawalPages,
            TablePages,
            ImportPages,
            CampaignPages,
            RunPages,
            EvidencePages,
            MessagePages,
            RenewalPages,
            ReviewPages,
        ],
        guards=[KeyGuard(ground)],
        dependencies={
            "ground": Provide(lambda: ground, sync_to_thread=False),
            "caller": Provide(checked_caller, sync_to_thread=False),
            "repeats": Provide(repeats_of),
            "reading": Provide(reading_of, sync_to_thread=False),
            "log_key": Provide(lambda: log_key, sync_to_thread=False),
            "desk": Provide(lambda: desk, sync_to_thread=False),
        },
        middleware=[Traced()],
        request_max_body_size=MOST_BYTES,
        security=[{SECURITY: []}],
        tags=["api"],
    )
