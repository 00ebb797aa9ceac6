from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ObjectionGround(TextChoices):
    """Why a customer does not want a processor to work on its data: a closed list, so that nobody types of a person."""

    PROTECTION = "PROTECTION", _("Protection of the data")
    PLACE = "PLACE", _("Country in which it works")
    DUTY = "DUTY", _("A duty of ours, by law or contract")
    COMPETITION = "COMPETITION", _("It competes with us")
    OTHER = "OTHER", _("Another reason, which we will explain to you")


class ObjectionAnswer(TextChoices):
    SPARED = "SPARED", _("The change is not made for this customer")
    LEAVES = "LEAVES", _("The customer ends the contract")
    DROPPED = "DROPPED", _("The customer takes the objection back")
    DISMISSED = "DISMISSED", _("The change is made, with our reasons to the customer")
