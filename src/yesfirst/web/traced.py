"""A span for each request, named after the route's template: what was really asked for may name somebody."""

from typing import cast

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from yesfirst import tracing


class Traced(ASGIMiddleware):
    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Passes the request on, and notes the status of its answer."""
        method, route = cast(HTTPScope, scope)["method"], scope["path_template"]
        async with tracing.span("request", method=method, route=route) as step:

            async def noting(message: Message) -> None:
                if message["type"] == "http.response.start":
                    step.note(status=message["status"])
                await send(message)

            await next_app(scope, receive, noting)
