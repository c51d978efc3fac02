"""Topology files and what makes them. `DEMO`: the federation that the demo runs."""

from pathlib import Path

DEMO = Path(__file__).parent / "demo.json"
