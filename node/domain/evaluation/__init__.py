"""Statistics and evaluation, as pure functions: what is counted, over which period, to what score."""
