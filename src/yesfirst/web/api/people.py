"""People, by their number in the body: a consent in, a withdrawal in, what is known of somebody, their own page."""

from datetime import UTC, datetime
from http import HTTPStatus

from litestar import Controller, post
from litestar.di import NamedDependency
from msgspec import Struct

from yesfirst.errors import Refused
from yesfirst.intake.brand import Brand
from yesfirst.intake.campaign import Campaign
from yesfirst.intake.dates import YEARS
from yesfirst.intake.headerwords import FACTS
from yesfirst.intake.notice import Notice
from yesfirst.intake.result import Outcome, RowReason
from yesfirst.ledger.text import id_text
from yesfirst.usecases import documents, person, trial
from yesfirst.usecases.api_keys import Caller, Capability
from yesfirst.usecases.explain import Answered, Question, explain
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.own_link import link_by_number
from yesfirst.usecases.person import Known, Stated, Wanted
from yesfirst.usecases.withdraw import withdraw
from yesfirst.web.api.access import brand_for, run_for
from yesfirst.web.api.bodies import ExplainBody, NewPerson, NumberBody, PersonBody
from yesfirst.web.api.repeats import Repeats
from yesfirst.web.problems import problem

_REFUSALS = {
    RowReason.SUPPRESSED: "This person said stop, and comes back by their own act alone.",
    RowReason.NUMBER_REASSIGNED: "The number has changed hands since the consent was given.",
    RowReason.WITHDRAWN_SINCE: "This person withdrew after the consent was given.",
}


class Added(Struct, frozen=True):
    """`imported` is somebody new, `updated` somebody known of whom something changed."""

    outcome: Outcome


class Withdrawn(Struct, frozen=True):
    """In force since `at`; `in_flight` are the messages that were already being handed over."""

    brand: str
    at: datetime
    in_flight: list[str]


class Linked(Struct, frozen=True):
    """The address of a person's own page: give it to nobody else."""

    url: str
    expires_at: datetime

    def __repr__(self) -> str:
        return "Linked()"


class PeoplePages(Controller):
    path = "/people"

    @post(status_code=HTTPStatus.OK, can=Capability.PEOPLE)
    async def add(
        self,
        data: PersonBody,
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        repeats: NamedDependency[Repeats],
    ) -> Added:
        """Record a consent, and what is said of the person besides."""
        return await repeats.answer(Added, lambda: _add(ground, caller, data))

    @post("/withdraw", status_code=HTTPStatus.OK, can=Capability.PEOPLE)
    async def withdraw(
        self,
        data: NumberBody,
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        repeats: NamedDependency[Repeats],
    ) -> Withdrawn:
        """Withdraw everything for a number, known or not; in force when this is answered."""
        return await repeats.answer(Withdrawn, lambda: _withdraw(ground, caller, data.brand, data.number))

    @post("/link", status_code=HTTPStatus.OK, can=Capability.PEOPLE)
    async def link(
        self, data: NumberBody, caller: NamedDependency[Caller], ground: NamedDependency[Ground]
    ) -> Linked:
        """A link to a person's own page, where they see what they agreed to and can stop it; for 30 days."""
        brand = await brand_for(caller, ground, data.brand)
        link = await link_by_number(ground, brand.id, person.read_number(data.number, brand))
        return Linked(link.url, link.expires_at)

    @post("/find", status_code=HTTPStatus.OK, can=Capability.READ)
    async def find(
        self, data: NumberBody, caller: NamedDependency[Caller], ground: NamedDependency[Ground]
    ) -> Known:
        """What a brand knows of a number: may it be texted, for what, until when."""
        brand = await brand_for(caller, ground, data.brand)
        return await person.find(ground, brand.id, person.read_number(data.number, brand))

    @post("/explain", status_code=HTTPStatus.OK, can=Capability.READ)
    async def explain(
        self, data: ExplainBody, caller: NamedDependency[Caller], ground: NamedDependency[Ground]
    ) -> Answered:
        """Whether a number may be texted at an instant, past or future, and why: each rule with its source."""
        brand = await brand_for(caller, ground, data.brand)
        campaign = await _campaign(ground, caller, data.run) if data.run else None
        question = Question(
            brand=brand,
            purpose=data.purpose,
            e164=person.read_number(data.number, brand),
            language=data.language,
            at=_instant(data.at, "AT_INVALID") if data.at else None,
            campaign=campaign,
        )
        return await explain(ground, question)


async def _campaign(ground: Ground, caller: Caller, run: str) -> Campaign:
    _, campaign = await trial.campaign_of(ground, await run_for(caller, ground, run))
    return campaign


async def _add(ground: Ground, caller: Caller, new: NewPerson) -> Added:
    brand = await brand_for(caller, ground, new.brand)
    notice = await documents.find_notice(ground, brand, new.notice)
    outcome, reason = await person.add(ground, brand, wanted(new, brand, notice))
    if reason is not None:
        raise problem(HTTPStatus.CONFLICT, reason, _REFUSALS[reason])
    return Added(outcome)


def wanted(new: NewPerson, brand: Brand, notice: Notice) -> Wanted:
    """What a caller asks to record; raises Refused where the number or a time is none."""
    stated = Stated(
        e164=person.read_number(new.number, brand),
        given=_instant(new.given, "GIVEN_INVALID"),
        expires=_instant(new.expires, "EXPIRES_INVALID") if new.expires else None,
        values=new.attributes,
        external_id=new.external_id,
        language=new.language,
        facts={role: cell for role in FACTS if (cell := getattr(new, role.value)) is not None},
    )
    return Wanted(new.purpose, notice, stated)


async def _withdraw(ground: Ground, caller: Caller, name: str, number: str) -> Withdrawn:
    brand = await brand_for(caller, ground, name)
    e164 = person.read_number(number, brand)
    async with ground.engine.begin() as connection:
        [done] = await withdraw(ground, connection, [brand.id], e164, via="api", private={})
    return Withdrawn(brand.id, done.at, [id_text(message) for message in done.in_flight])


def _instant(at: datetime, code: str) -> datetime:
    """UTC in whole milliseconds, as leaves have it; raises Refused in years that no file may name either."""
    if at.year not in YEARS:
        message = f"The year is not within {YEARS.start} to {YEARS.stop - 1}."
        raise Refused(code, message, "Correct it; a consent without an end has null as `expires`.")
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)
