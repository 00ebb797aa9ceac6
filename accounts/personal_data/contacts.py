from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact, User
from accounts.personal_data.keeping import ByAddress
from datamap.declaration import Field, RetentionRule
from datamap.enums import Category, Origin, Role
from datamap.purposes import ACCOUNT, BILLING, MARKETING, SERVICE, SUPPORT
from datamap.registry import register
from subjects.enums import IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.db.models import QuerySet

    from datamap.declaration import Rectified
    from subjects.models import Subject

REACHED = (SERVICE, SUPPORT, MARKETING)


@register
class Contacts(ByAddress):
    """Customer contacts and prospects: exactly the fields that the policy names (II, account and contact details)."""

    key = "accounts.contacts"
    label = _("Customer contacts")
    category = Category.ACCOUNT
    role = Role.CONTROLLER
    origin_label = _("From you, or from the company you work for")
    models = ("accounts.Contact", "accounts.Company")
    parts = {"contacts": "accounts.Contact", "company": "accounts.Company"}
    model = Contact
    part = "contacts"
    reach = {IdentifierKind.PHONE: ("phone",), IdentifierKind.POSTAL: ("street", "postcode", "city")}
    fields = (
        Field("contacts.number", _("Contact number"), Origin.OBSERVED, (SERVICE,), is_masked=False),
        Field("contacts.name", _("Name"), Origin.PROVIDED, REACHED),
        Field("contacts.email", _("E-mail address"), Origin.PROVIDED, REACHED),
        Field("contacts.phone", _("Telephone number"), Origin.PROVIDED, REACHED),
        Field("contacts.company", _("Company"), Origin.PROVIDED, (SERVICE, BILLING), is_masked=False),
        Field("contacts.company_name", _("Company name"), Origin.PROVIDED, REACHED, is_masked=False),
        Field("contacts.street", _("Street and number"), Origin.PROVIDED, (BILLING,)),
        Field("contacts.postcode", _("Postcode"), Origin.PROVIDED, (BILLING,)),
        Field("contacts.city", _("Town"), Origin.PROVIDED, (BILLING,)),
        Field("contacts.country", _("Country"), Origin.PROVIDED, (BILLING,), is_masked=False),
        Field("contacts.sector", _("Sector of activity"), Origin.PROVIDED, (MARKETING,), is_masked=False),
        Field("contacts.interest", _("Interest in Oxygis"), Origin.PROVIDED, (MARKETING,), is_masked=False),
        Field("contacts.language", _("Language"), Origin.PROVIDED, (SERVICE,), is_masked=False),
        Field("contacts.collected_at", _("Collected at"), Origin.OBSERVED, (ACCOUNT,), is_masked=False),
        Field("contacts.last_act_at", _("Your last act"), Origin.OBSERVED, (ACCOUNT,), is_masked=False),
    )
    unlisted = {
        "contacts.id": "the row's own key",
        "contacts.corrected": "which of these values you had corrected; the request that did so says when and what",
        "company.id": "the row's own key",
        **dict.fromkeys(
            (f"company.{name}" for name in ("number", "name", "country", "sector", "street", "postcode", "city")),
            "describes an organisation; what it says of a sole trader also stands in the contact and the invoices",
        ),
    }
    columns = (
        ("id", _("Key")),
        ("number", _("Contact number")),
        ("name", _("Name")),
        ("email", _("E-mail address")),
        ("phone", _("Telephone number")),
        ("company__name", _("Company")),
        ("company_name", _("Company name")),
        ("street", _("Street and number")),
        ("postcode", _("Postcode")),
        ("city", _("Town")),
        ("country", _("Country")),
        ("sector", _("Sector of activity")),
        ("interest", _("Interest in Oxygis")),
        ("language", _("Language")),
        ("collected_at", _("Collected at")),
        ("last_act_at", _("Your last act")),
    )
    rectifiable = frozenset(
        f"contacts.{name}"
        for name in (
            "name", "email", "phone", "company_name", "street", "postcode", "city", "country", "sector", "interest", "language",
        )
    )  # fmt: skip
    recipients = ("azure", "mailchimp", "calendly", "affiliates")
    retention = (
        RetentionRule(
            code="accounts.contacts.quiet",
            label=_("Contacts from whom we have heard nothing"),
            trigger="last_act_at",
            keep_for=relativedelta(months=settings.ACCOUNTS["keep_contacts_months"]),
            ground=_("No longer needed once you have shown no interest for that long; opening a mail does not count"),
            promise="P069",
            shortest=relativedelta(months=6),
        ),
    )

    def ageing(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of a company that still has an account with us stay as long as it does."""
        customers = User.objects.filter(company=OuterRef("company"), is_active=True)
        return rows.exclude(Exists(customers))

    def rectify(
        self, subject: Subject, *, part: str, row_key: str, field: str, value: str, at: datetime, decided: str | None = None
    ) -> Rectified:
        """And note that it was: an older file of customers does not change it back."""
        rectified = super().rectify(subject, part=part, row_key=row_key, field=field, value=value, at=at, decided=decided)
        contact = Contact.objects.get(pk=row_key)
        contact.corrected[field] = at.isoformat()
        contact.save(update_fields=["corrected"])
        return rectified

    def import_values(self, rows: QuerySet[Any]) -> Iterable[str]:
        found = list(rows.values_list("email", "number"))
        return [*dict.fromkeys(email for email, _number in found), *(f"contact:{number}" for _email, number in found)]
