"""Pages, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import path

from consent.views import cookies, newsletter, receipts, statistics

if TYPE_CHECKING:
    from django.urls import URLPattern

urlpatterns: list[URLPattern] = [
    path("cookies/", cookies.cookies, name="cookies"),
    path("consent/receipts/<uuid:receipt>/", receipts.consent_receipt, name="consent_receipt"),
    path("consent/receipts/<uuid:receipt>/receipt.json", receipts.consent_receipt_json, name="consent_receipt_json"),
    path("consent/receipts/<uuid:receipt>/keep/", receipts.consent_receipt_keep, name="consent_receipt_keep"),
    path("account/choices/", receipts.account_choices, name="account_choices"),
    path("account/choices/<uuid:kept_id>/let-go/", receipts.account_choices_let_go, name="account_choices_let_go"),
    path("newsletter/", newsletter.newsletter, name="newsletter"),
    path("newsletter/sent/", newsletter.newsletter_sent, name="newsletter_sent"),
    path("newsletter/confirm/<str:token>/", newsletter.newsletter_confirm, name="newsletter_confirm"),
    path("newsletter/unsubscribe/<str:token>/", newsletter.newsletter_unsubscribe, name="newsletter_unsubscribe"),
    path("desk/choices/", statistics.desk_choices, name="desk_choices"),
]
