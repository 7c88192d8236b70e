"""`python -m yesfirst.embedded NAME HOME`, the keeper of one server; `attachment.py` starts it."""

import sys

from yesfirst.embedded.keeper import main

main(sys.argv[1], sys.argv[2])
