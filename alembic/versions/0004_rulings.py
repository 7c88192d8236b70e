"""The law in rulings: what it says about a position stands once, and people and consents name it.

Nothing is converted here: people without a ruling are placed, and their eligibility computed, when processes start.
Columns are dropped and indexes made at once, since no version that works with the old ones was ever released.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXTS = sa.ARRAY(sa.Text())
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "ruling",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("position", JSONB(), nullable=False),
        sa.Column("law", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", JSONB(), nullable=False),
        sa.Column("reasons", TEXTS, nullable=False),
        sa.Column("end_reasons", TEXTS, nullable=False),
        sa.Column("end_periods", TEXTS, nullable=False),
        sa.Column("end_zones", TEXTS, nullable=False),
        sa.Column("end_whole_days", sa.ARRAY(sa.Boolean()), nullable=False),
        sa.Column("of_age", sa.SmallInteger(), nullable=True),
        sa.Column("registries", TEXTS, nullable=False),
        sa.Column("scrub_ages", TEXTS, nullable=False),
        sa.Column("capped", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ruling_position", "ruling", ["brand", "key"], unique=True)
    op.create_table(
        "rulebook",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Date(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("known_since", INSTANT, nullable=False),
        sa.Column("acknowledged_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "law_digest",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("rules", JSONB(), nullable=False),
        sa.Column("known_since", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("law_digest_digest", "law_digest", ["digest"])
    op.create_table(
        "registry_check",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("registry", sa.Text(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("checked_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("subject", "registry"),
    )
    op.drop_index("subject_law", "subject")
    for name in ("rulebooks", "window_class", "law"):
        op.drop_column("subject", name)
    for name in ("origin", "residence", "billing"):
        op.add_column("subject", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("subject", sa.Column("zones", TEXTS, nullable=True))
    op.add_column("subject", sa.Column("recipient", sa.Text(), nullable=False, server_default="individual"))
    op.add_column("subject", sa.Column("born", sa.Date(), nullable=True))
    op.add_column("subject", sa.Column("ruling", sa.BigInteger(), nullable=True))
    unplaced = sa.text("ruling IS NULL AND lookup IS NOT NULL")
    op.create_index("subject_unplaced", "subject", ["id"], postgresql_where=unplaced)
    op.add_column("consent_event", sa.Column("record", JSONB(), nullable=True))
    op.add_column("import_result", sa.Column("hint", sa.Text(), nullable=True))
    op.add_column("message", sa.Column("language", sa.Text(), nullable=True))
    for name in ("valid_from", "valid_until", "reason", "window_class"):
        op.drop_column("eligibility", name)
    for name in ("agreed_at", "given", "expires"):
        op.add_column("eligibility", sa.Column(name, INSTANT, nullable=True))
    op.add_column("eligibility", sa.Column("ruling", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("eligibility", "ruling")
    for name in ("agreed_at", "given", "expires"):
        op.drop_column("eligibility", name)
    for name in ("valid_from", "valid_until"):
        op.add_column("eligibility", sa.Column(name, INSTANT, nullable=True))
    for name in ("reason", "window_class"):
        op.add_column("eligibility", sa.Column(name, sa.Text(), nullable=True))
    op.drop_column("message", "language")
    op.drop_column("import_result", "hint")
    op.drop_column("consent_event", "record")
    op.drop_index("subject_unplaced", "subject")
    for name in ("ruling", "born", "recipient", "zones", "origin", "residence", "billing"):
        op.drop_column("subject", name)
    for name in ("rulebooks", "window_class"):
        op.add_column("subject", sa.Column(name, sa.Text(), nullable=True))
    # A law that is in force nowhere: the older version computes everybody anew.
    op.add_column("subject", sa.Column("law", sa.Text(), nullable=False, server_default=""))
    op.alter_column("subject", "law", server_default=None)
    op.create_index("subject_law", "subject", ["law"], postgresql_where=sa.text("lookup IS NOT NULL"))
    for name in ("registry_check", "law_digest", "rulebook", "ruling"):
        op.drop_table(name)
