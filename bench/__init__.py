"""Measurements: what the bars ask for, each with the machine that it was taken on."""
