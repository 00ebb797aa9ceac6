"""Which browser and which platform somebody uses, from what the browser says of itself. Without Django: see ``browsing.apart``.

The tables that this takes weigh 11 MB in memory, so that nothing of it is loaded before somebody asks.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ua_parser import OS, UserAgent

LONGEST = 80
#: Longer ones are no browser's; an hour's worth of patterns is not tried on them.
LONGEST_AGENT = 1000
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@lru_cache(maxsize=100_000)
def read(agent: str) -> tuple[str, str]:
    """Browser with its version, and platform, as ("Firefox 128", "Windows 10"); empty where nobody can say."""
    from ua_parser import parse_os, parse_user_agent  # noqa: PLC0415 - see above

    agent = agent[:LONGEST_AGENT]
    return _words(parse_user_agent(agent)), _words(parse_os(agent))


def _words(found: UserAgent | OS | None) -> str:
    """Family and main version: what tells apart is enough, what singles out is too much."""
    if found is None:
        return ""
    return CONTROL.sub("", " ".join(word for word in (found.family, found.major) if word))[:LONGEST]
