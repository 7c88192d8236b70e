"""Holds a document against the JSON Schema of its kind and says in plain words what differs.

The schemas ship with the package (`schemas/*.json`, Draft 2020-12) so that editors can use them too. A schema
may give a rule's `description`: it becomes the hint when the rule is broken.
"""

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any

import msgspec
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from yesfirst.intake.yamlfile import Document, Path, Plain, Problem, near, nearest

_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}
# The stubs of this function lack types.
_extend: Callable[..., type[Validator]] = extend
_CONTROLS = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\ud800-\\udfff]")


@dataclass(frozen=True, slots=True)
class _Broken:
    """A broken rule: its name, what it wanted, the schema it stands in, and the value that broke it."""

    path: Path
    rule: str
    wanted: Any
    schema: dict[str, Any]
    value: Any
    is_key: bool


def validate(document: Document, name: str) -> list[Problem]:
    """Every way in which the document breaks `schemas/NAME.json`."""
    broken = map(_broken, _validator(name).iter_errors(document.value))
    # The validator reports each missing key, and `_problems` all of them each time.
    told = dict.fromkeys(problem for each in broken for problem in _problems(document, each))
    return [*told, *_unwritable(document)]


@functools.cache
def _validator(name: str) -> Validator:
    text = resources.files("yesfirst.intake").joinpath("schemas", f"{name}.json").read_bytes()
    strict = _extend(Draft202012Validator, {"pattern": _breaks_pattern})
    return strict(msgspec.json.decode(text), format_checker=Draft202012Validator.FORMAT_CHECKER)


def _breaks_pattern(_: Validator, pattern: str, value: object, __: object) -> Iterator[ValidationError]:
    """ECMA-262, which JSON Schema goes by, has `$` match at the very end; Python's also before a last newline."""
    if isinstance(value, str) and (value.endswith("\n") or not re.search(pattern, value)):
        yield ValidationError("breaks the pattern")


def _unwritable(document: Document) -> Iterator[Problem]:
    """PostgreSQL's texts hold no NUL and no half of a surrogate pair; no text for people has any of the others."""
    for path, text in _texts(document.value, ()):
        if _CONTROLS.search(text):
            yield document.problem(path, f"{_label(path)}holds a control character", "write it anew")


def _texts(value: Plain, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text with its path; keys are held against the schema."""
    if isinstance(value, str):
        yield path, value
    parts: Iterable[tuple[str | int, Plain]] = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    for key, part in parts:
        yield from _texts(part, (*path, key))


def _broken(error: ValidationError) -> _Broken:
    return _Broken(
        path=tuple(error.absolute_path),
        rule=str(error.validator),
        wanted=error.validator_value,
        schema=error.schema if isinstance(error.schema, dict) else {},
        value=error.instance,
        is_key="propertyNames" in error.absolute_schema_path,
    )


def _problems(document: Document, broken: _Broken) -> list[Problem]:
    """The broken rule in plain words; values are never quoted, keys are."""
    path, properties = broken.path, broken.schema.get("properties", {})
    if broken.is_key:
        hint = broken.schema.get("description")
        return [
            document.problem((*path, broken.value), f'"{broken.value}" can\'t be a name here', hint, key=True)
        ]
    if broken.rule == "additionalProperties":
        return [
            document.problem((*path, key), f'unknown key "{key}"', near(key, properties), key=True)
            for key in broken.value
            if key not in properties
        ]
    if broken.rule == "required":
        return [
            document.problem(path, f'"{key}" is missing', properties.get(key, {}).get("description"))
            for key in broken.wanted
            if key not in broken.value
        ]
    return [document.problem(path, f"{_label(path)}{_sentence(broken)}", _hint(broken))]


def _sentence(broken: _Broken) -> str:
    wanted = broken.wanted
    match broken.rule:
        case "type":
            types = [wanted] if isinstance(wanted, str) else wanted
            return f"must be {' or '.join(_TYPES[each] for each in types)}"
        case "enum":
            return f"must be one of {', '.join(map(str, wanted))}"
        case "minItems" | "minProperties" | "minLength":
            return "must not be empty"
        case "maxLength":
            return f"is longer than {wanted} characters"
        case "minimum":
            return f"must be at least {wanted}"
        case "maximum":
            return f"must be at most {wanted}"
        case "uniqueItems":
            return "names something twice"
        case _:
            return "has the wrong form"


def _label(path: Path) -> str:
    names = [part for part in path if isinstance(part, str)]
    return f'"{names[-1]}" ' if names else ""


def _hint(broken: _Broken) -> str | None:
    """What the schema says about the rule, or the allowed word that is close."""
    described = broken.schema.get("description")
    if described is None and broken.rule == "enum" and isinstance(broken.value, str):
        return nearest(broken.value, map(str, broken.wanted))
    return str(described) if described else None
