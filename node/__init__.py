"""One instance: the rules of 13710, storage, read models, API and terminal."""
