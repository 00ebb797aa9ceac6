"""Settings of the rooms that ask nothing of the environment, see docs/settings.md."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

# Breaches, security measures and figures for the public, see docs/security.md.
SECURITY: dict[str, Any] = {
    # Art. 33(1) gives 72 hours; a breach keeps the hours under which it was reported.
    "breach_hours": 72,
    # The officers are reminded when so many hours are left, and when they are over.
    "warn_hours": (24, 12, 2),
    # The register stays so long after a breach was closed: as long as the longest term in which anybody can claim.
    "keep_breaches_years": 10,
    # A measure is marked so many days before somebody should look again.
    "evidence_soon_days": 30,
    # How long the link to the security policy opens it.
    "policy_link_life": timedelta(days=7),
}

TRENDS: dict[str, Any] = {
    # What fewer people did is told of nowhere, and figures are rounded to a multiple.
    "fewest": 10,
    "round_to": 5,
}

# Promises of the policy: how often they are looked at, and what of it is told, see docs/promises.md.
PROMISES: dict[str, Any] = {
    "look_every": timedelta(hours=1),
    # What nobody has looked at for so long is not called kept.
    "stale_after": timedelta(hours=3),
    # A check must find a promise broken twice, so far apart: what was released a minute ago goes with the next purge.
    "confirm_after": timedelta(minutes=55),
    # One check may keep the database busy for so long.
    "statement_seconds": 20,
    # The public is told no number of people's rows below this.
    "fewest": 10,
    "keep_history_years": 6,
    # Promises about which the privacy officer has decided, by their numbers: they are for decision no more.
    "decided": (),
}

# Events, and interest in a partner.
EVENTS: dict[str, Any] = {
    "link_life": timedelta(days=7),
    # After the last day of the event.
    "keep_registrations_months": 12,
    "keep_interests_months": 36,
}

# The register of processors, see docs/registers.md: how long before its end a paper is told of, and how long customers may object.
REGISTERS: dict[str, Any] = {
    "warn_days": 30,
    "objection_days": 30,
}
