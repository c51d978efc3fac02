"""Shapes that cross a border, each stated once. Imports nothing of the other floors."""
