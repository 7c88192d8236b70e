"""Holds a database to the life of a message: a move that `rules.delivery.MOVES` doesn't list fails there.

The use cases move messages by SQL, many at once; this is what ties their statements to the one table.
"""

import asyncpg

from yesfirst.rules.delivery import MOVES

_LISTED = ", ".join(
    f"('{old}', '{new}')" for old, moves in MOVES.items() for new in sorted(set(moves.values()))
)
_WATCH = f"""
    CREATE FUNCTION refuse_unlisted_move() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (OLD.state, NEW.state) NOT IN ({_LISTED}) THEN
            RAISE EXCEPTION 'a message that is % does not become %', OLD.state, NEW.state;
        END IF;
        RETURN NULL;
    END
    $$;
    CREATE TRIGGER moves AFTER UPDATE OF state ON message FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION refuse_unlisted_move()
"""


async def hold_to_moves(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(_WATCH)
    finally:
        await connection.close()
