"""Which column holds what: guessed from English, Chinese and some Korean headers, or said by the user.

Invariants: a header is recognised whole, never in part; where two columns could mean the same, neither is
taken until the user says which; a column that the brand does not declare is dropped; a sensitive one that
it does not declare as such stops the import. A message quotes headers only where the first row is one:
a row of somebody's data in its place is not repeated.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from unicodedata import normalize

from yesfirst.intake.cells import DeclaredAttribute
from yesfirst.intake.headerwords import (
    ATTRIBUTE_WORDS,
    FACTS,
    LISTED,
    LISTED_WORDS,
    OF_A_RELATIONSHIP,
    REASON,
    REASON_WORDS,
    ROLE_WORDS,
    Role,
)
from yesfirst.intake.sensitive import sensitive_header, sensitive_values

_MISSING = {
    Role.NUMBER: "no column holds the phone number: name it with --map number=HEADER",
    Role.GIVEN: "no column says when consent was given: name it with --given-column HEADER",
    Role.EXPIRES: (
        "no column says when consent expires: name it with --expires-column HEADER, "
        "or say --expires-after 365d or --no-expiry"
    ),
}
_BRACKETED = re.compile(r"\([^)]*\)|\[[^\]]*\]")
# Numbers and dates, which no header consists of.
_DATA = re.compile(r"['+(]*(?:\d[\s()./:年月日-]*){6,}")
_NOT_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its place (from 0) and its header as the file has it."""

    index: int
    header: str

    def __str__(self) -> str:
        return f'"{self.header}" (column {self.index + 1})' if self.header else f"column {self.index + 1}"


@dataclass(frozen=True, slots=True)
class Columns:
    """What each column is for; `guessed` names the targets that the user did not map.

    `facts` are those of `circumstances`. Where a relationship stands for an agreement, `given` is when it came about.
    """

    number: Column
    given: Column
    expires: Column | None
    external_id: Column | None
    language: Column | None
    attributes: tuple[tuple[DeclaredAttribute, Column], ...]
    facts: tuple[tuple[Role, Column], ...]
    dropped: tuple[Column, ...]
    guessed: tuple[tuple[str, Column], ...]


