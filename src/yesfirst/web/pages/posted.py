"""What a page's form sends: read here, since the framework's own reader keeps what it has read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from litestar.exceptions import ClientException

from yesfirst.web.signature import AnyRequest, BadForm, parse_form

MOST_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Posted:
    fields: Mapping[str, str] = field(repr=False)

    def value(self, name: str) -> str:
        """What somebody wrote into a field, without outer blanks; empty where it isn't there."""
        return self.fields.get(name, "").strip()


async def posted(request: AnyRequest) -> Posted:
    """The fields of the form; 400 for a body that is not one form with one reading."""
    try:
        return Posted(parse_form(await request.body()))
    except BadForm:
        raise ClientException(status_code=HTTPStatus.BAD_REQUEST) from None
