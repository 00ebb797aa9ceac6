"""Countries in the language of the reader: those of the registers are translated like other words, the rest stand in ``countries.csv``."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.translation import get_language, gettext, gettext_noop

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Countries in which no transfer takes place: the European Economic Area.
EEA = frozenset(
    ["AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"]
)  # fmt: skip

NAMES = {
    "AD": gettext_noop("Andorra"),
    "AR": gettext_noop("Argentina"),
    "AT": gettext_noop("Austria"),
    "AU": gettext_noop("Australia"),
    "BE": gettext_noop("Belgium"),
    "BG": gettext_noop("Bulgaria"),
    "BR": gettext_noop("Brazil"),
    "CA": gettext_noop("Canada"),
    "CH": gettext_noop("Switzerland"),
    "CN": gettext_noop("China"),
    "CY": gettext_noop("Cyprus"),
    "CZ": gettext_noop("Czechia"),
    "DE": gettext_noop("Germany"),
    "DK": gettext_noop("Denmark"),
    "DZ": gettext_noop("Algeria"),
    "EE": gettext_noop("Estonia"),
    "ES": gettext_noop("Spain"),
    "FI": gettext_noop("Finland"),
    "FO": gettext_noop("Faroe Islands"),
    "FR": gettext_noop("France"),
    "GB": gettext_noop("United Kingdom"),
    "GG": gettext_noop("Guernsey"),
    "GR": gettext_noop("Greece"),
    "HR": gettext_noop("Croatia"),
    "HU": gettext_noop("Hungary"),
    "IE": gettext_noop("Ireland"),
    "IL": gettext_noop("Israel"),
    "IM": gettext_noop("Isle of Man"),
    "IN": gettext_noop("India"),
    "IS": gettext_noop("Iceland"),
    "IT": gettext_noop("Italy"),
    "JE": gettext_noop("Jersey"),
    "JP": gettext_noop("Japan"),
    "KR": gettext_noop("South Korea"),
    "LI": gettext_noop("Liechtenstein"),
    "LT": gettext_noop("Lithuania"),
    "LU": gettext_noop("Luxembourg"),
    "LV": gettext_noop("Latvia"),
    "MA": gettext_noop("Morocco"),
    "MT": gettext_noop("Malta"),
    "NL": gettext_noop("Netherlands"),
    "NO": gettext_noop("Norway"),
    "NZ": gettext_noop("New Zealand"),
    "PH": gettext_noop("Philippines"),
    "PL": gettext_noop("Poland"),
    "PT": gettext_noop("Portugal"),
    "RO": gettext_noop("Romania"),
    "SE": gettext_noop("Sweden"),
    "SG": gettext_noop("Singapore"),
    "SI": gettext_noop("Slovenia"),
    "SK": gettext_noop("Slovakia"),
    "TN": gettext_noop("Tunisia"),
    "US": gettext_noop("United States"),
    "UY": gettext_noop("Uruguay"),
    "ZA": gettext_noop("South Africa"),
}


def country_name(code: str) -> str:
    """A code that is no country's stays what it is."""
    if code in NAMES:
        return gettext(NAMES[code])
    names = _others().get(code, {})
    return names.get((get_language() or "en")[:2]) or names.get("en", code)


@cache
def _others() -> Mapping[str, Mapping[str, str]]:
    with Path(__file__).with_name("countries.csv").open(encoding="utf-8", newline="") as lines:
        return {row["code"]: row for row in csv.DictReader(lines)}
