"""A poster for a shop: one A4 page with a code that leads to the form, and the notice in small print."""

import io

import segno
from markupsafe import Markup

from yesfirst.rules import numbers
from yesfirst.usecases.shown_form import ShownForm
from yesfirst.web.pages.language import own_language
from yesfirst.web.pages.rendering import render
from yesfirst.web.pages.wording import paragraphs

# Up to 15 % of the code may be dirty or torn; the blank edge is part of it (ISO/IEC 18004: four modules).
_CORRECTION = "m"
_EDGE = 4


def poster_page(shown: ShownForm, address: str) -> str:
    """The page in the language of the form as shown; the code leads to the form in anybody's own."""
    sender = shown.sender_number
    return render(
        "poster",
        own_language(shown.notice.language),
        brand=shown.brand,
        form=shown.form,
        notice=shown.notice,
        blocks=paragraphs(shown.notice.wording),
        titles=shown.titles,
        address=address,
        plain=address.partition("://")[2],
        qr=Markup(_code(address).svg_inline(border=_EDGE, omitsize=True)),
        sender=numbers.readable(sender) if sender else None,
    )


def qr_file(address: str) -> str:
    """The code alone, as a file of its own."""
    out = io.BytesIO()
    _code(address).save(out, kind="svg", border=_EDGE, scale=8)
    return out.getvalue().decode()


def _code(address: str) -> segno.QRCode:
    return segno.make_qr(address, error=_CORRECTION)
