"""Pages for people: the workbench, the enterprise port, the command centre (docs/web.md)."""
