from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from datamap.declaration import Field, RetentionRule
from datamap.enums import Category, Origin, Role
from datamap.purposes import EVENT, EVENT_SPONSORS, EVIDENCE
from datamap.registry import register
from events.models import Registration
from events.personal_data.forms import FormSource

if TYPE_CHECKING:
    from datamap.declaration import Text

PASSED_ON = (EVENT, EVENT_SPONSORS)


@register
class Registrations(FormSource):
    """Who takes part in an event: the four fields of policy III, and what was agreed to beside them."""

    key = "events.registrations"
    label = _("Registrations for events")
    category = Category.ACCOUNT
    role = Role.CONTROLLER
    origin_label = _("From you, when you registered")
    models = ("events.Registration",)
    model, part, ends = Registration, "registration", EVENT_SPONSORS
    fields = (
        Field("name", _("Name"), Origin.PROVIDED, PASSED_ON),
        Field("email", _("E-mail address"), Origin.PROVIDED, PASSED_ON),
        Field("phone", _("Telephone number"), Origin.PROVIDED, PASSED_ON),
        Field("company_name", _("Company name"), Origin.PROVIDED, PASSED_ON, is_masked=False),
        Field("event", _("Event"), Origin.PROVIDED, (EVENT,), is_masked=False),
        Field("language", _("Language"), Origin.PROVIDED, (EVENT,), is_masked=False),
        Field("named", _("Recipients that the form named"), Origin.OBSERVED, (EVENT, EVIDENCE), is_masked=False),
        Field("statement", _("What you agreed to"), Origin.PROVIDED, (EVENT_SPONSORS, EVIDENCE), is_masked=False),
        Field("asked_at", _("Asked at"), Origin.OBSERVED, (EVENT, EVIDENCE), is_masked=False),
        Field("confirmed_at", _("Confirmed at"), Origin.PROVIDED, (EVENT, EVIDENCE), is_masked=False),
        Field("agreed_at", _("Agreed at"), Origin.PROVIDED, (EVENT_SPONSORS, EVIDENCE), is_masked=False),
        Field("ended_at", _("Consent ended at"), Origin.PROVIDED, (EVENT_SPONSORS, EVIDENCE), is_masked=False),
        Field("cancelled_at", _("Cancelled at"), Origin.PROVIDED, (EVENT,), is_masked=False),
        Field("kept_from", _("Last day of the event"), Origin.OBSERVED, (EVENT,), is_masked=False),
    )
    unlisted = {
        "id": "the row's own key",
        "token": "the hash of a link that we sent you",
        "token_until": "how long that link works",
    }
    shows = {"registration.event__title": "event"}
    titled: ClassVar = {"event": "event__title"}
    rectifiable = frozenset({"registration.name", "registration.phone", "registration.company_name"})
    recipients = ("azure", "mail-provider", "event-organisers")
    retention = (
        RetentionRule(
            code="events.registrations.unconfirmed",
            label=_("Registrations that nobody confirmed"),
            trigger="asked_at",
            keep_for=relativedelta(days=settings.EVENTS["link_life"].days),
            ground=_("Nobody showed that the address is theirs"),
            promise="P068",
        ),
        RetentionRule(
            code="events.registrations.after",
            label=_("Registrations, after the event"),
            trigger="kept_from",
            keep_for=relativedelta(months=settings.EVENTS["keep_registrations_months"]),
            ground=_("Questions about the event and about who got the registration"),
            promise="P068",
            shortest=relativedelta(months=1),
        ),
    )

    def columns(self, part: str) -> list[tuple[str, Text]]:
        """The event by its title, not by its key."""
        return [(self.titled.get(name, name), label) for name, label in super().columns(part)]
