"""What authors of cases say in other words, put into the words of `case_given`.

Keys have other names, `yes` and `no` are meant as YAML 1.1 has them, a day means its beginning, and an instant
without a zone is on the person's clock: that of the first of `tz`, and else of `now`. Whatever isn't known here is
left as it stands, for the shapes to refuse.
"""

import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, available_timezones


class InvalidCase(ValueError):
    """Facts that can't be read; the message names the key and says what is wrong with it."""


_CONFIRMED = (
    *("confirmation_sent", "confirmation_sent_at", "confirmation_already_sent", "already_confirmed"),
    *("confirmations_sent", "confirmed_at", "confirmations", "opt_out_confirmation_sent"),
)
_PENDING = ("pending_double_opt_in", "double_opt_in_pending", "awaiting_confirmation", "unconfirmed")
_PROMISED = (
    "promised",
    "promised_frequency",
    "frequency_promised",
    "disclosed_frequency",
    "stated_frequency",
)
_PROHIBITED = ("prohibited_content", "prohibited_items", "prohibited_topics", "items")
_ABOUT = ("topics", "content", "content_category", "category", "categories", "industry", "tags")
_SAME: Mapping[str, Mapping[str, str]] = {
    "given": {
        "billing": "billing_address",
        "registries": "registry",
        "sender_type": "sender",
        **dict.fromkeys(("zones", "timezone", "timezones"), "tz"),
        **dict.fromkeys(("gates_missing", "failed_gates"), "missing_gates"),
        **dict.fromkeys(_PROMISED, "frequency"),
        **dict.fromkeys(_CONFIRMED, "confirmed"),
    },
    "consent": {
        "goods_scope": "goods",
        "practices": "collection",
        "double_opt_in_confirmed_at": "confirmed_at",
        **dict.fromkeys(("expires_at", "expires", "exp"), "valid_until"),
        **dict.fromkeys(("night", "night_consent", "night_consent_at", "night_ok_at"), "night_ok"),
        **dict.fromkeys((*_PENDING, "status"), "pending"),
        **dict.fromkeys(_PROMISED, "frequency"),
    },
    "message": {
        "label_place": "label_position",
        **dict.fromkeys(_PROMISED, "frequency"),
        **dict.fromkeys(_PROHIBITED, "prohibited"),
        **dict.fromkeys(_ABOUT, "topic"),
    },
    "recipient": {
        **dict.fromkeys(("guardian_proof", "guardian_consent"), "guardian"),
        **dict.fromkeys(("birth_date", "date_of_birth"), "born"),
    },
    "suppressed": {
        **dict.fromkeys(_CONFIRMED, "confirmed"),
        **dict.fromkeys(("ended_at", "released_at"), "lifted_at"),
    },
    "asked": dict.fromkeys(("scrubbed_at", "checked", "last_checked_at", "as_of"), "checked_at"),
    "earlier": dict.fromkeys(("sent_at", "texted_at"), "at"),
}
_CLASSES = {
    **dict.fromkeys(("promotional", "advertising"), "marketing"),
    **dict.fromkeys(("service", "informational"), "transactional"),
    **dict.fromkeys(("confirmation", "optout_confirmation"), "opt_out_confirmation"),
}
_PLACES = {
    **dict.fromkeys(("beginning", "front"), "start"),
    **dict.fromkeys(("middle", "inside"), "within"),
}
_FLAGS = frozenset(
    "sender_name contact opt_out_instruction signature label variables private_contact prohibited targeted"
    " non_personalised_option night_ok guardian confirmed listed".split()
)
_SAID = {**dict.fromkeys(("yes", "true", "on"), True), **dict.fromkeys(("no", "false", "off"), False)}
_STEPS = {
    **_SAID,
    **dict.fromkeys(("pending", "unconfirmed"), True),
    **dict.fromkeys(("confirmed", "active"), False),
}
_CLOCK = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?")
_NO_CONSENT: tuple[object, ...] = ({}, False, "none", {"kind": "none"})


def spelled(plain: object) -> dict[str, Any]:
    """The facts of a case in the words used here; InvalidCase where they are no mapping, or say a thing twice."""
    given = _stated(_renamed(plain, "given"), blank=("tz", "packs"))
    for part in ("consent", "message", "recipient", "suppressed"):
        if isinstance(given.get(part), dict):
            given[part] = _renamed(given[part], part)
    for part in ("recipient", "suppressed"):
        if isinstance(given.get(part), dict):
            given[part] = _stated(given[part])
    _spell_parts(given)
    _spell_lists(given)
    zone = _zone(given)
    return {key: value if key == "now" else _worded(key, value, zone) for key, value in given.items()}


