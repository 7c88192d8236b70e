"""No revision locks or rewrites for long what a live system works with, so far as a linter can tell.

Squawk reads the SQL that alembic writes out, each revision by itself; a table that a revision creates is exempt in
it. Left out are rules of taste, and those that ask for time-outs, which come with the session. What squawk can't see
is cancelled by the session's limits: the body of a DO block, an UPDATE of a whole table.
"""

import io
import subprocess
import sysconfig
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory

from yesfirst.store import migrations

SQUAWK = Path(sysconfig.get_path("scripts")) / "squawk"
LEFT_OUT = (
    *("require-lock-timeout", "require-statement-timeout"),
    *("prefer-bigint-over-int", "prefer-bigint-over-smallint", "prefer-identity", "prefer-robust-stmts"),
    *("prefer-text-field", "prefer-timestamptz"),
)
# No version that works with what goes here was ever released, so no process of it has to live through this.
EXCUSED = {
    "0003:0004": {
        *("ban-drop-column", "require-concurrent-index-creation", "require-concurrent-index-deletion"),
    }
}
REVISIONS = [
    (f"{each.down_revision or 'base'}:{each.revision}")
    for each in ScriptDirectory.from_config(migrations.config()).walk_revisions()
]


def objections(statements: str) -> list[str]:
    """The names of the rules that this SQL breaks, in the order of their places."""
    options = ["--pg-version=15", "--reporter=gcc", f"--exclude={','.join(LEFT_OUT)}"]
    done = subprocess.run(
        [SQUAWK, *options], input=statements, text=True, capture_output=True, check=False, timeout=60
    )
    found = [line.split(": ")[2].split()[0] for line in done.stdout.splitlines() if ": warning: " in line]
    assert (done.returncode == 0) is (not found), done.stdout + done.stderr
    return found


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_revision_does_nothing_that_a_live_system_would_feel(revision: str) -> None:
    settings = migrations.config()
    settings.output_buffer = io.StringIO()
    command.upgrade(settings, revision, sql=True)
    found = set(objections(settings.output_buffer.getvalue()))
    assert found - EXCUSED.get(revision, set()) == set()


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("CREATE INDEX ON message (subject)", "require-concurrent-index-creation"),
        ("DROP INDEX subject_unplaced", "require-concurrent-index-deletion"),
        (
            "ALTER TABLE message ADD COLUMN seen timestamptz DEFAULT clock_timestamp()",
            "adding-field-with-default",
        ),
        ("ALTER TABLE message ADD COLUMN seen text NOT NULL", "adding-required-field"),
        ("ALTER TABLE message ALTER COLUMN parts TYPE bigint", "changing-column-type"),
        ("ALTER TABLE message ALTER COLUMN leaf SET NOT NULL", "adding-not-nullable-field"),
        ("ALTER TABLE message ADD FOREIGN KEY (run) REFERENCES run (id)", "adding-foreign-key-constraint"),
        ("ALTER TABLE message ADD CONSTRAINT positive CHECK (parts > 0)", "constraint-missing-not-valid"),
        ("ALTER TABLE message ADD UNIQUE (carrier_id)", "disallowed-unique-constraint"),
        ("ALTER TABLE message DROP COLUMN code", "ban-drop-column"),
        ("ALTER TABLE message RENAME COLUMN code TO said", "renaming-column"),
    ],
)
def test_what_locks_or_rewrites_for_long_is_noticed(statement: str, rule: str) -> None:
    assert rule in objections(f"BEGIN;\n{statement};\nCOMMIT;\n")


@pytest.mark.parametrize(
    "statements",
    [
        "CREATE TABLE new (id bytea); CREATE INDEX ON new (id)",
        "ALTER TABLE message ADD COLUMN seen boolean NOT NULL DEFAULT false",
        "ALTER TABLE message ADD CONSTRAINT positive CHECK (parts > 0) NOT VALID",
        "COMMIT; CREATE INDEX CONCURRENTLY message_carrier ON message (carrier_id); BEGIN",
    ],
)
def test_what_is_quick_or_new_is_let_through(statements: str) -> None:
    assert objections(f"BEGIN;\n{statements};\nCOMMIT;\n") == []
