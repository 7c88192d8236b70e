"""Pages for what is not there, comes too often or went wrong. They say nothing of what was asked for."""

from datetime import timedelta
from http import HTTPStatus
from math import ceil
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException

from yesfirst.intake.resultwords import ResultLanguage
from yesfirst.web.pages.language import Wanted, accepted, own_language
from yesfirst.web.pages.rendering import answer, render
from yesfirst.web.pages.words import WORDS, span


def absent(wanted: Wanted) -> Response[str]:
    """No form, no own page, or none any more: the same for each."""
    return answer(render("absent", own_language(*wanted.tags)), HTTPStatus.NOT_FOUND)


def often(wait: timedelta, language: ResultLanguage) -> Response[str]:
    html = render("often", language, wait=span(wait, WORDS[language]))
    seconds = max(1, ceil(wait.total_seconds()))
    return answer(html, HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(seconds)})


def fault(request: Request[Any, Any, Any], exception: Exception) -> Response[str]:
    """Whatever was raised, as a page; what it says of itself is never shown."""
    wanted = Wanted(accepted(request.headers.get("accept-language", "")))
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    if isinstance(exception, HTTPException):
        status = HTTPStatus(exception.status_code)
    if status is HTTPStatus.NOT_FOUND:
        return absent(wanted)
    return answer(render("fault", own_language(*wanted.tags)), status)
