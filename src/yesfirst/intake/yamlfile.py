"""YAML as people write it, with the place of every value, so that an error can say where it is.

A stricter YAML than PyYAML's: text stays text (`20:00` is no number, `NO` no boolean, `2026-08-01` no date
object), keys are texts that occur once, and aliases, tags and second documents are refused. Lines and columns
count from 1.

Known gaps: a mistake inside a folded or literal block is placed at the start of the block.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"
Path: TypeAlias = tuple[str | int, ...]
Place: TypeAlias = tuple[int, int]
LONGEST_FILE = 1_000_000


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file: where, what, and what to do about it. It never quotes a person's data."""

    line: int
    column: int
    path: Path
    message: str
    hint: str | None = None

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.message}" + (f" - {self.hint}" if self.hint else "")


class InvalidFile(ValueError):
    """A file that can't be used; its text has one line per problem: `campaign.yaml:12:5: unknown …`."""

    def __init__(self, source: str, problems: Iterable[Problem]) -> None:
        self.source = source
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.line, problem.column)))
        super().__init__("\n".join(f"{source}:{problem}" for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Document:
    """A plain value and where its parts stand in the file called `source`."""

    value: Plain
    source: str
    values: Mapping[Path, Place]
    keys: Mapping[Path, Place] = field(default_factory=dict)

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Line and column of the value at `path` (or of its key), or of the nearest part that exists."""
        if key and path in self.keys:
            return self.keys[path]
        while path not in self.values and path:
            path = path[:-1]
        return self.values.get(path, (1, 1))

    def problem(self, path: Path, message: str, hint: str | None = None, *, key: bool = False) -> Problem:
        return Problem(*self.place(path, key=key), path, message, hint)


def near(name: str, known: Iterable[str]) -> str | None:
    """A hint that names the known word closest to `name`, or lists the known words if there are few."""
    words = sorted(set(known))
    return nearest(name, words) or (f"known: {', '.join(words)}" if 0 < len(words) <= 8 else None)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """A hint that names the known word that `name` may be a slip of."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f'did you mean "{close[0]}"?' if close else None


def decode(data: bytes, source: str) -> str:
    """The text of a file in UTF-8, with or without a byte-order mark; InvalidFile otherwise."""
    if len(data) > LONGEST_FILE:
        raise InvalidFile(source, [Problem(1, 1, (), f"is larger than {LONGEST_FILE:,} bytes")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidFile(source, [Problem(line, 1, (), "is not UTF-8", "save the file as UTF-8")]) from None


def load(text: str, source: str) -> Document:
    """Read one YAML document; InvalidFile names every duplicate key, or the first thing that is no YAML."""
    try:
        root = _Reader(text).get_single_node()
        if root is None:
            raise InvalidFile(source, [Problem(1, 1, (), "is empty")])
        walk = _Walk()
        value = walk.read(root, ())
    except yaml.MarkedYAMLError as error:
        raise InvalidFile(source, [_syntax(error)]) from None
    except yaml.reader.ReaderError:
        raise InvalidFile(source, [Problem(1, 1, (), "holds a character that YAML forbids")]) from None
    except RecursionError:
        raise InvalidFile(source, [Problem(1, 1, (), "is nested too deeply")]) from None
    if walk.problems:
        raise InvalidFile(source, walk.problems)
    return Document(value, source, walk.values, walk.keys)


class _Reader(yaml.SafeLoader):
    """Composes nodes; resolves plain scalars by the JSON-like rules of the YAML 1.2 core schema."""


_Reader.yaml_implicit_resolvers = {}

for _tag, _pattern, _first in (
    ("null", r"null|~|", ["n", "~", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+", list("-+0123456789")),
):
    _Reader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), _first)


def _syntax(error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Problem(line, column, (), f"is no YAML: {error.problem}", "quote texts that hold : # { } [ ] or |")


def _at(node: yaml.Node) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1


@dataclass(slots=True)
class _Walk:
    """Turns nodes into plain values and notes their places."""

    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def read(self, node: yaml.Node, path: Path) -> Plain:
        self.values[path] = _at(node)
        # Aliases let ten lines mean gigabytes, and nobody needs them here.
        if id(node) in self.seen:
            self.problems.append(
                Problem(*_at(node), path, "is used again by an alias (*name)", "write it out")
            )
            return None
        self.seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> Plain:
        plain: dict[str, Plain] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag != "tag:yaml.org,2002:str":
                self.problems.append(
                    Problem(*_at(key_node), path, "a key must be a text", "put it in quotes")
                )
                continue
            if key in plain:
                line = self.keys[(*path, key)][0]
                self.problems.append(
                    Problem(*_at(key_node), path, f'key "{key}" occurs twice', f"first in line {line}")
                )
                continue
            self.keys[(*path, key)] = _at(key_node)
            plain[key] = self.read(value_node, (*path, key))
        return plain

    def _scalar(self, node: yaml.Node, path: Path) -> Plain:
        text: str = node.value
        match node.tag.removeprefix("tag:yaml.org,2002:"):
            case "str":
                return text
            case "null":
                return None
            case "bool":
                return text == "true"
            case "int" if len(text) < 20:
                return int(text)
            case "float" if len(text) < 30:
                return float(text)
        self.problems.append(Problem(*_at(node), path, "a number this long, or a YAML tag, is not allowed"))
        return None
