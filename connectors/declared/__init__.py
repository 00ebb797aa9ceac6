"""What a file says of a system: read strictly, in plain Python, with everything that is wrong named at once."""
