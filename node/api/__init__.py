"""Doors for machines: the exchange, and REST for users' programs. Problem documents throughout."""
