"""What Twilio calls: texts that people send, and the status of ours. Every route here stands behind the guard.

An answer of 2xx goes out after the commit; a fault is a 500, and Twilio or the simulator calls again.
"""

from http import HTTPStatus
from time import monotonic
from xml.sax.saxutils import escape

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from prometheus_client import Histogram

from yesfirst import tracing
from yesfirst.ledger.text import BadText, parse_id
from yesfirst.rules.replies import Reply as Meaning
from yesfirst.store.receipts import NewReceipt
from yesfirst.usecases import inbound, receipts
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.inbound import InboundText, Reply
from yesfirst.web.desk import ReceiptDesk
from yesfirst.web.listening import Listening
from yesfirst.web.problems import problem
from yesfirst.web.signature import AnyRequest, Form, checked_form

_XML_TYPE = "text/xml"
_XML = '<?xml version="1.0" encoding="UTF-8"?>'
# Twilio's error codes have five digits; six leave room.
_CODE_DIGITS = 6
_LONGEST_ID = 100
# https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out: any other value leaves it to the words.
_OPT_OUT_TYPES = {"STOP", "START", "HELP"}


class TwilioWebhooks(Controller):
    @post("/inbound", status_code=HTTPStatus.OK)
    async def receive(
        self,
        request: AnyRequest,
        ground: NamedDependency[Ground],
        stops: NamedDependency[Histogram],
        listening: NamedDependency[Listening],
    ) -> Response[str]:
        """A text from a person, answered with TwiML."""
        arrived, text = monotonic(), inbound_text(checked_form(request))
        with listening.taking_in():
            handled = await inbound.receive(ground, text)
        if handled.meaning is Meaning.STOP:
            stops.observe(monotonic() - arrived)
        return Response(twiml(handled.reply), media_type=_XML_TYPE)

    @post("/status", status_code=HTTPStatus.NO_CONTENT)
    async def report(
        self, request: AnyRequest, desk: NamedDependency[ReceiptDesk], message: FromQuery[str] = ""
    ) -> None:
        """The status of a message of ours, or of another system's, which is none of our business."""
        receipt = receipt_of(message, checked_form(request))
        if receipt is not None:
            ours = receipt.message
            async with tracing.span("receipt", joins=ours, message=ours, outcome=receipt.kind):
                await desk.hand_in(receipt)


def inbound_text(form: Form) -> InboundText:
    """What a person sent, in Twilio's words; a 400 problem names the field that is missing."""
    service, to = form.optional("MessagingServiceSid"), form.required("To")
    addresses = (service, to) if service else (to,)
    if not all(map(str.isprintable, addresses)):
        raise problem(HTTPStatus.BAD_REQUEST, "FORM_INVALID", "What it was sent to is no address.")
    opt_out = form.optional("OptOutType")
    return InboundText(
        carrier_id=_carrier_id(form),
        sender=form.required("From"),
        addresses=addresses,
        body=form.optional("Body") or "",
        opt_out_type=opt_out if opt_out in _OPT_OUT_TYPES else None,
    )


def receipt_of(message: str, form: Form) -> NewReceipt | None:
    """The receipt that a status callback brings; None if it isn't about a message of ours or says nothing new."""
    carrier_id, status = _carrier_id(form), form.required("MessageStatus")
    code = _code(form.optional("ErrorCode"))
    try:
        return receipts.parse(parse_id(message), carrier_id, status, code)
    except BadText:
        return None


def twiml(reply: Reply | None) -> str:
    """https://www.twilio.com/docs/messaging/twiml: one text back, or none."""
    if reply is None:
        return f"{_XML}<Response/>"
    return f"{_XML}<Response><Message>{escape(reply.text)}</Message></Response>"


def _carrier_id(form: Form) -> str:
    """The carrier's id of a message: 34 characters at Twilio, and an index holds each."""
    id = form.required("MessageSid")
    if len(id) > _LONGEST_ID or not (id.isascii() and id.isprintable()):
        raise problem(HTTPStatus.BAD_REQUEST, "FORM_INVALID", "MessageSid is not an id.")
    return id


def _code(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _CODE_DIGITS):
        raise problem(HTTPStatus.BAD_REQUEST, "FORM_INVALID", "ErrorCode is not a number.")
    return int(text)
