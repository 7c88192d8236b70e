#!/bin/sh
# Make .venv what requirements.lock and pyproject.toml say; do nothing if it is already.
# Says what it does on standard error only. PYTHON names the interpreter, else one is looked for.
set -eu
cd "$(dirname "$0")/.."

stamp=.venv/.set-up
# The place counts too: the scripts in .venv hold absolute paths.
wanted="$(cat requirements.lock pyproject.toml | cksum) $(pwd)"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && .venv/bin/python -c "" 2>/dev/null; then
    exit 0
fi

say() { echo "setup: $*" >&2; }

fit='import sys; sys.exit(sys.version_info < (3, 11))'
if ! .venv/bin/python -m pip --version >/dev/null 2>&1 || ! .venv/bin/python -c "$fit"; then
    found=
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
        if "$candidate" -c "$fit" 2>/dev/null; then
            found="$candidate"
            "$candidate" -c "import venv, ensurepip" 2>/dev/null && break
        fi
    done
    if [ -z "$found" ]; then
        say "Python 3.11 or newer isn't here. Install it (https://www.python.org/downloads/), or name it: make PYTHON=..."
        exit 1
    fi
    if ! "$found" -c "import venv, ensurepip" 2>/dev/null; then
        say "$found has no venv and pip. On Debian and Ubuntu: apt-get install python3-venv"
        exit 1
    fi
    say "making .venv with $("$found" --version)"
    "$found" -m venv --clear .venv
fi

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
say "installing the packages of requirements.lock (a minute or so)"
if ! .venv/bin/python -m pip install --quiet --quiet --require-hashes -r requirements.lock >&2; then
    say "the packages could not be installed: see above. The first set-up needs a network or a package mirror."
    exit 1
fi
.venv/bin/python -m pip install --quiet --quiet --no-deps --no-build-isolation --no-index --editable . >&2
echo "$wanted" > "$stamp"
say "done"
