"""What people wrote that one of us has to read: listed, read, resolved.

The one answer of the API with a number in it is that of a review that is read; that it was is on record, by the key.
"""

from http import HTTPStatus
from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from msgspec import Struct

from yesfirst.usecases import review as reviews
from yesfirst.usecases.api_keys import Caller, Capability
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.review import Open, Read, Resolution
from yesfirst.web.api.access import id_in_path, unknown
from yesfirst.web.api.bodies import ResolveBody
from yesfirst.web.api.repeats import Repeats

_NOT_STORED = {"Cache-Control": "no-store"}
_MOST = 100
Limit = Annotated[int, QueryParameter(ge=1, le=_MOST, description="How many reviews a page has at most.")]
After = Annotated[str | None, QueryParameter(description="The `next` of the page before.")]


class ReviewPage(Struct, frozen=True):
    """What waits, the oldest first; `next` is the cursor of the following page, null on the last."""

    reviews: list[Open]
    next: str | None


class Resolved(Struct, frozen=True):
    review: str
    resolution: Resolution


class ReviewPages(Controller):
    path = "/reviews"

    @get(can=Capability.REVIEW)
    async def list_reviews(
        self,
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        after: After = None,
        limit: Limit = 50,
    ) -> ReviewPage:
        """What waits for somebody to read it, without what was written."""
        last = id_in_path(after, "CURSOR_UNKNOWN") if after else None
        found = await reviews.list_open(ground, caller.brand, last, limit + 1)
        return ReviewPage(found[:limit], found[limit - 1].review if len(found) > limit else None)

    @post("/{review:str}/read", status_code=HTTPStatus.OK, can=Capability.REVIEW)
    async def read(
        self, review: FromPath[str], caller: NamedDependency[Caller], ground: NamedDependency[Ground]
    ) -> Response[Read]:
        """What somebody wrote, and their number; the log names the key that has read it."""
        await _check(ground, caller, review)
        return Response(await reviews.read(ground, review, caller.actor), headers=_NOT_STORED)

    @post("/{review:str}/resolve", status_code=HTTPStatus.OK, can=Capability.REVIEW)
    async def resolve(
        self,
        review: FromPath[str],
        data: ResolveBody,
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        repeats: NamedDependency[Repeats],
    ) -> Resolved:
        """Say what it was: `stop` withdraws everything, `keep` lets the held messages go on."""
        return await repeats.answer(Resolved, lambda: _resolve(ground, caller, review, data.resolution))


async def _resolve(ground: Ground, caller: Caller, review: str, resolution: Resolution) -> Resolved:
    await _check(ground, caller, review)
    await reviews.resolve(ground, review, resolution, caller.actor)
    return Resolved(review, resolution)


async def _check(ground: Ground, caller: Caller, review: str) -> None:
    """A 404 problem for what belongs to a brand that the caller may not use, as for what doesn't wait."""
    if not caller.may_use(await reviews.brand_of(ground, review)):
        raise unknown("REVIEW_UNKNOWN")
