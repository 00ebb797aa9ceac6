from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from datamap.citations import cited


class BreachStatus(TextChoices):
    OPEN = "OPEN", pgettext_lazy("state of a breach", "Open")
    CLOSED = "CLOSED", pgettext_lazy("state of a breach", "Closed")


class OurRole(TextChoices):
    """In which role we hold the data: as processor we tell the customer, who decides about all else (Art. 33(2))."""

    CONTROLLER = "CONTROLLER", _("Our own data: we are the controller")
    PROCESSOR = "PROCESSOR", _("Customers’ data: we are their processor")
    BOTH = "BOTH", _("Both")


class Harm(TextChoices):
    """What happened to data (Art. 4(12))."""

    DISCLOSED = "DISCLOSED", _("Seen or taken by somebody who must not")
    ALTERED = "ALTERED", _("Changed without permission")
    LOST = "LOST", _("Lost or out of reach")


class People(TextChoices):
    """Categories of data subjects (Art. 33(3)(a))."""

    CUSTOMERS = "CUSTOMERS", _("Customers and their contacts")
    VISITORS = "VISITORS", _("Visitors of our websites")
    CANDIDATES = "CANDIDATES", _("Candidates")
    STAFF = "STAFF", _("Our staff")
    OF_CUSTOMERS = "OF_CUSTOMERS", _("People in customers’ databases")


class Risk(TextChoices):
    """For the rights and freedoms of people (Art. 33(1), 34(1))."""

    UNLIKELY = "UNLIKELY", _("A risk is unlikely")
    RISK = "RISK", _("A risk")
    HIGH = "HIGH", _("A high risk")


class Audience(TextChoices):
    AUTHORITY = "AUTHORITY", _("The supervisory authority")
    PEOPLE = "PEOPLE", _("The people concerned")


class Reason(TextChoices):
    """Why nobody is told: the closed list of Art. 33(1), 33(2) and 34."""

    UNLIKELY_RISK = "UNLIKELY_RISK", cited(_("A risk is unlikely (%(law)s)"), "33(1)")
    CUSTOMER_DECIDES = "CUSTOMER_DECIDES", cited(_("We are processor: the customer was told and decides (%(law)s)"), "33(2)")
    NO_HIGH_RISK = "NO_HIGH_RISK", cited(_("No high risk (%(law)s)"), "34(1)")
    UNREADABLE = "UNREADABLE", cited(_("The data is unreadable to whoever has it, for example encrypted (%(law)s)"), "34(3)(a)")
    RISK_ENDED = "RISK_ENDED", cited(_("What we did since has ended the high risk (%(law)s)"), "34(3)(b)")
    PUBLIC_INSTEAD = (
        "PUBLIC_INSTEAD",
        cited(_("Telling each takes a disproportionate effort: a public communication tells them as well (%(law)s)"), "34(3)(c)"),
    )


class Authority(TextChoices):
    """Where we have establishments. The first leads (Art. 56)."""

    APD = "APD", _("Data Protection Authority, Belgium (APD/GBA)")
    CNIL = "CNIL", _("CNIL, France")


class Readers(TextChoices):
    """Whom words of ours are for."""

    CUSTOMERS = "CUSTOMERS", _("Customers, as controllers")
    PEOPLE = "PEOPLE", _("People concerned")


class Way(TextChoices):
    """How somebody was told."""

    LETTER = "LETTER", _("by a letter of ours")
    PHONE = "PHONE", _("by telephone")
    POST = "POST", _("by post")


class MeasureKind(TextChoices):
    """What a measure is about (Art. 32(1))."""

    ACCESS = "ACCESS", _("Who gets in")
    SECRECY = "SECRECY", _("Encryption and separation")
    AVAILABILITY = "AVAILABILITY", _("Backups and recovery")
    RECORD = "RECORD", _("Logging and evidence")
    PEOPLE = "PEOPLE", _("People and suppliers")
