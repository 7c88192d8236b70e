"""Forms: what a brand declares as ways to sign up, stored so that a page's address and a keyword lead to them."""

from collections.abc import Mapping, Sequence

from yesfirst.errors import Refused
from yesfirst.intake.asking import word_of
from yesfirst.intake.brand import Brand
from yesfirst.intake.dates import read_duration
from yesfirst.intake.notice import Notice
from yesfirst.store import forms
from yesfirst.store.engine import Connection
from yesfirst.store.forms import Form


async def store_forms(connection: Connection, brand: Brand, notices: Mapping[str, Notice]) -> None:
    """Replaces a brand's forms. Raises Refused (FORM_INVALID, FORM_TAKEN)."""
    wanted = [_form(brand, id, notices) for id in brand.forms]
    taken = await forms.replace(connection, brand.id, wanted)
    if taken is not None:
        raise Refused("FORM_TAKEN", f'Another brand has a form "{taken}".', "Give this one another id.")


def _form(brand: Brand, id: str, notices: Mapping[str, Notice]) -> Form:
    declared = brand.forms[id]
    shown = [notices[path] for path in declared.notices]
    _check_notices(id, shown)
    order = {language: place for place, language in enumerate(brand.languages)}
    return Form(
        id=id,
        brand=brand.id,
        notices={
            one.language: one.sha256.hex() for one in sorted(shown, key=lambda one: order[one.language])
        },
        purposes=shown[0].purposes,
        privacy=declared.privacy,
        sender=declared.sender or brand.senders[0].id,
        keyword=declared.keyword,
        days=read_duration(declared.expires_after) if declared.expires_after else None,
    )


def _check_notices(id: str, shown: Sequence[Notice]) -> None:
    if len({one.language for one in shown}) < len(shown):
        raise _invalid(id, "has two notices in one language", "Name one notice for each language.")
    if len({one.purposes for one in shown}) > 1:
        raise _invalid(id, "has notices of different purposes", "Make a form for each set of purposes.")
    if any(one.rests_on_relationship for one in shown):
        raise _invalid(
            id, "shows a notice that rests on a relationship", "Show one that people agree to by ticking it."
        )


def _invalid(id: str, what: str, hint: str) -> Refused:
    return Refused("FORM_INVALID", f'Form "{id}" {what}.', hint)


async def form_of_keyword(connection: Connection, brands: Sequence[str], said: str) -> Form | None:
    """The form whose keyword a text is, of the first of the brands that has one."""
    word = word_of(said)
    found = [
        one
        for one in await forms.of_brands(connection, brands)
        if one.keyword and word_of(one.keyword) == word
    ]
    return min(found, key=lambda one: brands.index(one.brand), default=None)
