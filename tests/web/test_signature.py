"""Forms: one reading or none, and no reading without the guard."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar, post
from litestar.testing import AsyncTestClient

from yesfirst.web import problems
from yesfirst.web.signature import AnyRequest, BadForm, checked_form, parse_form

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(TEXTS, TEXTS, max_size=20))
def test_every_form_is_read_as_it_was_written(form: dict[str, str]) -> None:
    assert parse_form(urlencode(form).encode()) == form


@given(st.binary(max_size=40))
def test_any_body_is_a_form_or_a_bad_form(body: bytes) -> None:
    try:
        fields = parse_form(body)
    except BadForm:
        return
    assert parse_form(urlencode(fields).encode()) == fields


def test_a_form_has_a_measured_number_of_fields() -> None:
    assert len(parse_form(urlencode({str(n): "" for n in range(200)}).encode())) == 200
    with pytest.raises(BadForm):
        parse_form(urlencode({str(n): "" for n in range(201)}).encode())


async def test_a_route_without_the_guard_gets_no_form() -> None:
    @post("/")
    async def careless(request: AnyRequest) -> str:
        return checked_form(request).required("From")

    app = Litestar(
        [careless], plugins=[problems.plugin()], logging_config=None, openapi_config=None, debug=False
    )
    async with AsyncTestClient(app, raise_server_exceptions=False) as client:
        assert (await client.post("/", data={"From": "+8613900000001"})).status_code == 500
