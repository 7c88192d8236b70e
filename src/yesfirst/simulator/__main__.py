"""`python -m yesfirst.simulator`."""

from .command import command

if __name__ == "__main__":
    command()
