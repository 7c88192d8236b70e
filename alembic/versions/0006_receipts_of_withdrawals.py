"""Withdrawals are found by the start of their leaf's hash: the receipt code that people were given."""

from alembic import op

from yesfirst.store.live_limits import outside_transaction

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with outside_transaction():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS consent_event_receipt")
        op.execute(
            "CREATE INDEX CONCURRENTLY consent_event_receipt ON consent_event (leaf_hash) WHERE type = 'withdraw'"
        )


def downgrade() -> None:
    with outside_transaction():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS consent_event_receipt")
