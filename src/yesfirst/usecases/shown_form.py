"""A form as somebody is shown it: in one of its languages, with the exact notice that a tick would agree to."""

from collections.abc import Sequence
from dataclasses import dataclass

from yesfirst.intake.brand import Brand
from yesfirst.intake.notice import Notice
from yesfirst.store import brands, forms
from yesfirst.store.engine import Connection
from yesfirst.store.forms import Form
from yesfirst.usecases.declared import read_brand
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.sign_up import shown_notice


@dataclass(frozen=True, slots=True)
class ShownForm:
    brand: Brand
    form: Form
    notice: Notice

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.form.notices)

    @property
    def titles(self) -> tuple[str, ...]:
        """What the purposes are called that one agrees to."""
        return tuple(self.brand.purposes.get(one, one) for one in self.form.purposes)

    @property
    def sender_number(self) -> str | None:
        """The number or short code that the form's texts come from; None for a messaging service, which has several."""
        return next((one.number for one in self.brand.senders if one.id == self.form.sender), None)


async def show_form(ground: Ground, id: str, wanted: Sequence[str]) -> ShownForm | None:
    """The form in the first of the wanted languages that it has, else in its own first; None if there is none."""
    async with ground.engine.connect() as connection:
        form = await forms.form(connection, id)
        stored = await brands.brand(connection, form.brand) if form else None
        if form is None or stored is None:
            return None
        brand = read_brand(stored)
        return await _shown(connection, brand, form, wanted)


async def _shown(connection: Connection, brand: Brand, form: Form, wanted: Sequence[str]) -> ShownForm:
    languages = tuple(form.notices)
    language = best_language(wanted, languages)
    return ShownForm(brand, form, await shown_notice(connection, brand, form, language))


def best_language(wanted: Sequence[str], there: Sequence[str]) -> str:
    """The first wanted language that is there, as it is or as a kind of it (zh for zh-CN); else the first there is."""
    for tag in wanted:
        for mine in (tag.casefold(), tag.casefold().partition("-")[0]):
            found = [one for one in there if one.casefold() == mine or one.casefold().startswith(f"{mine}-")]
            if found:
                return found[0]
    return there[0]


def address_of(ground: Ground, form: str) -> str | None:
    """Where people reach a form; None where this installation has no public address."""
    return None if ground.public_url is None else f"{ground.public_url}/c/{form}"


async def forms_of(ground: Ground) -> list[tuple[Brand, Form]]:
    """All forms, with their brands."""
    async with ground.engine.connect() as connection:
        applied = [read_brand(stored) for stored in await brands.all_brands(connection)]
        found = await forms.of_brands(connection, [brand.id for brand in applied])
    by_id = {brand.id: brand for brand in applied}
    return [(by_id[form.brand], form) for form in found]
