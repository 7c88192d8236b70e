"""The shipped rulebooks: one YAML file per jurisdiction, strictly read, named by the hash of its bytes.

None of them is legal advice, and all are drafts: each rule says what it rests on. Reviews are files of their own,
one a rule: those that ship are in `reviews/` here, an installation keeps its own elsewhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

import msgspec
import yaml

from yesfirst.rules.review import Review, apply_reviews, owner_of
from yesfirst.rules.rulebook import InvalidRulebook, Rulebook, check_release, parse


class UnknownRulebook(LookupError):
    """There is no rulebook of that id."""


@dataclass(frozen=True, slots=True)
class Library:
    """Rulebooks by id, and the reviews that no longer fit what the rules say."""

    books: Mapping[str, Rulebook]
    outdated: tuple[Review, ...]


@lru_cache(maxsize=1)
def load_all() -> Mapping[str, Rulebook]:
    """Every shipped rulebook by id; InvalidRulebook names the file and place of a fault."""
    return _shipped().books


def load_reviewed(directory: Path) -> Library:
    """Every shipped rulebook with the reviews in a directory of an installation, which need not exist."""
    files = sorted(directory.glob("*.yaml"))
    own = reviewed(load_all().values(), [read_review(file.read_bytes(), str(file)) for file in files])
    return Library(own.books, (*_shipped().outdated, *own.outdated))


def reviewed(books: Iterable[Rulebook], reviews: Sequence[Review]) -> Library:
    """The rulebooks with these reviews; InvalidRulebook for one that is released and not fit for it."""
    found = {book.id: apply_reviews(book, reviews) for book in books}
    for one in found.values():
        check_release(one.rulebook)
    lost = [one for one in reviews if owner_of(one) not in found]
    outdated = (*lost, *(review for one in found.values() for review in one.outdated))
    return Library(MappingProxyType({id: one.rulebook for id, one in found.items()}), outdated)


@lru_cache(maxsize=1)
def _shipped() -> Library:
    folder = resources.files(__name__)
    books = []
    for file in _yaml_in(folder):
        book = _parsed(file.read_bytes(), file.name)
        if file.name != f"{book.id}.yaml":
            raise InvalidRulebook(f"{file.name}: holds the rulebook {book.id}; rename the file")
        books.append(book)
    beside = folder.joinpath("reviews")
    files = _yaml_in(beside) if beside.is_dir() else []
    return reviewed(books, [read_review(file.read_bytes(), file.name) for file in files])


def _yaml_in(folder: Traversable) -> list[Traversable]:
    found = [file for file in folder.iterdir() if file.name.endswith(".yaml")]
    return sorted(found, key=lambda file: file.name)


@lru_cache(maxsize=1)
def bodies() -> Mapping[bytes, bytes]:
    """The bytes of every shipped file, by their SHA-256."""
    files = [file.read_bytes() for file in _yaml_in(resources.files(__name__))]
    return MappingProxyType({sha256(body).digest(): body for body in files})


def load(rulebook_id: str) -> Rulebook:
    """The shipped rulebook of a jurisdiction, such as `CN`."""
    rulebook = load_all().get(rulebook_id)
    if rulebook is None:
        raise UnknownRulebook(f"there is no rulebook {rulebook_id!r}; there are {', '.join(load_all())}")
    return rulebook


def read(body: bytes, name: str) -> Rulebook:
    """A rulebook from the bytes of its file; `name` stands in the message of an InvalidRulebook."""
    book = _parsed(body, name)
    try:
        check_release(book)
    except InvalidRulebook as error:
        raise InvalidRulebook(f"{name}: {error}") from error
    return book


def write_review(one: Review) -> str:
    """The file of a review: YAML, as `read_review` reads it."""
    said = {name: value for name, value in msgspec.to_builtins(one, builtin_types=(date,)).items() if value}
    return yaml.safe_dump(said, allow_unicode=True, sort_keys=False, width=110)


def read_review(body: bytes, name: str) -> Review:
    """A review from the bytes of its file; `name` stands in the message of an InvalidRulebook."""
    try:
        return msgspec.convert(_mapping(body, name), Review, builtin_types=(date,))
    except msgspec.ValidationError as error:
        raise InvalidRulebook(f"{name}: no review of a rule: {error}") from error


def _parsed(body: bytes, name: str) -> Rulebook:
    plain = _mapping(body, name)
    try:
        return parse(plain, sha256(body).digest())
    except InvalidRulebook as error:
        raise InvalidRulebook(f"{name}: {error}") from error


def _mapping(body: bytes, name: str) -> dict[str, object]:
    try:
        plain = yaml.load(body, Loader=_StrictLoader)
    except yaml.YAMLError as error:
        raise InvalidRulebook(f"{name}: no readable YAML: {error}") from error
    if not isinstance(plain, dict):
        raise InvalidRulebook(f"{name}: must be a mapping of sections")
    return plain


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
