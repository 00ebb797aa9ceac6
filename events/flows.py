"""What leaves this room: these four fields (policy III), to whom the form named, for what was agreed to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from datamap.flows import Flow, declare
from datamap.purposes import EVENT, EVENT_SPONSORS, PARTNER

LABELS = {"name": _("Name"), "email": _("E-mail address"), "phone": _("Telephone number"), "company_name": _("Company name")}
FOUR = tuple(LABELS)


def label_of(field: str) -> str:
    """One of the four, in the language in force."""
    return str(LABELS[field])


ORGANISER = declare(Flow("events.organiser", _("Registrations to the organiser"), "events.registrations", EVENT, FOUR))
SPONSORS = declare(Flow("events.sponsors", _("Registrations to the sponsors"), "events.registrations", EVENT_SPONSORS, FOUR))
PARTNERS = declare(Flow("events.partners", _("Interest to a partner"), "events.interests", PARTNER, FOUR, is_local=True))
