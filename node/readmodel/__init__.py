"""Read models: what the journal's events amount to, row by row, rebuilt at any time to the same."""
