"""The carrier's account as the settings give it."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from yesfirst.carriers.twilio import Account, Twilio
from yesfirst.errors import Refused
from yesfirst.settings import Settings


def account_of(settings: Settings) -> Account:
    """Raises Refused (CARRIER_NOT_SET_UP, PUBLIC_URL_MISSING) while a setting is missing."""
    sid, token = settings.twilio_account_sid, settings.twilio_auth_token
    if sid is None or token is None:
        raise Refused(
            "CARRIER_NOT_SET_UP",
            "There is no carrier account to send with.",
            "Set YESFIRST_TWILIO_ACCOUNT_SID and YESFIRST_TWILIO_AUTH_TOKEN; `yesfirst simulator` lends an"
            " account that texts nobody.",
        )
    return Account(sid, token, settings.twilio_api_base, public_url_of(settings))


def texts_people(settings: Settings) -> bool:
    """Whether there is an account whose texts reach people.

    A carrier that only this machine or its private network knows is a simulated one.
    """
    if settings.twilio_account_sid is None:
        return False
    host = urlsplit(settings.twilio_api_base).hostname or ""
    try:
        return not ip_address(host).is_private
    except ValueError:  # a name
        return "." in host


def public_url_of(settings: Settings) -> str:
    """Raises Refused (PUBLIC_URL_MISSING)."""
    if settings.public_url is None:
        raise Refused(
            "PUBLIC_URL_MISSING",
            "The carrier would not know where to report deliveries and replies such as STOP.",
            "Set YESFIRST_PUBLIC_URL to the address under which Twilio reaches `yesfirst serve`.",
        )
    return settings.public_url


async def check_credentials(account: Account) -> None:
    """Raises Refused: CREDENTIALS_WRONG, CARRIER_UNREACHABLE."""
    try:
        async with Twilio(account) as carrier:
            accepted = await carrier.knows_us()
    except ConnectionError:
        raise Refused(
            "CARRIER_UNREACHABLE",
            f"The carrier at {account.api_base} gives no usable answer.",
            "Check the network, a proxy in between, and YESFIRST_TWILIO_API_BASE.",
        ) from None
    if not accepted:
        raise Refused(
            "CREDENTIALS_WRONG",
            f"The carrier at {account.api_base} refuses the account or its auth token.",
            "Compare YESFIRST_TWILIO_ACCOUNT_SID and YESFIRST_TWILIO_AUTH_TOKEN with the Twilio console.",
        )
