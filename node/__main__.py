"""``python -m node …``: the same as ``duban …``."""

from node.cli import main

main()
