#!/bin/sh
# Re-makes both lock files from pyproject.toml with uv, which lives in a throw-away environment:
# requirements.lock (everything, for people who build) and deploy/requirements.lock (what a host
# runs with, the same versions). Keeps the locked versions where they still fit; UPGRADE=1 takes
# the newest. No index address is ever written.
set -eu

room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip -qq --disable-pip-version-check install uv

compile() {
    "$room/venv/bin/uv" pip compile --quiet --universal --python-version 3.11 \
        --generate-hashes --no-header --no-emit-index-url --no-emit-find-links "$@" pyproject.toml
}

compile --extra postgres --extra dev ${UPGRADE:+--upgrade} -o requirements.lock
compile --extra postgres --no-annotate --upgrade -c requirements.lock -o deploy/requirements.lock

if grep -nE '://|^--' requirements.lock deploy/requirements.lock; then
    echo 'lock: an address or an option has slipped into a lock file (above)' >&2
    exit 1
fi
echo 'lock: requirements.lock and deploy/requirements.lock are made'
