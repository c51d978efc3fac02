"""Events, seals and the exchange as a conversation, carried over handed-in wires."""
