"""What programs ask for, the banner before all: without a language in the path (see ``docs/consent-contract.md``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
