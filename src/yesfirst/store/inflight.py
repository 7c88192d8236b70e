"""Messages, and asks, that were being handed over when their person's withdrawal was committed."""

from sqlalchemy import text

from yesfirst.store.engine import Connection, fetch

# The caller holds the subject, so nothing of it can become `calling` before the commit.
_NAME = text("""
    WITH calling AS (
        SELECT id FROM message WHERE subject = :subject AND state = 'calling'
        UNION ALL
        SELECT id FROM ask WHERE subject = :subject AND state = 'calling'
    )
    INSERT INTO in_flight (message, withdrawal) SELECT id, :withdrawal FROM calling
    RETURNING message
""")
_OF_RUN = text("""
    SELECT in_flight.message, message.carrier_id
    FROM in_flight JOIN message ON message.id = in_flight.message
    WHERE message.run = :run
""")


async def name(connection: Connection, subject: bytes, withdrawal: bytes) -> list[bytes]:
    """Lists the messages of a locked subject that are being handed over, under the withdrawal's leaf id."""
    return [row.message for row in await fetch(connection, _NAME, subject=subject, withdrawal=withdrawal)]


async def of_run(connection: Connection, run_id: bytes) -> dict[bytes, str | None]:
    """Message id → carrier's id of all that were in flight at a withdrawal during a run."""
    return {row.message: row.carrier_id for row in await fetch(connection, _OF_RUN, run=run_id)}
