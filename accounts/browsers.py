"""The family of a browser, from what it says of itself: "Firefox", and nothing that tells one person's from another's."""

from __future__ import annotations

from ua_parser import parse_user_agent

LENGTH = 40
#: No browser says more of itself in earnest; what is longer is not read.
LONGEST = 512


def family(user_agent: str) -> str:
    """Empty where it says nothing that we know."""
    found = parse_user_agent(user_agent[:LONGEST]) if user_agent else None
    return found.family[:LENGTH] if found else ""
