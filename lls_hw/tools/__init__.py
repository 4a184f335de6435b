"""Programs outside Python, files that are never half written, and how a command ends."""
