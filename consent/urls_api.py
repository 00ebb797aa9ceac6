"""What programs ask for, the banner before all: without a language in the path (see ``docs/consent-contract.md``).

``consent.middleware`` answers the first two before any other middleware; they stand here to be found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import path

from consent.views import choices

if TYPE_CHECKING:
    from django.urls import URLPattern

urlpatterns: list[URLPattern] = [
    path("api/v1/consents", choices.choices, name="consent_choices"),
    path("consent/v1/<str:site>/<slug:language>.json", choices.notice, name="consent_notice"),
]
