from __future__ import annotations

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from datamap.declaration import Field, RetentionRule
from datamap.enums import Category, Origin, Role
from datamap.purposes import EVIDENCE, MARKETING, PARTNER
from datamap.registry import register
from events.models import Interest
from events.personal_data.forms import FormSource

CONTACTED = (MARKETING, PARTNER)


@register
class Interests(FormSource):
    """Who would like to use Oxygis, and whether a partner in their country may contact them (policy III)."""

    key = "events.interests"
    label = _("Interest in Oxygis")
    category = Category.ACCOUNT
    role = Role.CONTROLLER
    origin_label = _("From you, when you told us of your interest")
    models = ("events.Interest",)
    model, part, ends = Interest, "interest", PARTNER
    fields = (
        Field("name", _("Name"), Origin.PROVIDED, CONTACTED),
        Field("email", _("E-mail address"), Origin.PROVIDED, CONTACTED),
        Field("phone", _("Telephone number"), Origin.PROVIDED, CONTACTED),
        Field("company_name", _("Company name"), Origin.PROVIDED, CONTACTED, is_masked=False),
        Field("country", _("Country"), Origin.PROVIDED, CONTACTED, is_masked=False),
        Field("language", _("Language"), Origin.PROVIDED, CONTACTED, is_masked=False),
        Field("statement", _("What you agreed to"), Origin.PROVIDED, (PARTNER, EVIDENCE), is_masked=False),
        Field("asked_at", _("Asked at"), Origin.OBSERVED, (MARKETING, EVIDENCE), is_masked=False),
        Field("confirmed_at", _("Confirmed at"), Origin.PROVIDED, (MARKETING, EVIDENCE), is_masked=False),
        Field("agreed_at", _("Agreed at"), Origin.PROVIDED, (PARTNER, EVIDENCE), is_masked=False),
        Field("ended_at", _("Consent ended at"), Origin.PROVIDED, (PARTNER, EVIDENCE), is_masked=False),
    )
    unlisted = {
        "id": "the row's own key",
        "token": "the hash of a link that we sent you",
        "token_until": "how long that link works",
    }
    rectifiable = frozenset({"interest.name", "interest.phone", "interest.company_name", "interest.country"})
    recipients = ("azure", "mail-provider", "partners")
    retention = (
        RetentionRule(
            code="events.interests.unconfirmed",
            label=_("Interest that nobody confirmed"),
            trigger="asked_at",
            keep_for=relativedelta(days=settings.EVENTS["link_life"].days),
            ground=_("Nobody showed that the address is theirs"),
            promise="P068",
        ),
        RetentionRule(
            code="events.interests.quiet",
            label=_("Interest in Oxygis, since it was confirmed"),
            trigger="confirmed_at",
            keep_for=relativedelta(months=settings.EVENTS["keep_interests_months"]),
            ground=_("No longer needed once you have shown no interest for that long; opening a mail does not count"),
            promise="P069",
            shortest=relativedelta(months=6),
        ),
    )
