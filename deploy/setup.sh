#!/bin/sh
# Makes the virtual environment $1 (default .venv) with exactly the locked dependencies and the
# project itself, editable. Wheels only, each checked against its hash: nothing is compiled and
# nothing outside the lock comes in. On Debian as root it installs python3-venv when that is
# missing; otherwise it never changes the system.
set -eu

venv=${1:-.venv}
python=${PYTHON:-python3}

die() {
    echo "setup: $*" >&2
    exit 1
}

command -v "$python" >/dev/null 2>&1 ||
    die "no '$python' found: install Python 3.11 or newer, or name it: make setup PYTHON=/path/to/python"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    die "$("$python" --version) is too old: Python 3.11 or newer is needed (make setup PYTHON=…)"

# Debian splits venv's second half (ensurepip) into a package of its own.
has_venv() { "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; }
if ! has_venv; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "setup: Python's venv module is incomplete here: installing Debian's python3-venv"
        { apt-get -qq update &&
            DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
                python3-venv >/dev/null; } ||
            die "apt-get could not install python3-venv; install it and call make again"
        has_venv || die "python3-venv is installed, but $python still has no ensurepip"
    else
        die "Python's venv module is incomplete here (no ensurepip). On Debian or Ubuntu:
    sudo apt-get install python3-venv
then call make again. Nothing was changed."
    fi
fi

# A venv that was moved or whose Python is gone doesn't answer with its own folder: make it anew.
mkdir -p "$venv"
here=$(cd "$venv" && pwd -P)
answer=$("$venv/bin/python" -c 'import os, sys; print(os.path.realpath(sys.prefix))' 2>/dev/null || :)
if [ "$answer" != "$here" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    "$python" -m venv --clear "$venv"
fi

# -qq: pip's errors are shown, its advice is not.
pip() { "$venv/bin/python" -m pip -qq --disable-pip-version-check "$@"; }
echo "setup: installing $(grep -c '^[a-z0-9].*==' requirements.lock) locked packages into $venv"
# --no-deps: the lock is whole, so nothing is left to resolve, and a release newer than the lock
# can't be tried on the way (older pips try it for a name with extras, and then fail on its hash).
pip install --no-deps --require-hashes --only-binary :all: -r requirements.lock ||
    die "pip could not install the locked packages (is the package index reachable?)"
pip install --no-deps --no-build-isolation -e . ||
    die "pip could not install the project itself"
pip check || die "the lock does not hold together: make lock"
echo "setup: done"
