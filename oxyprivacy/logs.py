"""What is written to the log says which page failed, and holds no key of a link and nothing that somebody typed."""

from __future__ import annotations

import logging
import re

from letters.incoming.words import without_keys

#: What another system calls: its address is its secret.
_HOOK = re.compile(r"(/hooks/[a-z]+/)[^/\s?]+")


class WithoutKeys(logging.Filter):
    """A link of a letter opens what is its reader's alone, and Django names the path of what it refuses. With it goes the request
    itself, of which a formatter would write the whole address: what somebody searched for stands there.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.__dict__.pop("request", None)
        try:
            record.msg, record.args = _HOOK.sub(r"\1…", without_keys(record.getMessage())), ()
        except (TypeError, ValueError):
            # Whoever logged gave words and values that do not fit: the handler says so.
            return True
        return True
