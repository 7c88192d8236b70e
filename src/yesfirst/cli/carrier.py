"""The carrier's account as the settings give it."""

from yesfirst.carriers.twilio import Account, Twilio
from yesfirst.cli.command import note
from yesfirst.errors import Refused
from yesfirst.settings import Settings


def account_of(settings: Settings) -> Account:
    """Raises Refused (CARRIER_NOT_SET_UP) while a setting is missing."""
    sid, token, public_url = settings.twilio_account_sid, settings.twilio_auth_token, settings.public_url
    if sid is None or token is None:
        raise Refused(
            "CARRIER_NOT_SET_UP",
            "There is no carrier account to send with.",
            "Set YESFIRST_TWILIO_ACCOUNT_SID and YESFIRST_TWILIO_AUTH_TOKEN; `yesfirst simulator` lends an"
            " account that texts nobody.",
        )
    if public_url is None:
        raise Refused(
            "PUBLIC_URL_MISSING",
            "The carrier would not know where to report deliveries and replies such as STOP.",
            "Set YESFIRST_PUBLIC_URL to the address under which Twilio reaches `yesfirst serve`.",
        )
    return Account(sid, token, settings.twilio_api_base, public_url)


async def check_credentials(account: Account) -> None:
    """Raises Refused (CREDENTIALS_WRONG); a carrier out of reach is only said, since it may come back."""
    try:
        async with Twilio(account) as carrier:
            accepted = await carrier.knows_us()
    except ConnectionError:
        note(f"The carrier at {account.api_base} does not answer yet; sending waits for it.")
        return
    if not accepted:
        raise Refused(
            "CREDENTIALS_WRONG",
            f"The carrier at {account.api_base} refuses the account or its auth token.",
            "Compare YESFIRST_TWILIO_ACCOUNT_SID and YESFIRST_TWILIO_AUTH_TOKEN with the Twilio console.",
        )
