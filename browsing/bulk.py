"""Visits that another server of ours recorded and hands in: what the policy names, by the checks of log files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from audit import services as audit
from audit.actor import Actor
from browsing import apart, rules, selectors, writing
from browsing.importing.findings import Counts
from browsing.models import Visit


@dataclass(frozen=True, slots=True)
class Told:
    """A visit as a server tells it; ``agent`` is the header of the browser."""

    at: datetime
    ip: str
    agent: str = ""
    referrer: str = ""


class NotTaken(Exception):
    """Some cannot be visits: number, field and what is wrong, in English for programs. None was taken."""

    def __init__(self, found: Sequence[tuple[int, str, str]]) -> None:
        super().__init__(len(found))
        self.found = found


@transaction.atomic
def take(visits: Sequence[Told], *, actor: Actor, at: datetime) -> Counts:
    """Write all of them down, or none; what is past its period is counted and left out. Nobody allowed us their language or country.

    Raises:
        NotTaken: one has no address, or lies in the future.
    """
    if wrong := list(_wrong(visits, at)):
        raise NotTaken(wrong)
    keep_for = selectors.kept_for(at)
    kept = [visit for visit in visits if not rules.is_over(visit.at, keep_for=keep_for, now=at)]
    if kept:
        writing.add(_rows(kept))
    counts = Counts(read=len(visits), loaded=len(kept), too_old=len(visits) - len(kept))
    audit.record(action="visits.handed_in", about="browsing.visits", actor=actor, at=at, loaded=counts.loaded, too_old=counts.too_old)
    return counts


def _wrong(visits: Sequence[Told], at: datetime) -> list[tuple[int, str, str]]:
    found = []
    for number, visit in enumerate(visits):
        if rules.is_ahead(visit.at, now=at):
            found.append((number, "at", "It lies in the future."))
        try:
            rules.address(visit.ip)
        except ValueError:
            found.append((number, "ip", "It is no IP address."))
    return found


def _rows(visits: Sequence[Told]) -> list[Visit]:
    own_hosts = rules.own_hosts(*settings.BROWSING["own_hosts"])
    agents = apart.agents({visit.agent for visit in visits})
    return [
        Visit(
            id=writing.key_of(visit.at, os.urandom(10)),
            at=visit.at,
            ip=rules.address(visit.ip),
            browser=agents[visit.agent][0],
            platform=agents[visit.agent][1],
            referrer=rules.referrer(visit.referrer, own_hosts),
        )
        for visit in visits
    ]
