"""13710 itself: machines, clocks, authority, commands. Pure: no clock, chance, storage, network."""
