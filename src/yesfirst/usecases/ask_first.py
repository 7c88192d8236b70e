"""Ask first: another program has learnt that somebody would agree, and the number itself is to say so.

The question goes out as one from a page does: seldom, to nobody who refused, and nothing counts before the Y. What is
said of the person besides is not kept for somebody who has not agreed.
"""

from yesfirst.errors import Refused
from yesfirst.intake.brand import Brand
from yesfirst.rules.asking import NotAsked
from yesfirst.store import clock
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.person import Method, Wanted, check_terms, private_of
from yesfirst.usecases.sign_up import Question, ask_to_confirm


async def ask_first(ground: Ground, brand: Brand, wanted: Wanted) -> NotAsked | None:
    """Has a number asked to confirm what is wanted; why not, where it isn't asked.

    Raises Refused (CONFIRM_INVALID, ASK_TEXT_MISSING) and what `person.check_terms` does.
    """
    _check(brand, wanted)
    stated = wanted.stated
    question = Question(
        notice=wanted.notice,
        purposes=(wanted.purpose,),
        given=stated.given,
        expires=stated.expires,
        sender=brand.senders[0].id,
        private=private_of(wanted),
    )
    async with ground.engine.begin() as connection:
        check_terms(wanted, await clock.now(connection))
        return await ask_to_confirm(ground, connection, brand, question, stated.e164)


def _check(brand: Brand, wanted: Wanted) -> None:
    stated = wanted.stated
    if wanted.notice.language not in brand.replies.ask:
        raise Refused(
            "ASK_TEXT_MISSING",
            "The brand has no text that asks to confirm in the language of the notice.",
            "Write `replies.ask` in the brand file, and apply it.",
        )
    if wanted.source.method is not Method.API or wanted.notice.rests_on_relationship:
        raise Refused(
            "CONFIRM_INVALID",
            "What was agreed to by telephone or on paper, or rests on a relationship, is not asked about.",
            "Leave out `confirm`, or name the notice of an agreement.",
        )
    if stated.values or stated.external_id or stated.facts:
        raise Refused(
            "CONFIRM_INVALID",
            "Nothing more is kept of somebody who has not agreed yet.",
            "Send attributes, external id and the like when the person has confirmed.",
        )
