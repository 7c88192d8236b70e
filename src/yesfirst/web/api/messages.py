"""Messages: what was decided about a number, and the proof of it."""

from datetime import datetime
from http import HTTPStatus

from litestar import Controller, MediaType, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from yesfirst.ledger.text import id_text
from yesfirst.usecases import export, person
from yesfirst.usecases.api_keys import Caller, Capability
from yesfirst.usecases.ground import Ground
from yesfirst.web.api.access import brand_for, id_in_path, unknown
from yesfirst.web.api.bodies import NumberBody
from yesfirst.web.documented import refused_with

_NOT_STORED = {"Cache-Control": "no-store"}


class Decision(Struct, frozen=True):
    """An attempt to text somebody, and what became of it."""

    message: str
    run: str
    campaign: str
    state: str
    at: datetime


class MessagePages(Controller):
    path = "/messages"

    @post("/find", status_code=HTTPStatus.OK, can=Capability.EVIDENCE)
    async def find(
        self, data: NumberBody, caller: NamedDependency[Caller], ground: NamedDependency[Ground]
    ) -> list[Decision]:
        """What was decided about a number, the newest first."""
        brand = await brand_for(caller, ground, data.brand)
        found = await export.find(ground, brand.id, person.read_number(data.number, brand))
        return [
            Decision(id_text(one.message), id_text(one.run), one.campaign, one.state, one.at) for one in found
        ]

    @get(
        "/{message:str}/evidence",
        can=Capability.EVIDENCE,
        media_type=MediaType.JSON,
        responses=refused_with([HTTPStatus.CONFLICT]),
    )
    async def evidence(
        self, message: FromPath[str], caller: NamedDependency[Caller], ground: NamedDependency[Ground]
    ) -> Response[bytes]:
        """The bundle of a message, to be verified offline; the log names the key that took it out."""
        id = id_in_path(message, "MESSAGE_UNKNOWN")
        brand = await export.brand_of(ground, id)
        if brand is None or not caller.may_use(brand):
            raise unknown("MESSAGE_UNKNOWN")
        bundle = await export.export_message(ground, id, caller.actor)
        return Response(bundle, media_type=MediaType.JSON, headers=_NOT_STORED)
