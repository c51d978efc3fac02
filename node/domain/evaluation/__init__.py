"""Statistics and evaluation, as pure functions: what is counted, over which time, to what score."""
