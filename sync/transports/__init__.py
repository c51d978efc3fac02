"""Wires: how a body reaches a peer and an answer comes back. The bytes are the same over each."""
