"""Imports that came over the API: whose they are, and that their results are kept after the end."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Columns that may be empty: neither is the table written anew, nor does an import under way notice.
    op.add_column("import", sa.Column("brand", sa.Text(), nullable=True))
    op.add_column("import", sa.Column("dry_run", sa.Boolean(), nullable=True))
    op.add_column("import", sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("finished_at", "dry_run", "brand"):
        op.drop_column("import", column)
