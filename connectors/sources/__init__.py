"""From a declared system to a source like any other: what its file says, and verbs that ask it."""
