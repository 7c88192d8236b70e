"""Pages as people get them: rendered HTML with one inline stylesheet, and headers that let nothing else in or out.

Rendering is deterministic: the same form in the same language gives the same bytes, which are what a consent's proof is
the digest of. The policy of content names the stylesheets by their digests, so a page runs no script, loads nothing,
sends its forms to this server alone, and is shown in nobody's frame. No address of a page is told to anybody.
"""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response
from markupsafe import Markup

from yesfirst.intake.resultwords import ResultLanguage
from yesfirst.web.pages.words import LANGUAGES, WORDS

_HTML = "text/html"


@cache
def style(name: str) -> str:
    return (files(__package__) / f"{name}.css").read_text("utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__, "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["style"] = lambda name: Markup(style(name))
    return environment


@cache
def headers() -> Mapping[str, str]:
    """What goes with every page."""
    digests = (hashlib.sha256(style(name).encode()).digest() for name in ("page", "poster"))
    styles = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    policy = (
        f"default-src 'none'; style-src {styles}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex",
    }


def render(template: str, language: ResultLanguage, **values: object) -> str:
    """A page in one of the languages of the pages' own words."""
    return (
        _environment()
        .get_template(f"{template}.html")
        .render(w=WORDS[language], language=language, names=LANGUAGES, **values)
    )


def answer(html: str, status: int = HTTPStatus.OK, more: Mapping[str, str] | None = None) -> Response[str]:
    return Response(html, media_type=_HTML, status_code=status, headers={**headers(), **(more or {})})
