"""`yesfirst keys` and `yesfirst log`: what lives outside the database, and what the public may know of it."""

import os

import click

from yesfirst import settings as environment
from yesfirst.cli.command import Answer, Group
from yesfirst.cli.show import facts
from yesfirst.store.keyring import ensure_keyring
from yesfirst.usecases.log_key import create_log_key, read_log_key


@click.group(cls=Group)
def keys() -> None:
    """The keys that live outside the database."""


@keys.command()
def create() -> Answer:
    """Make the keys of a new installation; those that exist stay as they are."""
    settings = environment.read(os.environ)
    ensure_keyring(settings.keys)
    create_log_key(settings.keys, settings.log_origin)
    vkey = read_log_key(settings.keys, settings.log_origin).verifier.encode()
    pairs = [
        ("keys in", settings.keys),
        ("public key of the log", vkey),
        (
            "next",
            "Copy the directory to a safe place apart from the database: without it nothing can be read.",
        ),
    ]
    return Answer({"directory": str(settings.keys), "vkey": vkey}, facts(pairs))


@click.group(cls=Group)
def log() -> None:
    """The evidence log."""


@log.command("key")
def public_key() -> Answer:
    """Print the public key with which anybody can verify evidence."""
    settings = environment.read(os.environ)
    vkey = read_log_key(settings.keys, settings.log_origin).verifier.encode()
    return Answer({"vkey": vkey}, vkey)
