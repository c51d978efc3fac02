"""Ways to people: what a message says, and how it leaves the host."""
