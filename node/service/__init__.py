"""Load, decide, append: what people and peers ask for becomes events, and events take effect."""
