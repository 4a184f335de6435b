"""What host and hardware agree on, each defined once: everything else reads it from here."""
