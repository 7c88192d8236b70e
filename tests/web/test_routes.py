"""The policy of routes: each is behind a guard, or is one of the few that are open on purpose."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from litestar import Litestar, get
from litestar.routes import HTTPRoute
from webserver import grounded, settings

from yesfirst.usecases.api_keys import Capability
from yesfirst.web.api.access import KeyGuard
from yesfirst.web.app import create_app
from yesfirst.web.metrics import MetricsGuard
from yesfirst.web.signature import TwilioGuard

WEBHOOKS = "/webhooks/"
OPEN = ("/health/", "/log/", "/schema", "/c/", "/p/")


@pytest.fixture
async def app(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Litestar]:
    async with grounded(database_url) as ground:
        yield create_app(ground, settings(redis_url, tmp_path))


def unguarded(app: Litestar) -> set[str]:
    """Paths that neither have a guard nor are open on purpose."""
    found = set()
    for route in app.routes:
        assert isinstance(route, HTTPRoute), f"what guards {route.path}?"
        for handler in route.route_handlers:
            guards = (TwilioGuard, MetricsGuard, KeyGuard)
            is_guarded = any(isinstance(guard, guards) for guard in handler.resolve_guards())
            # The framework's answer to OPTIONS tells nothing but the methods.
            is_open = f"{route.path}/".startswith(OPEN)
            if not is_guarded and handler.http_methods != {"OPTIONS"} and not is_open:
                found.add(route.path)
    return found


async def test_every_route_is_guarded_or_open_on_purpose(app: Litestar) -> None:
    assert unguarded(app) == set()
    webhooks = {route.path for route in app.routes if route.path.startswith(WEBHOOKS)}
    assert webhooks == {"/webhooks/twilio/inbound", "/webhooks/twilio/status"}
    signed = {
        route.path
        for route in app.routes
        if isinstance(route, HTTPRoute)
        and all(
            any(isinstance(guard, TwilioGuard) for guard in handler.resolve_guards())
            for handler in route.route_handlers
        )
    }
    assert signed == webhooks


async def test_every_route_of_the_api_asks_for_a_capability(app: Litestar) -> None:
    asked = {
        handler.opt.get("can")
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path.startswith("/api/")
        for handler in route.route_handlers
        if handler.http_methods != {"OPTIONS"}
    }
    assert asked == set(Capability)


async def test_a_new_route_without_a_guard_is_found(app: Litestar) -> None:
    @get("/console/people")
    async def people() -> None:
        """Lists people to anybody."""

    app.register(people)
    assert unguarded(app) == {"/console/people"}


async def test_the_pages_of_people_are_not_in_the_schema_of_programs(app: Litestar) -> None:
    assert [path for path in app.openapi_schema.paths or {} if path.startswith(("/c", "/p"))] == []


async def test_what_changes_something_is_not_asked_with_get(app: Litestar) -> None:
    methods = {route.path: route.methods for route in app.routes if route.path.startswith(WEBHOOKS)}
    assert set(map(frozenset, methods.values())) == {frozenset({"POST", "OPTIONS"})}