class UnclearColumns(ValueError):
    """The columns can't be used as they are; `problems` has one sentence for each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def match_columns(
    header: Sequence[str],
    attributes: Sequence[DeclaredAttribute],
    *,
    chosen: Mapping[str, str],
    sample: Sequence[Sequence[str]],
    expires_by_column: bool,
    relationship: bool = False,
) -> Columns:
    """Say what each column is for.

    `chosen` maps a role or attribute name to a header, or to `#3` for the third column; `sample` holds the
    cells of the first rows (a few hundred do); without `expires_by_column` no expiry column is looked for.
    `relationship` tells that the consents rest on one: else columns about it are dropped.
    No attribute may have the name of a role: a brand file can't declare one.
    Raises UnclearColumns with everything that is wrong.
    """
    columns = _columns(header)
    words = _words(attributes)
    if not expires_by_column:
        del words[Role.EXPIRES]
    if not relationship:
        words = {target: found for target, found in words.items() if target not in OF_A_RELATIONSHIP}
    problems: list[str] = []
    mapped = _choose(columns, words, chosen, problems)
    guessed, unsettled = _guess(columns, words, mapped, problems)
    if Role.RELATIONSHIP_AT in (mapped | guessed):
        # The law counts from the purchase or contract, so when it was written down doesn't matter.
        for each in (mapped, guessed, unsettled):
            each.pop(Role.GIVEN, None)
    found = mapped | guessed
    problems += [_unsettled(target, rivals) for target, rivals in unsettled.items()]
    problems += [
        _MISSING[role]
        for role in _MISSING
        if role in words and role not in found and role not in unsettled and not _replaced(role, found)
    ]
    allowed = [found[a.name] for a in attributes if a.name in found and _declared_sensitive(a)]
    problems += _sensitive_columns([c for c in columns if c not in allowed], sample)
    if problems:
        raise UnclearColumns(problems)
    return Columns(
        number=found[Role.NUMBER],
        given=found.get(Role.RELATIONSHIP_AT) or found[Role.GIVEN],
        expires=found.get(Role.EXPIRES),
        external_id=found.get(Role.EXTERNAL_ID),
        language=found.get(Role.LANGUAGE),
        attributes=tuple((a, found[a.name]) for a in attributes if a.name in found),
        facts=tuple((role, found[role]) for role in FACTS if role in found),
        dropped=tuple(column for column in columns if column not in found.values()),
        guessed=tuple(guessed.items()),
    )


def _replaced(role: Role, found: Mapping[str, Column]) -> bool:
    return role is Role.GIVEN and Role.RELATIONSHIP_AT in found


def find_number(header: Sequence[str], chosen: str | None) -> Column:
    """The column that holds the numbers: the `chosen` header (or `#3`), or the one that says so.

    Raises UnclearColumns.
    """
    columns = _columns(header)
    words: dict[str, frozenset[str]] = {Role.NUMBER: _bare_all(ROLE_WORDS[Role.NUMBER].split())}
    problems: list[str] = []
    mapped = _choose(columns, words, {Role.NUMBER: chosen} if chosen else {}, problems)
    guessed, unsettled = _guess(columns, words, mapped, problems)
    found = (mapped | guessed).get(Role.NUMBER)
    if found is None and not problems:
        rivals = [str(column) for column in unsettled.get(Role.NUMBER, ())]
        which = (
            f"the phone number could be {' and '.join(rivals)}"
            if rivals
            else "no column holds the phone number"
        )
        problems.append(f"{which}: name the column with --number-column HEADER (or #3 for the third)")
    if found is None or problems:
        raise UnclearColumns(problems)
    return found


def find_listed(header: Sequence[str], chosen: str | None) -> Column | None:
    """The column that says whether a number is listed: the `chosen` header (or `#3`), or the one that says so, if any.

    Raises UnclearColumns.
    """
    return _find_if_there(header, LISTED, LISTED_WORDS, chosen)


def find_reason(header: Sequence[str], chosen: str | None) -> Column | None:
    """The column that says why people said no: the `chosen` header (or `#3`), or the one that says so, if any.

    Raises UnclearColumns.
    """
    return _find_if_there(header, REASON, REASON_WORDS, chosen)


def _find_if_there(header: Sequence[str], target: str, known: str, chosen: str | None) -> Column | None:
    columns = _columns(header)
    words = {target: _bare_all(known.split())}
    problems: list[str] = []
    mapped = _choose(columns, words, {target: chosen} if chosen else {}, problems)
    guessed, unsettled = _guess(columns, words, mapped, problems)
    if unsettled:
        rivals = " and ".join(map(str, unsettled[target]))
        problems.append(f"{target} could be {rivals}: name the column with --{target}-column HEADER (or #3)")
    if problems:
        raise UnclearColumns(problems)
    return (mapped | guessed).get(target)


def is_data(cell: str) -> bool:
    """Whether a cell of the first row is a number or a date, which no header is."""
    return _DATA.fullmatch(normalize("NFKC", cell)) is not None


def _columns(header: Sequence[str]) -> list[Column]:
    columns = [Column(index, cell.strip()) for index, cell in enumerate(header)]
    if any(is_data(column.header) for column in columns):
        raise UnclearColumns(("the first row holds data: put a row with the names of the columns above it",))
    return columns


def _words(attributes: Sequence[DeclaredAttribute]) -> dict[str, frozenset[str]]:
    """The header words of each target, those that the brand declares going before the usual ones."""
    own = {a.name: _bare_all((a.name, *a.aliases)) for a in attributes}
    taken = frozenset().union(*own.values())
    usual = {a.name: _bare_all(ATTRIBUTE_WORDS.get(a.name, "").split()) for a in attributes}
    words = {name: own[name] | (usual[name] - taken) for name in own}
    taken = taken.union(*usual.values())
    return words | {role: _bare_all(text.split()) - taken for role, text in ROLE_WORDS.items()}


def _bare_all(headers: Iterable[str]) -> frozenset[str]:
    return frozenset(_bare(header) for header in headers)


def _bare(header: str) -> str:
    """A header without case, width, brackets and what is in them, spaces and punctuation."""
    plain = normalize("NFKC", header).casefold()
    return _NOT_WORD.sub("", _BRACKETED.sub("", plain)) or _NOT_WORD.sub("", plain)


def _choose(
    columns: Sequence[Column],
    words: Mapping[str, frozenset[str]],
    chosen: Mapping[str, str],
    problems: list[str],
) -> dict[str, Column]:
    mapped: dict[str, Column] = {}
    for target, header in chosen.items():
        if target not in words:
            near = get_close_matches(target, words, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(words)}"
            problems.append(f'a column is mapped to "{target}", which this import does not use; {hint}')
            continue
        fits = [c for c in columns if header in (c.header, f"#{c.index + 1}")]
        if not fits:
            near = get_close_matches(header, [c.header for c in columns], n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(map(str, columns))}"
            problems.append(f'{target}: no column "{header}"; {hint}')
        elif len(fits) > 1:
            problems.append(_unsettled(target, fits))
        elif fits[0] in mapped.values():
            problems.append(f"{target}: {fits[0]} is mapped twice")
        else:
            mapped[target] = fits[0]
    return mapped


def _guess(
    columns: Sequence[Column],
    words: Mapping[str, frozenset[str]],
    mapped: Mapping[str, Column],
    problems: list[str],
) -> tuple[dict[str, Column], dict[str, list[Column]]]:
    """The targets that one free column fits, and those that several do."""
    fitting: dict[str, list[Column]] = {}
    for column in columns:
        if column in mapped.values():
            continue
        targets = [t for t in words if t not in mapped and _bare(column.header) in words[t]]
        if len(targets) > 1:
            problems.append(f"{column} could be {' and '.join(targets)}: choose with --map")
        elif targets:
            fitting.setdefault(targets[0], []).append(column)
    guessed = {target: fits[0] for target, fits in fitting.items() if len(fits) == 1}
    return guessed, {target: fits for target, fits in fitting.items() if len(fits) > 1}


def _unsettled(target: str, rivals: Sequence[Column]) -> str:
    names = " and ".join(map(str, rivals))
    return f"{target} could be {names}: choose with --map {target}=HEADER (or #3 for the third column)"


def _declared_sensitive(attribute: DeclaredAttribute) -> bool:
    return any(sensitive_header(name) for name in (attribute.name, *attribute.aliases))


def _sensitive_columns(columns: Iterable[Column], sample: Sequence[Sequence[str]]) -> list[str]:
    """A sentence for each of these columns that looks sensitive by its header or its cells."""
    problems = []
    for column in columns:
        cells = [row[column.index] for row in sample if column.index < len(row)]
        kind = sensitive_header(column.header) or sensitive_values(cells)
        if kind is not None:
            problems.append(
                f"{column} looks like {kind}, which the brand does not declare: "
                "remove the column from the file, or declare it as an attribute in brand.yaml"
            )
    return problems
