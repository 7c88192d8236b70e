"""The page of receipt codes, `/p/`: whether a refusal is on record, for whoever has its code."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency

from yesfirst.rules.attempts import Counted, neighbourhood
from yesfirst.usecases.attempts import attempt
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.receipt_codes import Receipted, find, read_code
from yesfirst.web.client import Visitor
from yesfirst.web.pages.faults import often
from yesfirst.web.pages.language import Wanted, own_language
from yesfirst.web.pages.posted import Posted
from yesfirst.web.pages.rendering import answer, render
from yesfirst.web.pages.words import moment

_NO_CODE, _UNKNOWN = {"code": "receipt_missing"}, {"code": "receipt_unknown"}


class ReceiptPages(Controller):
    @get(sync_to_thread=False)
    def show(self, wanted: NamedDependency[Wanted]) -> Response[str]:
        """Where a code is entered."""
        return answer(_page(wanted))

    @post()
    async def look_up(
        self,
        ground: NamedDependency[Ground],
        wanted: NamedDependency[Wanted],
        posted: NamedDependency[Posted],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        """What is on record under a code."""
        wait = await attempt(ground, {Counted.LOOK_UP: neighbourhood(visitor.address)})
        wanted = wanted.first(posted.value("lang"))
        if wait is not None:
            return often(wait, own_language(*wanted.tags))
        return await _look_up(ground, wanted, posted.value("code"))


async def _look_up(ground: Ground, wanted: Wanted, typed: str) -> Response[str]:
    code = read_code(typed)
    if code is None:
        return answer(_page(wanted, typed, problems=_NO_CODE), HTTPStatus.UNPROCESSABLE_ENTITY)
    found = await find(ground, code)
    if not found:
        return answer(_page(wanted, typed, problems=_UNKNOWN), HTTPStatus.NOT_FOUND)
    return answer(_page(wanted, typed, found))


def _page(
    wanted: Wanted,
    typed: str = "",
    found: Sequence[Receipted] = (),
    problems: Mapping[str, str] | None = None,
) -> str:
    language = own_language(*wanted.tags)
    return render(
        "receipt",
        language,
        typed=typed,
        found=found,
        problems=problems or {},
        when=lambda one: moment(one.at.astimezone(one.brand.time_zone), language),
    )
