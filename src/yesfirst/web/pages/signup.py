"""The hosted form, `/c/{form}`: what somebody would agree to, a box that is not ticked, and their number.

Whatever is known of a number, the page answers alike and takes as long. What a consent's proof is the digest of is the
page as it is first shown; one on which something was wrong holds what was typed, and is no part of it.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from yesfirst.rules import numbers
from yesfirst.rules.attempts import Counted, neighbourhood
from yesfirst.rules.numbers import Number, NumberProblem
from yesfirst.usecases.attempts import attempt
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.shown_form import ShownForm, address_of, show_form
from yesfirst.usecases.sign_up import Capture, sign_up
from yesfirst.web.client import Visitor
from yesfirst.web.pages.faults import absent, often
from yesfirst.web.pages.language import Wanted, own_language
from yesfirst.web.pages.posted import Posted
from yesfirst.web.pages.poster import poster_page, qr_file
from yesfirst.web.pages.rendering import answer, headers, render
from yesfirst.web.pages.wording import paragraphs

ANSWER_SECONDS = 0.4
"""How long a sign-up takes at least, so that the time tells nothing either."""
HONEYPOT = "website"
"""A field that people don't see; whoever fills it in is a program."""
_PROBLEMS = {NumberProblem.MISSING: "number_missing", NumberProblem.INVALID: "number_invalid"}


class SignupPages(Controller):
    path = "/{form:str}"

    @get()
    async def show(
        self, form: FromPath[str], ground: NamedDependency[Ground], wanted: NamedDependency[Wanted]
    ) -> Response[str]:
        """The form, in the language that is wanted most of those it has."""
        shown = await show_form(ground, form, wanted.tags)
        return answer(form_page(shown)) if shown else absent(wanted)

    @post()
    async def submit(
        self,
        form: FromPath[str],
        ground: NamedDependency[Ground],
        wanted: NamedDependency[Wanted],
        posted: NamedDependency[Posted],
        visitor: NamedDependency[Visitor],
    ) -> Response[str]:
        """Signs somebody up, or says what is wrong beside the field where it is."""
        shown = await show_form(ground, form, wanted.first(posted.value("lang")).tags)
        return await _submit(ground, shown, posted, visitor) if shown else absent(wanted)

    @get("/poster")
    async def poster(
        self,
        form: FromPath[str],
        ground: NamedDependency[Ground],
        wanted: NamedDependency[Wanted],
        lang: FromQuery[str] = "",
    ) -> Response[str]:
        """A page to print and hang up, with a code that leads to the form; in its first language unless asked."""
        shown = await show_form(ground, form, (lang,) if lang else ())
        address = address_of(ground, form)
        return answer(poster_page(shown, address)) if shown and address else absent(wanted)

    @get("/qr.svg")
    async def code(
        self, form: FromPath[str], ground: NamedDependency[Ground], wanted: NamedDependency[Wanted]
    ) -> Response[str]:
        """The code alone, for a poster of one's own."""
        address = address_of(ground, form) if await show_form(ground, form, wanted.tags) else None
        if address is None:
            return absent(wanted)
        return Response(qr_file(address), media_type="image/svg+xml", headers={**headers()})


def form_page(shown: ShownForm, typed: str = "", problems: Mapping[str, str] | None = None) -> str:
    """The page; `problems` are names of our words by the field they belong to, `notice` for all of it."""
    return render(
        "form",
        own_language(shown.notice.language),
        brand=shown.brand,
        form=shown.form,
        notice=shown.notice,
        blocks=paragraphs(shown.notice.wording),
        languages=shown.languages,
        example=numbers.example(shown.brand.default_region),
        typed=typed,
        problems=problems or {},
        honeypot=HONEYPOT,
    )


def proof_of(shown: ShownForm) -> str:
    """The digest of the page as it was shown."""
    return hashlib.sha256(form_page(shown).encode()).hexdigest()


async def _submit(ground: Ground, shown: ShownForm, posted: Posted, visitor: Visitor) -> Response[str]:
    if posted.value(HONEYPOT):
        return answer(_sent_page(shown))  # a program learns nothing, and nobody is texted
    typed = posted.value("number")
    if posted.value("notice") != shown.notice.sha256.hex():
        return answer(form_page(shown, typed, {"notice": "changed"}), HTTPStatus.CONFLICT)
    number = numbers.parse(typed, shown.brand.default_region)
    problems = _problems(number, posted)
    if problems or not isinstance(number, Number):
        return answer(form_page(shown, typed, problems), HTTPStatus.UNPROCESSABLE_ENTITY)
    wait = await _attempt(ground, shown, number, visitor)
    if wait is not None:
        return often(wait, own_language(shown.notice.language))
    await _sign_up(ground, shown, number, visitor)
    return answer(_sent_page(shown))


def _problems(number: Number | NumberProblem, posted: Posted) -> dict[str, str]:
    problems = {}
    if isinstance(number, NumberProblem):
        problems["number"] = _PROBLEMS[number]
    if posted.value("agree") != "yes":
        problems["agree"] = "agree_missing"
    return problems


async def _attempt(ground: Ground, shown: ShownForm, number: Number, visitor: Visitor) -> timedelta | None:
    counted = {
        Counted.ADDRESS: neighbourhood(visitor.address),
        Counted.NUMBER: number.e164,
        Counted.FORM: shown.form.id,
    }
    return await attempt(ground, counted)


async def _sign_up(ground: Ground, shown: ShownForm, number: Number, visitor: Visitor) -> None:
    url = address_of(ground, shown.form.id) or ""
    capture = Capture(proof_of(shown), visitor.address, visitor.agent, url)
    language = shown.notice.language
    await asyncio.gather(
        sign_up(ground, shown.brand, shown.form, language, number.e164, capture),
        asyncio.sleep(ANSWER_SECONDS),
    )


def _sent_page(shown: ShownForm) -> str:
    """What happens next, whoever has the number."""
    sender = shown.sender_number
    language = own_language(shown.notice.language)
    return render("sent", language, brand=shown.brand, sender=numbers.readable(sender) if sender else None)
