"""Up to a thousand people in one request, each as if they had come alone.

Who is refused doesn't keep the others out; a brand that the key may not use, or that isn't there, refuses all
before anybody is recorded.
"""

from http import HTTPStatus

from litestar import Controller, post
from litestar.di import NamedDependency
from msgspec import Struct

from yesfirst.errors import Refused
from yesfirst.intake.brand import Brand
from yesfirst.intake.notice import Notice
from yesfirst.intake.result import Outcome
from yesfirst.usecases import documents, person
from yesfirst.usecases.api_keys import Caller, Capability
from yesfirst.usecases.enrol import Ending
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.person import Wanted
from yesfirst.web.api.access import brand_for
from yesfirst.web.api.bodies import NewPerson, PeopleBody
from yesfirst.web.api.people import wanted
from yesfirst.web.api.repeats import Repeats


class Ended(Struct, frozen=True):
    """How one of them ended; `reason` is the code that they would have been refused with alone."""

    outcome: Outcome
    reason: str | None


class BulkPages(Controller):
    path = "/people/bulk"

    @post(status_code=HTTPStatus.OK, can=Capability.PEOPLE)
    async def add_each(
        self,
        data: PeopleBody,
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        repeats: NamedDependency[Repeats],
    ) -> list[Ended]:
        """Record people, at most 1,000; how each ended stands at the same place of the answer."""
        return await repeats.answer(list[Ended], lambda: _add_each(ground, caller, data))


async def _add_each(ground: Ground, caller: Caller, people: list[NewPerson]) -> list[Ended]:
    names = dict.fromkeys(new.brand for new in people)
    brands = {name: await brand_for(caller, ground, name) for name in names}
    ended: dict[int, Ended] = {}
    for name, brand in brands.items():
        theirs = {place: new for place, new in enumerate(people) if new.brand == name}
        ended |= await _add_to(ground, caller, brand, theirs)
    return [ended[place] for place in range(len(people))]


async def _add_to(
    ground: Ground, caller: Caller, brand: Brand, people: dict[int, NewPerson]
) -> dict[int, Ended]:
    """How each of them ended, by their places."""
    notices = {
        name: await _notice(ground, brand, name) for name in dict.fromkeys(p.notice for p in people.values())
    }
    asked = {place: _wanted(new, brand, notices[new.notice], caller) for place, new in people.items()}
    fit = {place: one for place, one in asked.items() if isinstance(one, Wanted)}
    endings = dict(zip(fit, await person.add_each(ground, brand, list(fit.values())), strict=True))
    refused = {place: one for place, one in asked.items() if isinstance(one, Refused)}
    return {place: _ended(ending) for place, ending in (endings | refused).items()}


async def _notice(ground: Ground, brand: Brand, name: str) -> Notice | Refused:
    try:
        return await documents.find_notice(ground, brand, name)
    except Refused as refusal:
        return refusal


def _wanted(new: NewPerson, brand: Brand, notice: Notice | Refused, caller: Caller) -> Wanted | Refused:
    if isinstance(notice, Refused):
        return notice
    if new.confirm:
        # Each question is a text to somebody who may not have asked for it: no storm of them by one request.
        return Refused("CONFIRM_INVALID", "Many at once are not asked to confirm.", "Ask them one by one.")
    try:
        return wanted(new, brand, notice, caller)
    except Refused as refusal:
        return refusal


def _ended(ending: Ending | Refused) -> Ended:
    return Ended(Outcome.REJECTED, ending.code) if isinstance(ending, Refused) else Ended(*ending)
