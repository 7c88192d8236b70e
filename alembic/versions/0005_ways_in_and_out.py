"""Ways in and out: forms, asks, links to one's own page, what waits for a person, what the carrier has told.

Tables that nobody uses yet, and columns that may be empty: neither is a table written anew, nor does the version
before notice.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("subject", sa.Column("held_at", INSTANT, nullable=True))
    op.add_column("subject", sa.Column("number_since", INSTANT, nullable=True))
    op.add_column("suppression", sa.Column("scope", sa.Text(), nullable=False, server_default="brand"))
    op.add_column("suppression", sa.Column("purpose", sa.Text(), nullable=True))
    op.add_column("suppression", sa.Column("latest", INSTANT, nullable=True))
    op.create_table(
        "signup_form",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("declared", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("signup_form_brand", "signup_form", ["brand"])
    op.create_table(
        "ask",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("of", sa.LargeBinary(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("not_before", INSTANT, nullable=False),
        sa.Column("by", INSTANT, nullable=False),
        sa.Column("leased_until", INSTANT, nullable=True),
        sa.Column("leaf", sa.BigInteger(), nullable=True),
        sa.Column("called_at", INSTANT, nullable=True),
        sa.Column("carrier_id", sa.Text(), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ask_once", "ask", ["of", "kind"], unique=True)
    op.create_index("ask_subject", "ask", ["subject"])
    ready, in_hand = sa.text("state = 'ready'"), sa.text("state IN ('claimed', 'calling')")
    op.create_index("ask_ready", "ask", ["sender", "kind", "not_before"], postgresql_where=ready)
    op.create_index("ask_in_hand", "ask", ["leased_until"], postgresql_where=in_hand)
    op.create_table(
        "attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("attempt_key", "attempt", ["key", "at"])
    op.create_index("attempt_at", "attempt", ["at"])
    op.create_table(
        "own_page",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("own_page_subject", "own_page", ["subject"])
    op.create_index("own_page_expires", "own_page", ["expires_at"])
    op.create_table(
        "review",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("resolved_at", INSTANT, nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.Column("resolved_by_sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("review_subject", "review", ["subject"])
    op.create_index("review_open", "review", ["at"], postgresql_where=sa.text("resolved_at IS NULL"))
    op.create_table(
        "hearing",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("heard_until", INSTANT, nullable=False),
        sa.Column("listed_until", INSTANT, nullable=False),
        sa.Column("missed", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("missed_at", INSTANT, nullable=True),
        sa.Column("opted_out", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("opted_out_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    for table in ("hearing", "review", "own_page", "attempt", "ask", "signup_form"):
        op.drop_table(table)
    op.drop_column("suppression", "latest")
    op.drop_column("suppression", "purpose")
    op.drop_column("suppression", "scope")
    op.drop_column("subject", "number_since")
    op.drop_column("subject", "held_at")
