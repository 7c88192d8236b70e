"""The web application: what is reachable where, and behind which guard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import Guard
from redis.asyncio import Redis

from yesfirst.settings import Networks
from yesfirst.usecases import receipts
from yesfirst.usecases.ground import Ground
from yesfirst.web import problems
from yesfirst.web.api import SECURITY, api
from yesfirst.web.client import Doorway
from yesfirst.web.desk import ReceiptDesk
from yesfirst.web.documented import DocumentedProblems
from yesfirst.web.health import HealthPages, Probes
from yesfirst.web.listening import Listening
from yesfirst.web.metrics import Metrics, MetricsGuard, show_metrics
from yesfirst.web.pages import pages
from yesfirst.web.public_log import LogPages, PublicLog
from yesfirst.web.signature import MOST_BYTES, TwilioGuard
from yesfirst.web.traced import Traced
from yesfirst.web.webhooks import TwilioWebhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """What the web needs beyond the ground; `checkpoint` is the file of the published checkpoint, `log_key`
    the key (a vkey) that verifies it.

    Without `public_url` or `twilio_auth_token` every webhook is refused. `trusted_proxies` are believed who called.
    """

    public_url: str | None
    twilio_auth_token: str | None = field(repr=False)
    redis_url: str = field(repr=False)
    checkpoint: Path
    log_key: str
    metrics_token: str | None = field(repr=False)
    trusted_proxies: Networks = ()

    @property
    def is_reachable(self) -> bool:
        """Whether the carrier can bring us anything."""
        return bool(self.public_url and self.twilio_auth_token)


def create_app(ground: Ground, web: WebSettings) -> Litestar:
    """The application; the caller keeps the ground open for as long as it serves."""
    redis = Redis.from_url(web.redis_url)
    metrics = Metrics(ground, redis)
    listening = Listening(ground)

    @asynccontextmanager
    async def closing(_: Litestar) -> AsyncIterator[None]:
        yield
        await redis.aclose()

    return Litestar(
        [
            api(ground, web.log_key),
            *pages(ground, Doorway(web.trusted_proxies)),
            _webhooks(ground, web, metrics, listening),
            _log(ground, web),
            _health(ground, redis),
            _metrics(metrics, web.metrics_token),
        ],
        lifespan=[closing, *([listening.while_serving] if web.is_reachable else [])],
        plugins=[problems.plugin(), DocumentedProblems()],
        after_exception=[problems.log_fault],
        openapi_config=_schema(),
        logging_config=None,
        debug=False,
        pdb_on_exception=False,
    )


def _schema() -> OpenAPIConfig:
    key = SecurityScheme(type="http", scheme="bearer", description="A key that `yesfirst key create` made.")
    return OpenAPIConfig(
        "Yesfirst",
        version("yesfirst"),
        components=Components(security_schemes={SECURITY: key}),
        render_plugins=[JsonRenderPlugin()],
    )


def _webhooks(ground: Ground, web: WebSettings, metrics: Metrics, listening: Listening) -> Router:
    desk = ReceiptDesk(partial(receipts.record, ground))
    return Router(
        "/webhooks/twilio",
        route_handlers=[TwilioWebhooks],
        guards=[TwilioGuard(web.twilio_auth_token, web.public_url)],
        dependencies={
            "ground": _giving(ground),
            "desk": _giving(desk),
            "stops": _giving(metrics.stops),
            "listening": _giving(listening),
        },
        middleware=[Traced()],
        request_max_body_size=MOST_BYTES,
        include_in_schema=False,
    )


def _log(ground: Ground, web: WebSettings) -> Router:
    log = PublicLog(web.checkpoint, ground.engine)
    return Router("/log", route_handlers=[LogPages], dependencies={"log": _giving(log)})


def _health(ground: Ground, redis: Redis) -> Router:
    probes = Probes(ground.engine, redis)
    return Router("/health", route_handlers=[HealthPages], dependencies={"probes": _giving(probes)})


def _metrics(metrics: Metrics, token: str | None) -> Router:
    guards: list[Guard] = [MetricsGuard(token)]
    return Router(
        "/", route_handlers=[show_metrics], guards=guards, dependencies={"metrics": _giving(metrics)}
    )


def _giving(value: object) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)
