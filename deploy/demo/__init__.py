"""The demo federation: set up, run the main job on the sample content, show it, check it."""