def _spell_parts(given: dict[str, Any]) -> None:
    """Parts that are said in short, and what is said of the text but promised with the consent."""
    if given.get("consent") in _NO_CONSENT:
        del given["consent"]
    consent = given.get("consent")
    if isinstance(consent, dict) and "confirmed_at" in consent and consent["confirmed_at"] is None:
        given["consent"] = {**consent, "pending": True}
    said = given.setdefault("message", {})
    if isinstance(said, dict):
        given["message"] = {"class": "marketing", **said}
        if "frequency" in said:
            given.setdefault("frequency", given["message"].pop("frequency"))
    if isinstance(given.get("sender"), str):
        given["sender"] = {"type": given["sender"]}
    refused = given.get("suppressed")
    if isinstance(refused, dict) or refused is True:
        given["suppressed"] = {"at": given.get("now"), **(refused if isinstance(refused, dict) else {})}


def _spell_lists(given: dict[str, Any]) -> None:
    """Registries by id, earlier texts, and the gates that are missing of all."""
    asked = given.get("registry")
    if isinstance(asked, list) and all(isinstance(one, dict) and "id" in one for one in asked):
        asked = {one["id"]: {key: value for key, value in one.items() if key != "id"} for one in asked}
    if isinstance(asked, dict):
        given["registry"] = {id: _part(one, "asked") for id, one in asked.items()}
    if isinstance(given.get("history"), list):
        given["history"] = [_part(one, "earlier") for one in given["history"]]
    if isinstance(given.get("gates"), dict):
        held = given.pop("gates")
        given.setdefault("missing_gates", [name for name, state in held.items() if not _holds(state)])


def _part(one: object, part: str) -> object:
    return _renamed(one, part) if isinstance(one, dict) else one


def _holds(state: object) -> bool:
    return bool(state) and state not in ("no", "none", "missing", "failed")


def _renamed(plain: object, part: str) -> dict[str, Any]:
    """The mapping under the names that are used here."""
    if not isinstance(plain, dict):
        raise InvalidCase(f"{part}: must be a mapping")
    renamed: dict[str, Any] = {}
    for key, value in plain.items():
        name = _SAME[part].get(key, key)
        if name in renamed:
            raise InvalidCase(f"{part}.{key}: says the same as another key")
        renamed[name] = value
    return renamed


def _stated(part: dict[str, Any], blank: tuple[str, ...] = ()) -> dict[str, Any]:
    """What is said; nothing says nothing, but for keys that may be left blank."""
    return {
        key: [] if value is None else value
        for key, value in part.items()
        if value is not None or key in blank
    }


def _zone(given: Mapping[str, Any]) -> tzinfo | None:
    """The person's clock; None where neither `tz` nor `now` tells it."""
    named = given.get("tz")
    first = named[0] if isinstance(named, list) and named else named
    if isinstance(first, str) and first in available_timezones():
        return ZoneInfo(first)
    try:
        return datetime.fromisoformat(str(given.get("now"))).tzinfo
    except ValueError:
        return None


def _worded(key: str, value: object, zone: tzinfo | None) -> object:
    if isinstance(value, dict):
        return {name: _worded(name, one, zone) for name, one in value.items()}
    if isinstance(value, list):
        return [_worded(key, one, zone) for one in value]
    if not isinstance(value, str):
        return value
    meant = _STEPS if key == "pending" else _SAID if key in _FLAGS else {}
    if value.casefold() in meant:
        return meant[value.casefold()]
    if key == "class":
        return _class_of(value)
    if key.endswith("_position"):
        return _PLACES.get(value, value)
    return value if key == "born" else _on_the_clock(value, zone)


def _class_of(written: str) -> str:
    plain = written.casefold().replace("-", "_").replace(" ", "_")
    return _CLASSES.get(plain, plain)


def _on_the_clock(written: str, zone: tzinfo | None) -> str:
    """An instant that names no zone, on this clock; everything else as it stands."""
    found = _CLOCK.fullmatch(written)
    if found is None or zone is None:
        return written
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2] or '00:00'}").replace(tzinfo=zone).isoformat()
    except ValueError:
        return written
