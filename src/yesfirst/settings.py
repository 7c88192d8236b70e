"""The settings of an installation: environment variables `YESFIRST_*`, read once into a frozen object.

Each setting is declared once, as a field of `Settings`, with its variable, default and meaning; the
documentation is generated from `DECLARED`. Invariants: a `Settings` is complete and well formed; a variable
that nobody reads is refused, because a misspelt `YESFIRST_DATABASE_URL` must not silently select the embedded
server; a secret appears in no `repr` and in no error. A secret may also be given as a file: append `_FILE` to
the variable's name.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from yesfirst.errors import Refused

PREFIX = "YESFIRST_"
Networks = tuple[IPv4Network | IPv6Network, ...]


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is known of a setting before its value: a row of the documentation's table."""

    variable: str
    meaning: str
    default: str | None
    """As written in the environment; `{home}` stands for YESFIRST_HOME. None: the setting may be absent."""
    secret: bool
    parse: Callable[[str], object]


def _path(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _text(text: str) -> str:
    return text


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise ValueError("is not a port number from 1 to 65535")
    return int(text)


def _database_url(text: str) -> str:
    scheme, mark, rest = text.partition("://")
    if not mark or scheme not in {"postgresql", "postgres", "postgresql+asyncpg"}:
        raise ValueError("is not an address like postgresql://user:password@host:5432/name")
    return f"postgresql://{rest}"


def _redis_url(text: str) -> str:
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("is not an address like redis://:password@host:6379/0")
    return text


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("is not an address like https://sms.example.com, without ? and #")
    return text.rstrip("/")


def _networks(text: str) -> Networks:
    try:
        return tuple(ip_network(one.strip()) for one in text.split(","))
    except ValueError:
        raise ValueError("is not a list of addresses and networks like 127.0.0.1, 10.0.0.0/8") from None


def _account_sid(text: str) -> str:
    # https://www.twilio.com/docs/glossary/what-is-a-sid: AC and 32 hexadecimal digits.
    if not re.fullmatch("AC[0-9a-fA-F]{32}", text):
        raise ValueError("is not an account SID: AC and 32 hexadecimal digits")
    return text


def _log_origin(text: str) -> str:
    # https://c2sp.org/signed-note: a key name has neither white space nor a plus.
    if not text or "+" in text or re.search(r"\s", text):
        raise ValueError("is not a name like example.com/log, without spaces and +")
    return text


def _declare(
    variable: str,
    parse: Callable[[str], object],
    meaning: str,
    default: str | None = None,
    *,
    secret: bool = False,
) -> Mapping[str, Declaration]:
    return {"declaration": Declaration(PREFIX + variable, meaning, default, secret, parse)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one installation; None where a part isn't set up."""

    home: Path = field(
        metadata=_declare(
            "HOME", _path, "Directory of this installation's own files and embedded servers.", ".yesfirst"
        )
    )
    database_url: str | None = field(
        repr=False,
        metadata=_declare(
            "DATABASE_URL", _database_url, "PostgreSQL to use; without it one is embedded.", secret=True
        ),
    )
    redis_url: str | None = field(
        repr=False,
        metadata=_declare(
            "REDIS_URL", _redis_url, "Redis or Valkey to use; without it one is embedded.", secret=True
        ),
    )
    keys: Path = field(metadata=_declare("KEYS", _path, "Directory of the key files.", "{home}/keys"))
    checkpoints: Path = field(
        metadata=_declare(
            "CHECKPOINTS",
            _path,
            "Directory outside the database that keeps the last published checkpoint; shared by all hosts.",
            "{home}/log",
        )
    )
    log_origin: str = field(
        metadata=_declare(
            "LOG_ORIGIN", _log_origin, "Name of the evidence log in its checkpoints.", "yesfirst.local/log"
        )
    )
    twilio_account_sid: str | None = field(
        metadata=_declare("TWILIO_ACCOUNT_SID", _account_sid, "Twilio account that sends.")
    )
    twilio_auth_token: str | None = field(
        repr=False,
        metadata=_declare(
            "TWILIO_AUTH_TOKEN", _text, "Auth token of that account; it also proves webhooks.", secret=True
        ),
    )
    twilio_api_base: str = field(
        metadata=_declare("TWILIO_API_BASE", _web_address, "Twilio's API.", "https://api.twilio.com")
    )
    public_url: str | None = field(
        metadata=_declare(
            "PUBLIC_URL", _web_address, "Address under which Twilio and the public reach this installation."
        )
    )
    trusted_proxies: Networks | None = field(
        metadata=_declare(
            "TRUSTED_PROXIES",
            _networks,
            "Proxies, by address or network and divided by commas, that are believed in X-Forwarded-For who called;"
            " without it nobody is. Limits on sign-ups count by that.",
        )
    )
    bind: str = field(
        metadata=_declare("BIND", _text, "Address that the web server listens at.", "127.0.0.1")
    )
    port: int = field(metadata=_declare("PORT", _port, "Port that the web server listens at.", "8800"))
    metrics_token: str | None = field(
        repr=False,
        metadata=_declare(
            "METRICS_TOKEN",
            _text,
            "Bearer token that /metrics asks for; without it only this machine may read them.",
            secret=True,
        ),
    )

    @property
    def reviews(self) -> Path:
        """The directory of this installation's own reviews of rules; it need not exist."""
        return self.home / "reviews"

    def __post_init__(self) -> None:
        if (self.twilio_account_sid is None) != (self.twilio_auth_token is None):
            raise Refused(
                "SETTING_MISSING",
                "Only one of YESFIRST_TWILIO_ACCOUNT_SID and YESFIRST_TWILIO_AUTH_TOKEN is set.",
                "Set both, or neither.",
            )


def _declaration(of: "Field[Any]") -> Declaration:
    declaration: Declaration = of.metadata["declaration"]
    return declaration


DECLARED: tuple[Declaration, ...] = tuple(_declaration(each) for each in fields(Settings))


def read(environ: Mapping[str, str]) -> Settings:
    """The settings that the environment gives; an empty variable counts as absent.

    Raises Refused: SETTING_UNKNOWN, SETTING_INVALID, SETTING_MISSING, SETTING_UNREADABLE.
    """
    given = {name: value for name, value in environ.items() if name.startswith(PREFIX) and value.strip()}
    _refuse_unknown(given)
    values: dict[str, object] = {}
    for each in fields(Settings):
        declaration = _declaration(each)
        text = _value(declaration, given)
        if text is None and declaration.default is not None:
            text = declaration.default.replace("{home}", str(values.get("home", "")))
        values[each.name] = None if text is None else _parsed(declaration, text)
    return Settings(**values)  # type: ignore[arg-type]  # the fields' own parsers made the values


def _refuse_unknown(given: Mapping[str, str]) -> None:
    known = {each.variable for each in DECLARED} | {
        f"{each.variable}_FILE" for each in DECLARED if each.secret
    }
    for name in sorted(given.keys() - known):
        from difflib import get_close_matches

        near = get_close_matches(name, sorted(known), n=1)
        hint = f"Did you mean {near[0]}?" if near else "Unset it; docs/settings.md lists all settings."
        raise Refused("SETTING_UNKNOWN", f"There is no setting {name}.", hint)


def _value(declaration: Declaration, given: Mapping[str, str]) -> str | None:
    """The text of a setting, from its variable or from the file that `_FILE` names."""
    variable, by_file = declaration.variable, f"{declaration.variable}_FILE"
    if by_file not in given:
        return given.get(variable, "").strip() or None
    if variable in given:
        raise Refused("SETTING_INVALID", f"Both {variable} and {by_file} are set.", "Unset one of them.")
    try:
        text = Path(given[by_file]).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(
            "SETTING_UNREADABLE",
            f"The file that {by_file} names can't be read ({type(error).__name__}).",
            "Correct the path or the permissions.",
        ) from None
    if not text:
        raise Refused(
            "SETTING_INVALID",
            f"The file that {by_file} names is empty.",
            f"Write the value of {variable} into it.",
        )
    return text


def _parsed(declaration: Declaration, text: str) -> object:
    try:
        return declaration.parse(text)
    except ValueError as error:
        raise Refused("SETTING_INVALID", f"{declaration.variable} {error}.", "Correct or unset it.") from None
