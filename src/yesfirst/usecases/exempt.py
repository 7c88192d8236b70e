"""Record that a company may be texted under an exemption: a decision must name what it rests on.

Known gap: nobody calls this yet but the cases of a file; an import may, once it tells companies from people.
"""

from yesfirst.rules.consent import NoEffect, TakesEffect
from yesfirst.rules.exemption import CORPORATE_EXEMPT, exempt
from yesfirst.store import clock
from yesfirst.store.engine import Connection
from yesfirst.store.subjects import SubjectHead
from yesfirst.usecases import consents
from yesfirst.usecases.brand_law import law_of
from yesfirst.usecases.consents import Agreement
from yesfirst.usecases.ground import Ground


async def record_exemption(
    ground: Ground, connection: Connection, brand: str, subject: SubjectHead, basis: Agreement
) -> TakesEffect | NoEffect | None:
    """Records the basis of a locked subject; None, and nothing is written, where the law knows no exemption for it.

    The basis is of the kind `corporate_exempt`; its notice is the document in which the brand claims the exemption.
    A refusal outweighs it, as it does an agreement. ValueError for a basis of another kind.
    """
    if basis.kind != CORPORATE_EXEMPT:
        raise ValueError(f"an exemption is of the kind {CORPORATE_EXEMPT}")
    law = (await law_of(ground, connection, brand, await clock.now(connection))).law
    if not exempt(subject.where, subject.recipient, law.books, basis.record):
        return None
    [effect] = await consents.grant(ground, connection, brand, [(subject, basis)])
    return effect
