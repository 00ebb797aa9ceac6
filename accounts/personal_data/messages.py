from __future__ import annotations

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import ContactMessage
from accounts.personal_data.keeping import ByAddress
from datamap.declaration import Field, RetentionRule
from datamap.enums import Category, Origin, Role
from datamap.purposes import SUPPORT
from datamap.registry import register
from subjects.enums import IdentifierKind


@register
class Messages(ByAddress):
    """What people wrote in our contact forms (policy II), whether they have an account or not."""

    key = "accounts.messages"
    label = _("Messages sent by a contact form")
    category = Category.ACCOUNT
    role = Role.CONTROLLER
    origin_label = _("From you")
    models = ("accounts.ContactMessage",)
    model = ContactMessage
    parts = {"messages": "accounts.ContactMessage"}
    part = "messages"
    reach = {IdentifierKind.PHONE: ("phone",)}
    fields = (
        Field("name", _("Name"), Origin.PROVIDED, (SUPPORT,)),
        Field("email", _("E-mail address"), Origin.PROVIDED, (SUPPORT,)),
        Field("company_name", _("Company name"), Origin.PROVIDED, (SUPPORT,), is_masked=False),
        Field("phone", _("Telephone number"), Origin.PROVIDED, (SUPPORT,)),
        Field("text", _("Message"), Origin.PROVIDED, (SUPPORT,)),
        Field("language", _("Language"), Origin.OBSERVED, (SUPPORT,), is_masked=False),
        Field("received_at", _("Received at"), Origin.OBSERVED, (SUPPORT,), is_masked=False),
    )
    unlisted = {"id": "the row's own key"}
    columns = (
        ("id", _("Key")),
        ("received_at", _("Received at")),
        ("name", _("Name")),
        ("email", _("E-mail address")),
        ("company_name", _("Company name")),
        ("phone", _("Telephone number")),
        ("language", _("Language")),
        ("text", _("Message")),
    )
    rectifiable = frozenset({"messages.name", "messages.company_name", "messages.phone", "messages.language"})
    recipients = ("azure", "mail-provider")
    retention = (
        RetentionRule(
            code="accounts.messages.answered",
            label=_("Messages of contact forms"),
            trigger="received_at",
            keep_for=relativedelta(months=settings.ACCOUNTS["keep_messages_months"]),
            ground=_("Long answered by then"),
            promise="P068",
            shortest=relativedelta(months=1),
        ),
    )
