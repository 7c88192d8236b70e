"""An index to find people who have no ruling yet, made beside everybody's work."""

import sqlalchemy as sa
from alembic import op

from yesfirst.store.live_limits import outside_transaction

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with outside_transaction():
        op.drop_index(
            "subject_unplaced", "subject", postgresql_concurrently=True, if_exists=True
        )
        op.create_index(
            "subject_unplaced",
            "subject",
            ["id"],
            postgresql_where=sa.text("ruling IS NULL AND lookup IS NOT NULL"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_index("subject_unplaced", "subject")
