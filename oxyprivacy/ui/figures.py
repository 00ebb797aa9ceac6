"""Figures, sizes and masked names as people read them."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

KILO = 1000
DOTS = "••••"


def number(value: float | Decimal | None) -> str:
    """Grouped in the reader's language. Nothing known is a dash, nothing there is a zero."""
    if value is None or value == "":
        return "—"
    return number_format(value, use_l10n=True, force_grouping=True)


def money(amount: Decimal, currency: str) -> str:
    """With cents, grouped, and the sign where the reader's language puts it."""
    figure = number_format(amount, decimal_pos=2, use_l10n=True, force_grouping=True)
    if currency == "EUR":
        return _("€%(figure)s") % {"figure": figure}
    return _("%(currency)s %(figure)s") % {"currency": currency, "figure": figure}


def filesize(size: int | None) -> str:
    """Bytes in decimal units; one digit after the point from a megabyte on."""
    if size is None:
        return ""
    if size < KILO:
        return _("%(size)s bytes") % {"size": number(size)}
    if size < KILO**2:
        return _("%(size)s KB") % {"size": number(round(size / KILO))}
    if size < KILO**3:
        return _("%(size)s MB") % {"size": number(round(Decimal(size) / KILO**2, 1))}
    return _("%(size)s GB") % {"size": number(round(Decimal(size) / KILO**3, 1))}


def masked(name: str | None) -> str:
    """First letter of each part and always four dots, so that no length shows."""
    return " ".join(f"{part[0]}{DOTS}" for part in (name or "").split())


def masked_email(email: str | None) -> str:
    """First letter and domain. What is no address is masked like a name."""
    box, at, domain = (email or "").rpartition("@")
    if not at or not box:
        return masked(email)
    return f"{box[0]}•••@{domain}"


def initials(name: str | None) -> str:
    parts = [part for part in (name or "").split() if part[0].isalpha()]
    chosen = parts[:1] + parts[-1:] if len(parts) > 1 else parts
    return "".join(part[0].upper() for part in chosen)
