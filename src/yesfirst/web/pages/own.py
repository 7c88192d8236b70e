"""A person's own page, `/p/{token}`: what they agreed to and refused, and how to change it.

The token is the only key, and tells where a form comes from too: nobody can send one without it, and there is no cookie
that a foreign page could use. Every form is sent to the page's own address, whatever a proxy has put before it, and may
be sent twice.
"""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from yesfirst.rules.consent import EVERY_PURPOSE
from yesfirst.store.reviews import Kind
from yesfirst.usecases import own_page
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.own_acts import LONGEST_WISH, WISHES, wish, withdraw_here
from yesfirst.usecases.own_copy import copy_of
from yesfirst.usecases.own_page import OwnPage
from yesfirst.web.pages.faults import absent, often
from yesfirst.web.pages.language import Wanted, own_language
from yesfirst.web.pages.posted import Posted
from yesfirst.web.pages.rendering import answer, headers, render
from yesfirst.web.pages.wording import paragraphs
from yesfirst.web.pages.words import WORDS, day

_DONE = ("stopped", "asked")


class OwnPages(Controller):
    path = "/{token:str}"

    @get()
    async def show(
        self,
        token: FromPath[str],
        ground: NamedDependency[Ground],
        wanted: NamedDependency[Wanted],
        done: FromQuery[str] = "",
    ) -> Response[str]:
        """What somebody agreed to and refused; one page for every link that leads nowhere."""
        page = await own_page.show(ground, token)
        return answer(_page(page, wanted, done=done)) if page else absent(wanted)

    @post()
    async def act(
        self,
        token: FromPath[str],
        ground: NamedDependency[Ground],
        wanted: NamedDependency[Wanted],
        posted: NamedDependency[Posted],
    ) -> Response[str] | Response[bytes]:
        """Withdraws, wishes for something, or takes a copy."""
        wanted = wanted.first(posted.value("lang"))
        acts = {"withdraw": _withdraw, "wish": _wish, "copy": _copy}
        act = acts.get(posted.value("act"))
        return await act(ground, token, wanted, posted) if act else absent(wanted)


async def _withdraw(ground: Ground, token: str, wanted: Wanted, posted: Posted) -> Response[str]:
    """One purpose, or everything (`*`)."""
    purpose = posted.value("purpose")
    known = await withdraw_here(ground, token, None if purpose == EVERY_PURPOSE else purpose)
    return _again(posted, "stopped") if known else absent(wanted)


async def _wish(ground: Ground, token: str, wanted: Wanted, posted: Posted) -> Response[str]:
    page = await own_page.show(ground, token)
    if page is None:
        return absent(wanted)
    problems = _problems(posted)
    if problems:
        html = _page(page, wanted, problems=problems, posted=posted)
        return answer(html, HTTPStatus.UNPROCESSABLE_ENTITY)
    wait = await wish(ground, token, Kind(posted.value("kind")), posted.value("said") or None)
    if wait is None:
        return _again(posted, "asked")
    return often(wait, own_language(*wanted.tags, page.language))


async def _copy(ground: Ground, token: str, wanted: Wanted, _: Posted) -> Response[str] | Response[bytes]:
    copied = await copy_of(ground, token)
    if copied is None:
        return absent(wanted)
    more = {**headers(), "Content-Disposition": 'attachment; filename="my-data.json"'}
    return Response(copied.as_file(), media_type="application/json", headers=more, status_code=HTTPStatus.OK)


def _problems(posted: Posted) -> dict[str, str]:
    """What is wrong with a wish, by field."""
    kind, said = posted.value("kind"), posted.value("said")
    if kind not in WISHES:
        return {"kind": "own_wish_kind_missing"}
    if len(said) > LONGEST_WISH:
        return {"said": "own_wish_long"}
    if kind == Kind.CORRECTION and not said:
        return {"said": "own_wish_missing"}
    return {}


def _again(posted: Posted, done: str) -> Response[str]:
    """Leads back to the page, so that to load it anew sends nothing again."""
    query = urlencode({"lang": posted.value("lang"), "done": done})
    return answer("", HTTPStatus.SEE_OTHER, {"Location": f"?{query}"})


def _page(
    page: OwnPage,
    wanted: Wanted,
    *,
    done: str = "",
    problems: Mapping[str, str] | None = None,
    posted: Posted | None = None,
) -> str:
    """The page; `problems` are names of our words by the field they belong to."""
    language = own_language(*wanted.tags, page.language)
    return render(
        "own",
        language,
        page=page,
        brand=page.brand,
        done=done if done in _DONE else "",
        problems=problems or {},
        wishes=[kind.value for kind in WISHES],
        chosen=posted.value("kind") if posted else "",
        said=posted.value("said") if posted else "",
        longest=LONGEST_WISH,
        blocks=paragraphs,
        date=lambda at: day(at.astimezone(page.brand.time_zone), language),
        how=lambda method: WORDS[language][f"own_how_{method}"],
    )
