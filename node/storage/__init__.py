"""The host's database: the one room that speaks SQL."""
