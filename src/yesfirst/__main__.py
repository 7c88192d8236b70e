"""`python -m yesfirst` is the command `yesfirst`."""

from yesfirst.cli import main

if __name__ == "__main__":
    main()
