"""``python -m tests.faults [--steps N] [--seed N]``, or ``selftest [DEFECT...]``: see run.py."""

from __future__ import annotations

import sys

from tests.faults.run import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
