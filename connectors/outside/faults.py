"""What goes wrong with another system, in one word each: for people, the desk and the audit trail; never what the system itself said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from datamap.declaration import Away

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import _StrPromise

NOT_CONFIGURED = "not-configured"
WRONG_URL = "wrong-url"
FORBIDDEN = "forbidden-address"
UNREACHABLE = "unreachable"
WRONG_PASSWORD = "wrong-password"  # noqa: S105 - a word for what went wrong
NO_TLS = "no-tls"
TOO_SLOW = "too-slow"
FULL = "full"
NO_RIGHTS = "no-rights"
MISSING = "missing"
RESTING = "resting"
HELD_ON = "held-on"
REFUSED = "refused"
NO_KEY = "no-key"
LATE = "late"

WORDS: Mapping[str, _StrPromise] = {
    NOT_CONFIGURED: _("This process is not told where it is."),
    WRONG_URL: _("Its URL is not one that can be used."),
    FORBIDDEN: _("Its name leads to an address that may not be met."),
    UNREACHABLE: _("It cannot be reached."),
    WRONG_PASSWORD: _("It does not accept our password."),
    NO_TLS: _("The connection is not encrypted as it must be."),
    TOO_SLOW: _("It takes too long."),
    FULL: _("It has no room left."),
    NO_RIGHTS: _("We may not do there what has to be done."),
    MISSING: _("A table or a column is not there."),
    RESTING: _("It failed a moment ago, and is left alone for a while."),
    HELD_ON: _("Other rows hold on to what has to go."),
    REFUSED: _("It refused what it was asked."),
    NO_KEY: _("A row there has no key, or shares its key with another row."),
    LATE: _("Its tasks wait for too long."),
}


class SystemAway(Away):
    """Another system did not do it now."""
