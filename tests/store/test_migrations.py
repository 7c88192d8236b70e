"""Revisions: one line of them, there and back."""

from alembic.script import ScriptDirectory

from yesfirst.store import migrations


def test_the_newest_revision_is_the_one_that_alembic_ends_at() -> None:
    scripts = ScriptDirectory.from_config(migrations.config())
    assert scripts.get_heads() == [migrations.newest()]


async def test_the_schema_goes_down_to_nothing_and_up_again(database_url: str) -> None:
    assert await migrations.is_current(database_url)
    await migrations.downgrade(database_url)
    assert not await migrations.is_current(database_url)
    await migrations.upgrade(database_url)
    assert await migrations.is_current(database_url)
