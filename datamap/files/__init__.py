"""Files that people send: what every room looks for in them, and where they lie encrypted."""
