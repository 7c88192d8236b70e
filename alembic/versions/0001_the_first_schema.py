"""The first schema.

The keys of subjects and records live in the schema `keystore`, owned by a role of its own: what may read the
tables need not be able to open them, and `pg_dump --schema=keystore` takes the keys apart. Creating the role
needs CREATEROLE; without it the schema stays with the owner of the database.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


KEYSTORE_ROLE = """
DO $$
BEGIN
    IF (SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        BEGIN
            CREATE ROLE yesfirst_keystore NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- roles belong to the server, and another database of it may have made this one
        END;
        EXECUTE format('GRANT yesfirst_keystore TO %I', current_user);
        ALTER SCHEMA keystore OWNER TO yesfirst_keystore;
        ALTER TABLE keystore.subject_key OWNER TO yesfirst_keystore;
        ALTER TABLE keystore.record_key OWNER TO yesfirst_keystore;
    END IF;
END
$$
"""


def upgrade() -> None:
    op.execute("CREATE SCHEMA IF NOT EXISTS keystore")
    op.create_table(
        "brand",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("controller", sa.Text(), nullable=False),
        sa.Column("declared", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("start_notice", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "brand_sender",
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("brand", "sender"),
    )
    op.create_table(
        "consent_event",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("sseq", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("purposes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("given", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("notice", sa.LargeBinary(), nullable=True),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("of", sa.LargeBinary(), nullable=True),
        sa.Column("night", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "sseq"),
    )
    op.create_table(
        "eligibility",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("proof", sa.LargeBinary(), nullable=True),
        sa.Column("window_class", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("subject", "purpose", "channel"),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "entry",
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("index"),
        sa.UniqueConstraint("leaf"),
    )
    op.create_table(
        "excluded",
        sa.Column("run", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run", "subject"),
    )
    op.create_table(
        "head",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("checkpoint", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "import",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("all_read", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "import_result",
        sa.Column("import", sa.LargeBinary(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("header", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("import", "line"),
    )
    op.create_table(
        "import_row",
        sa.Column("import", sa.LargeBinary(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("person_sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("import", "line"),
    )
    op.create_index("import_row_lookup", "import_row", ["import", "lookup"], unique=False)
    op.create_table(
        "in_flight",
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("withdrawal", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("message", "withdrawal"),
    )
    op.create_table(
        "inbound",
        sa.Column("carrier_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("carrier_id"),
    )
    op.create_table(
        "record_key",
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("record"),
        schema="keystore",
    )
    op.create_table(
        "subject_key",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
        schema="keystore",
    )
    op.create_table(
        "lane",
        sa.Column("run", sa.LargeBinary(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("run", "lane"),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "leaf",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("rid", sa.LargeBinary(), nullable=False),
        sa.Column("sid", sa.LargeBinary(), nullable=True),
        sa.Column("message", sa.LargeBinary(), nullable=True),
        sa.Column("t", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("leaf_message", "leaf", ["message"], unique=False, postgresql_where="message IS NOT NULL")
    op.create_index("leaf_rid", "leaf", ["rid"], unique=False)
    op.create_index("leaf_sid", "leaf", ["sid"], unique=False)
    op.create_table(
        "message",
        sa.Column("run", sa.LargeBinary(), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("parts", sa.SmallInteger(), nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("carrier_id", sa.Text(), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("receipt_rank", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("receipt_code", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("run", "lane", "position"),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_index("message_id", "message", ["id"], unique=True)
    op.create_index("message_subject", "message", ["subject", "run"], unique=True)
    op.create_table(
        "notice",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "pending",
        sa.Column("leaf", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("leaf"),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("declared", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("audience", sa.LargeBinary(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lanes", sa.SmallInteger(), nullable=False),
        sa.Column("pace", sa.Integer(), nullable=False),
        sa.Column("opens", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_by_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("approved_by_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "sender",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("controller", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("per_second", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("address"),
    )
    op.create_table(
        "subject",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("profile_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("rulebooks", sa.Text(), nullable=True),
        sa.Column("window_class", sa.Text(), nullable=True),
        sa.Column("law", sa.Text(), nullable=False),
        sa.Column("suppressed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sseq", sa.Integer(), nullable=False),
        sa.Column("shash", sa.LargeBinary(), nullable=True),
        sa.Column("sat", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mseq", sa.Integer(), nullable=False),
        sa.Column("mhash", sa.LargeBinary(), nullable=True),
        sa.Column("record_given", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_index("subject_law", "subject", ["law"], unique=False, postgresql_where="lookup IS NOT NULL")
    op.create_index("subject_lookup", "subject", ["brand", "lookup"], unique=True)
    op.create_table(
        "subject_list",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "name"),
    )
    op.create_table(
        "suppression",
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("brand", "entry"),
    )
    op.create_table(
        "tile",
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "n"),
    )
    op.execute("REVOKE ALL ON SCHEMA keystore FROM PUBLIC")
    op.execute(KEYSTORE_ROLE)


def downgrade() -> None:
    op.drop_table("tile")
    op.drop_table("suppression")
    op.drop_table("subject_list")
    op.drop_index("subject_lookup", table_name="subject")
    op.drop_index("subject_law", table_name="subject", postgresql_where="lookup IS NOT NULL")
    op.drop_table("subject")
    op.drop_table("sender")
    op.drop_table("run")
    op.drop_table("pending")
    op.drop_table("notice")
    op.drop_index("message_subject", table_name="message")
    op.drop_index("message_id", table_name="message")
    op.drop_table("message")
    op.drop_index("leaf_sid", table_name="leaf")
    op.drop_index("leaf_rid", table_name="leaf")
    op.drop_index("leaf_message", table_name="leaf", postgresql_where="message IS NOT NULL")
    op.drop_table("leaf")
    op.drop_table("lane")
    op.drop_table("subject_key", schema="keystore")
    op.drop_table("record_key", schema="keystore")
    op.drop_table("inbound")
    op.drop_table("in_flight")
    op.drop_index("import_row_lookup", table_name="import_row")
    op.drop_table("import_row")
    op.drop_table("import_result")
    op.drop_table("import")
    op.drop_table("head")
    op.drop_table("excluded")
    op.drop_table("entry")
    op.drop_table("eligibility")
    op.drop_table("consent_event")
    op.drop_table("brand_sender")
    op.drop_table("brand")
    op.execute("DROP SCHEMA keystore")
