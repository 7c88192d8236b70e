"""The shipped rulebooks: one YAML file per jurisdiction, strictly read, named by the hash of its bytes.

None of them is legal advice, and all are drafts: each rule says what it rests on.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from types import MappingProxyType

import yaml

from yesfirst.rules.rulebook import InvalidRulebook, Rulebook, parse


class UnknownRulebook(LookupError):
    """There is no rulebook of that id."""


@lru_cache(maxsize=1)
def load_all() -> Mapping[str, Rulebook]:
    """Every shipped rulebook by id; InvalidRulebook names the file and place of a fault."""
    rulebooks = {}
    for name, body in _files():
        rulebook = read(body, name)
        if name != f"{rulebook.id}.yaml":
            raise InvalidRulebook(f"{name}: holds the rulebook {rulebook.id}; rename the file")
        rulebooks[rulebook.id] = rulebook
    return MappingProxyType(rulebooks)


@lru_cache(maxsize=1)
def bodies() -> Mapping[bytes, bytes]:
    """The bytes of every shipped file, by their SHA-256."""
    return MappingProxyType({sha256(body).digest(): body for _, body in _files()})


def _files() -> Iterator[tuple[str, bytes]]:
    files = (file for file in resources.files(__name__).iterdir() if file.name.endswith(".yaml"))
    for file in sorted(files, key=lambda file: file.name):
        yield file.name, file.read_bytes()


def load(rulebook_id: str) -> Rulebook:
    """The shipped rulebook of a jurisdiction, such as `CN`."""
    rulebook = load_all().get(rulebook_id)
    if rulebook is None:
        raise UnknownRulebook(f"there is no rulebook {rulebook_id!r}; there are {', '.join(load_all())}")
    return rulebook


def read(body: bytes, name: str) -> Rulebook:
    """A rulebook from the bytes of its file; `name` stands in the message of an InvalidRulebook."""
    try:
        plain = yaml.load(body, Loader=_StrictLoader)
    except yaml.YAMLError as error:
        raise InvalidRulebook(f"{name}: no readable YAML: {error}") from error
    if not isinstance(plain, dict):
        raise InvalidRulebook(f"{name}: must be a mapping of sections")
    try:
        return parse(plain, sha256(body).digest())
    except InvalidRulebook as error:
        raise InvalidRulebook(f"{name}: {error}") from error


class _StrictLoader(yaml.SafeLoader):
    """The safe loader, which takes the last of two equal keys, made to refuse them."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for (key, _), value in zip(node.value, keys, strict=True):
            if keys.count(value) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"duplicate key {value!r}", key.start_mark
                )
        return dict(super().construct_mapping(node, deep))
