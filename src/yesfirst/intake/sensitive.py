"""Columns that must not be taken in unasked: identity numbers, health and income.

PIPL art. 28 and 29: sensitive personal information needs a specific purpose, strict necessity and separate
consent; a marketing import has none of these unless the brand declares the attribute.

Known gap: values are judged by a sample of rows, so an identity number here and there in a remarks column
goes unseen (such a column is only read if the brand declares it).
"""

import re
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from unicodedata import normalize


class Sensitive(StrEnum):
    """What a column seems to hold, in words for a message."""

    IDENTITY = "identity number"
    HEALTH = "health"
    INCOME = "income"


_HEADERS = {
    Sensitive.IDENTITY: re.compile(
        r"身份证|身份證|证件号|证件编号|护照|社保号|社保卡|驾驶证|주민등록|주민번호|여권|운전면허"
        r"|\b(?:ssn|nino|passport|social ?security|national ?insurance|(?:id|identity) ?card"
        r"|(?:national|identity|citizen) ?(?:id|number|no)|resident (?:id|registration)|rrn"
        r"|driver'?s? ?licen[cs]e)\b"
    ),
    Sensitive.HEALTH: re.compile(
        r"健康|病史|病历|疾病|诊断|过敏|血型|怀孕|孕期|残疾|用药|病症|건강|질병|병력|진단|혈액형|알레르기"
        r"|\b(?:health|medical|medication|diagnos[ei]s|disease|illness|allerg(?:y|ies|ic)"
        r"|blood ?(?:type|group)|pregnan(?:t|cy)|disabilit(?:y|ies))\b"
    ),
    Sensitive.INCOME: re.compile(
        r"收入|工资|薪资|薪水|年薪|月薪|薪酬|소득|연봉|급여|\b(?:incomes?|salar(?:y|ies)|wages?|earnings)\b"
    ),
}
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NOT_WORD = re.compile(r"[\W_]+")

_RESIDENT_ID = re.compile(r"[1-9]\d{5}(\d{4})(\d\d)(\d\d)\d{3}[\dX]")
_CHECK_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_US_SSN = re.compile(r"(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}")
_KR_RESIDENT = re.compile(r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-8]\d{6}")


def sensitive_header(header: str) -> Sensitive | None:
    """What a column with this header holds by its name."""
    words = _NOT_WORD.sub(" ", _CAMEL.sub(" ", normalize("NFKC", header))).casefold()
    return next((kind for kind, pattern in _HEADERS.items() if pattern.search(words)), None)


def sensitive_values(cells: Iterable[str]) -> Sensitive | None:
    """What a column holds by its cells: identity numbers, if at least half of those that say anything are."""
    filled = [cell.strip().lstrip("'") for cell in cells if cell.strip()]
    found = sum(looks_like_identity(cell) for cell in filled)
    return Sensitive.IDENTITY if found and 2 * found >= len(filled) else None


def looks_like_identity(cell: str) -> bool:
    """Whether a cell is a Chinese resident id, a US social security or a Korean resident number."""
    plain = normalize("NFKC", cell).upper()
    return bool(_is_resident_id(plain) or _US_SSN.fullmatch(plain) or _KR_RESIDENT.fullmatch(plain))


def _is_resident_id(text: str) -> bool:
    # GB 11643-1999: region, birth date, sequence, and an ISO 7064 MOD 11-2 check character.
    found = _RESIDENT_ID.fullmatch(text)
    if found is None:
        return False
    try:
        date(*(int(part) for part in found.groups()))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text, _CHECK_WEIGHTS, strict=False))
    return text[-1] == "10X98765432"[total % 11]
