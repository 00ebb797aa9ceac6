"""What leaves this room, by which way (policy VI)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from datamap.flows import Flow, declare
from datamap.purposes import MARKETING, SUPPORT

#: Meetings: what is entered in the planning form.
PLANNING = declare(
    Flow("accounts.planning", _("Planning of meetings"), "accounts.contacts", SUPPORT, ("name", "email", "phone", "company_name"))
)
#: Mail campaigns to customers.
CAMPAIGNS = declare(Flow("accounts.campaigns", _("Mail campaigns"), "accounts.contacts", MARKETING, ("name", "email")))
