"""Declared systems for tests: registered as they are when a process starts, and taken out again."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from connectors.declared import reading
from connectors.sources import registering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.declared.shapes import System

#: A system without a connector.
TICKETS = """
key = "helpdesk-tickets"
kind = "pull"
category = "ACCOUNT"
role = "CONTROLLER"
recipients = ["azure"]

[label]
en = "Tickets of the old helpdesk"
fr = "Tickets de l’ancien support"
nl = "Tickets van de oude helpdesk"

[origin]
en = "From your questions to the helpdesk"
fr = "De vos questions au support"
nl = "Uit uw vragen aan de helpdesk"

[parts.tickets.label]
en = "Tickets"
fr = "Tickets"
nl = "Tickets"

[parts.tickets.columns.subject]
label = { en = "Subject", fr = "Objet", nl = "Onderwerp" }
origin = "PROVIDED"
purposes = ["support"]

[parts.tickets.columns.opened_at]
label = { en = "Opened at", fr = "Ouvert le", nl = "Geopend op" }
origin = "OBSERVED"
purposes = ["support"]

[parts.calls.label]
en = "Telephone calls"
fr = "Appels téléphoniques"
nl = "Telefoongesprekken"

[parts.calls.columns.minutes]
label = { en = "Minutes", fr = "Minutes", nl = "Minuten" }
origin = "OBSERVED"
purposes = ["support"]

[[retention]]
code = "two-years"
table = "tickets"
from = "closed_at"
years = 2
label = { en = "Closed tickets", fr = "Tickets fermés", nl = "Gesloten tickets" }
ground = { en = "Nobody asks about them any more", fr = "Plus personne n’en parle", nl = "Niemand vraagt er nog naar" }
"""


@contextmanager
def declared(text: str, *, file: str = "test.toml") -> Iterator[System]:
    """A system that every process of this test knows, until the end of the block."""
    system = reading.read(text, file=file)
    registering.add(system)
    try:
        yield system
    finally:
        registering.remove(system.key)
