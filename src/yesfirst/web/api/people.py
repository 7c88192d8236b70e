"""People, by their number in the body: a consent in, a question out, what is known of somebody, their own page."""

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
from yesfirst.rules.asking import NotAsked
from yesfirst.usecases import documents, person, trial
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.api_keys import Caller, Capability
from yesfirst.usecases.ask_first import ask_first
from yesfirst.usecases.explain import Answered, Question, explain
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.own_link import link_by_number
from yesfirst.usecases.person import Known, Method, Source, Stated, Wanted
from yesfirst.web.api.access import brand_for, run_for
from yesfirst.web.api.bodies import ExplainBody, NewPerson, NumberBody, PersonBody
from yesfirst.web.api.repeats import Repeats
from yesfirst.web.problems import problem

_REFUSALS = {
    RowReason.SUPPRESSED: "This person said stop, and comes back by their own act alone.",
    RowReason.NUMBER_REASSIGNED: "The number has changed hands since the consent was given.",
    RowReason.WITHDRAWN_SINCE: "This person withdrew after the consent was given.",
}


_NOT_ASKED = {
    NotAsked.REFUSED: (RowReason.SUPPRESSED, "This person said no to it, and isn't asked again."),
    NotAsked.HELD: ("REPLY_UNCLEAR", "A reply of this person has to be read first."),
    NotAsked.AGREED: ("AGREED_ALREADY", "This person has agreed to it already."),
    NotAsked.WAITING: ("ASKED_ALREADY", "This person was asked, and may still answer."),
    NotAsked.OFTEN: ("ASKED_OFTEN", "This person was asked often enough, and has not answered."),
}


class Added(Struct, frozen=True, omit_defaults=True):
    """`imported` is somebody new, `updated` somebody known of whom something changed.

    `pending`, and no outcome: the number was asked to confirm.
    """

    outcome: Outcome | None
    pending: bool = False


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

    @post("/link", status_code=HTTPStatus.OK, can=Capability.PEOPLE)
    async def link(
        self,
        data: NumberBody,
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        repeats: NamedDependency[Repeats],
    ) -> Linked:
        """A link to a person's own page, where they see what they agreed to and can stop it; for 30 days."""
        return await repeats.answer(Linked, lambda: _link(ground, caller, data))

    @post("/find", status_code=HTTPStatus.OK, can=Capability.READ)
    async def find(
        self, data: NumberBody, caller: NamedDependency[Caller], ground: NamedDependency[Ground]
    ) -> Known:
        """What a brand knows of a number: may it be texted, for what, until when."""
        brand = await brand_for(caller, ground, data.brand)
        return await person.find(ground, brand, person.read_number(data.number, brand))

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


async def _link(ground: Ground, caller: Caller, data: NumberBody) -> Linked:
    brand = await brand_for(caller, ground, data.brand)
    link = await link_by_number(ground, brand.id, person.read_number(data.number, brand))
    return Linked(link.url, link.expires_at)


async def _add(ground: Ground, caller: Caller, new: NewPerson) -> Added:
    brand = await brand_for(caller, ground, new.brand)
    notice = await documents.find_notice(ground, brand, new.notice)
    if new.confirm:
        return await _ask(ground, brand, wanted(new, brand, notice, caller))
    outcome, reason = await person.add(ground, brand, wanted(new, brand, notice, caller))
    if reason is not None:
        raise problem(HTTPStatus.CONFLICT, reason, _REFUSALS[reason])
    return Added(outcome)


async def _ask(ground: Ground, brand: Brand, asked: Wanted) -> Added:
    against = await ask_first(ground, brand, asked)
    if against is not None:
        raise problem(HTTPStatus.CONFLICT, *_NOT_ASKED[against])
    return Added(None, pending=True)


def wanted(new: NewPerson, brand: Brand, notice: Notice, caller: Caller) -> Wanted:
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
    return Wanted(new.purpose, notice, stated, Source(new.method, new.proof, _actor(new, caller)))


def _actor(new: NewPerson, caller: Caller) -> Actor | None:
    """Who tells of somebody's own act; what another system states is its own statement."""
    return caller.actor if new.method is not Method.API else None


def _instant(at: datetime, code: str) -> datetime:
    """UTC in whole milliseconds, as leaves have it; raises Refused in years that no file may name either."""
    if at.year not in YEARS:
        message = f"The year is not within {YEARS.start} to {YEARS.stop - 1}."
        raise Refused(code, message, "Correct it; a consent without an end has null as `expires`.")
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)
