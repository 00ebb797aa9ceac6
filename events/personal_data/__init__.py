"""What this room holds of people: registrations for events, and that somebody is interested in Oxygis."""

from datamap.registry import exempt
from events import flows
from events.personal_data import interests, registrations, witnesses

__all__ = ["flows", "interests", "registrations", "witnesses"]

exempt("events.Event", "What takes place where, and which companies prepare and pay for it.")
exempt("events.Event_sponsors", "Which companies pay for which event.")
