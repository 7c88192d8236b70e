"""Errors as RFC 9457 problem answers, in one place.

Invariants: an answer is made of constants and stable codes; the text of an exception, which may quote a value,
never leaves the process and is never logged. The log names the type of what happened and the route's
template, not the address that was asked for.
"""

import logging
import re
from http import HTTPStatus

import msgspec
from litestar.exceptions import HTTPException, ValidationException
from litestar.plugins.problem_details import (
    ProblemDetailsConfig,
    ProblemDetailsException,
    ProblemDetailsPlugin,
)
from litestar.types import Scope

from yesfirst.errors import Refused
from yesfirst.intake.encoding import UnreadableFile
from yesfirst.intake.headers import UnclearColumns
from yesfirst.intake.yamlfile import InvalidFile
from yesfirst.usecases.person import MisstatedFact
from yesfirst.web.documented import Mistake

_log = logging.getLogger("yesfirst.web")
# What a route is about, or the number in its body: not there.
_ABSENT = {"RUN_UNKNOWN", "MESSAGE_UNKNOWN", "SUBJECT_UNKNOWN", "REVIEW_UNKNOWN"}
_QUOTES_NO_VALUE = re.compile(
    r"Object missing required field `\w+`|Expected [\w`|, <>=]+|Invalid RFC3339 encoded datetime"
)
_PLACE = re.compile(r"(?:\.\w+|\[[0-9]*\]|\[\.\.\.\])*")
_OPTION = re.compile(r"--([a-z]+(?:-[a-z]+)*)")
_INPUT_ENDINGS = ("_INVALID", "_MISSING", "_UNKNOWN")


def problem(status: HTTPStatus, code: str, detail: str) -> ProblemDetailsException:
    """A problem to raise; `code` is stable and meant for tools, `detail` a constant sentence for people."""
    return ProblemDetailsException(
        status_code=status, title=status.phrase, detail=detail, extra={"code": code}
    )


def plugin() -> ProblemDetailsPlugin:
    """What turns every exception into a problem answer."""
    return ProblemDetailsPlugin(
        ProblemDetailsConfig(
            exception_to_problem_detail_map={
                HTTPException: _from_http,
                Refused: _from_refused,
                MisstatedFact: _from_misstated,
                InvalidFile: _from_invalid,
                RecursionError: _from_depth,
                UnclearColumns: _from_columns,
                UnreadableFile: _from_unreadable,
                Exception: _from_fault,
            }
        )
    )


async def log_fault(exception: Exception, scope: Scope) -> None:
    """Logs faults of ours as errors and refused callers as warnings; whatever else is asked wrongly is not news."""
    status = _status_of(exception)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("%s at %s", type(exception).__name__, scope.get("path_template"))
    elif status == HTTPStatus.FORBIDDEN:
        _log.warning("refused with 403 at %s", scope.get("path_template"))


def _status_of(exception: Exception) -> HTTPStatus:
    match exception:
        case HTTPException(status_code=status):
            return HTTPStatus(status)
        case Refused(code=code) if code.endswith("_UNREACHABLE"):
            return HTTPStatus.SERVICE_UNAVAILABLE
        case Refused(code=code) if code in _ABSENT:
            return HTTPStatus.NOT_FOUND
        case Refused(code="CHANGED_MEANWHILE"):
            return HTTPStatus.PRECONDITION_FAILED
        case InvalidFile() | UnclearColumns() | UnreadableFile():
            return HTTPStatus.UNPROCESSABLE_ENTITY
        case Refused(code=code) if code.endswith(_INPUT_ENDINGS):
            return HTTPStatus.UNPROCESSABLE_ENTITY
        case Refused():
            return HTTPStatus.CONFLICT
        case RecursionError():
            return HTTPStatus.BAD_REQUEST
    return HTTPStatus.INTERNAL_SERVER_ERROR


def _from_http(exception: HTTPException) -> ProblemDetailsException:
    # The framework's details quote what was sent.
    status = _status_of(exception)
    answer = problem(status, status.name, status.phrase)
    # What is wrong where stands in the cause; the framework's own list leaves places within a body out.
    cause = exception.__cause__
    if isinstance(exception, ValidationException) and isinstance(cause, msgspec.ValidationError):
        extra: dict[str, object] = {"code": status.name, "problems": [_misshapen(str(cause))]}
        answer = ProblemDetailsException(
            status_code=status, title=status.phrase, detail=status.phrase, extra=extra
        )
    answer.headers = exception.headers
    return answer


def _misshapen(said: str) -> Mistake:
    # Places are fields of ours and numbers; of the messages only those that quote no value are told.
    message, _, place = said.partition(" - at ")
    told = message if _QUOTES_NO_VALUE.fullmatch(message) else "This is not what the schema says"
    within = place.strip("`").removeprefix("$")
    path = within.removeprefix(".data").removeprefix(".") if _PLACE.fullmatch(within) else ""
    return Mistake(path, told, None)


def _from_refused(refusal: Refused) -> ProblemDetailsException:
    # Its message may name files and servers, which is meant for operators and not for callers.
    return problem(_status_of(refusal), refusal.code, "The state of the system or of the input forbids this.")


def _from_misstated(fact: MisstatedFact) -> ProblemDetailsException:
    # It tells the field and a word that would do, never what was written.
    answer = _from_refused(fact)
    problems = [{"path": fact.role.value, "message": fact.message, "hint": fact.hint}]
    answer.extra = {"code": fact.code, "problems": problems}
    return answer


def _from_invalid(invalid: InvalidFile) -> ProblemDetailsException:
    # Its problems quote what a file declares, never anything of a person.
    status = _status_of(invalid)
    found = [Mistake(".".join(map(str, one.path)), one.message, one.hint) for one in invalid.problems]
    detail = f"What the {invalid.source} declares can't be used."
    extra = {"code": "FILE_INVALID", "problems": found}
    return ProblemDetailsException(status_code=status, title=status.phrase, detail=detail, extra=extra)


def _from_depth(exception: RecursionError) -> ProblemDetailsException:
    # Nothing here recurses but along what was sent, the decoder of JSON first.
    status = _status_of(exception)
    return problem(status, status.name, "The body is nested too deeply.")


def _from_columns(unclear: UnclearColumns) -> ProblemDetailsException:
    # Its problems quote headers, and only where the first row is a header.
    status = _status_of(unclear)
    found = [Mistake("", _as_asked(one), None) for one in unclear.problems]
    extra = {"code": "COLUMNS_UNCLEAR", "problems": found}
    detail = "The columns can't be used as they are."
    return ProblemDetailsException(status_code=status, title=status.phrase, detail=detail, extra=extra)


def _from_unreadable(unreadable: UnreadableFile) -> ProblemDetailsException:
    # It says where the file is broken, and quotes nothing but the names of sheets.
    return problem(
        _status_of(unreadable), "FILE_UNREADABLE", _as_asked(f"The table can't be read: {unreadable}.")
    )


def _as_asked(sentence: str) -> str:
    """What is said of the options of a command, said of parameters of a query."""
    return _OPTION.sub(lambda option: option[1].replace("-", "_"), sentence)


def _from_fault(exception: Exception) -> ProblemDetailsException:
    detail = "The request was not carried out. It may be sent again."
    return problem(_status_of(exception), "INTERNAL_FAULT", detail)
