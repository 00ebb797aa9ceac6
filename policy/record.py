"""The record of processing activities as files: the same words as the page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from datamap import spreadsheets
from datamap.countries import country_name
from hosting import selectors as hosting
from letters.pdf import FONTS
from letters.words import day_plain

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Company
    from datamap.processing import Activity, Record

TEMPLATE = Path(__file__).resolve().parent.parent / "templates" / "policy" / "record.typ"

#: A line of a table: what it is called, and what stands there.
Facts: TypeAlias = list[tuple[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Item:
    title: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Part:
    """``key`` names its place on the page."""

    key: str
    title: str
    items: Sequence[Item]


def customers() -> list[str]:
    """On whose behalf we process, and where they are reached (Art. 30(2)(a)): each customer with a database."""
    return [_reached(company) for company, _administrators in hosting.customers()]


def _reached(company: Company) -> str:
    """The company, and no person of it: the address is on file once an invoice was written."""
    told = (str(company), company.street, f"{company.postcode} {company.city}".strip(), country_name(company.country))
    return ", ".join(part for part in told if part)


def as_csv(record: Record) -> bytes:
    """One line for each activity."""
    head = [
        _("Our role"), _("Activity"), _("Category"), _("Data subjects"), _("Purposes and legal bases"), _("Personal data"),
        _("Recipients"), _("Transfers"), _("Kept for"), _("Security measures"), _("On behalf of"),
    ]  # fmt: skip
    measures = "; ".join(str(measure.label) for measure in record.measures)
    ours = [[_("Controller"), *_cells(one), measures, ""] for one in record.as_controller]
    on_behalf = "; ".join(customers())
    theirs = [[_("Processor"), *_cells(one), measures, on_behalf] for one in record.as_processor]
    return spreadsheets.csv_of([head, *ours, *theirs])


def _cells(one: Activity) -> list[str]:
    purposes = [f"{purpose} – {basis}" for purpose, basis in one.purposes]
    periods = [f"{period} – {ground}" for period, ground in one.periods]
    lists = (purposes, one.fields, one.recipients, one.transfers, periods)
    return [one.label, one.category, one.people, *("; ".join(said) for said in lists)]


def as_pdf(record: Record, *, at: datetime) -> bytes:
    """PDF/UA-1: headings, tables and language are tagged. Words reach the typesetter as JSON strings, never as its code."""
    import typst  # noqa: PLC0415 - what nobody asks for takes no memory

    return typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards="ua-1",
        sys_inputs={"record": json.dumps(_data(record))},
        timestamp=int(at.timestamp()),
    )


def head(record: Record) -> list[tuple[str, str]]:
    """Whose record it is, and of which day."""
    organisation = settings.ORGANISATION
    return [
        (_("Controller"), organisation["name"]),
        (_("Data protection officer"), organisation["officer"]),
        (_("Contact"), f"{organisation['privacy_email']}, {organisation['phone']}"),
        (_("As of"), day_plain(record.on, _language())),
    ]


def parts(record: Record) -> list[Part]:
    """The record as the page and the PDF show it."""
    on_behalf = customers()
    return [
        Part("controller", _("As controller"), [_item(one) for one in record.as_controller]),
        Part("processor", _("As processor"), [_item(one, on_behalf=on_behalf) for one in record.as_processor]),
        Part("transfers", _("Transfers outside the European Economic Area"), list(_transfers(record))),
        Part("measures", _("Security measures"), list(_measures(record))),
    ]


def _data(record: Record) -> dict[str, object]:
    return {
        "language": _language(),
        "title": _("Record of processing activities"),
        "page": _("Page {page} of {pages}"),
        "house": settings.ORGANISATION["name"],
        "head": head(record),
        "parts": [
            {"title": part.title, "items": [{"title": item.title, "facts": item.facts} for item in part.items]} for part in parts(record)
        ],
        "none": _("none"),
    }


def _language() -> str:
    return (get_language() or "en")[:2]


def facts(one: Activity) -> Facts:
    """An activity line by line, as the page and the PDF show it."""
    return [
        (_("Category"), [one.category]),
        (_("Data subjects"), [one.people]),
        (_("Purposes and legal bases"), [f"{purpose} – {basis}" for purpose, basis in one.purposes]),
        (_("Personal data"), [", ".join(one.fields)]),
        (_("Recipients"), list(one.recipients)),
        (_("Transfers"), list(one.transfers)),
        (_("Kept for"), [f"{period} – {ground}" for period, ground in one.periods]),
    ]


def _item(one: Activity, on_behalf: Sequence[str] = ()) -> Item:
    more = [(_("On behalf of"), list(on_behalf))] if on_behalf else []
    return Item(one.label, [*more, *facts(one)])


def _transfers(record: Record) -> Iterator[Item]:
    for place in record.transfers:
        yield Item(place.name, [(_("Countries"), [place.countries]), (_("Why it may"), [place.basis])])


def _measures(record: Record) -> Iterator[Item]:
    for one in record.measures:
        shown = [(_("Last shown on"), [day_plain(one.shown_on, _language())])] if one.shown_on else []
        yield Item(str(one.label), [(_("Measure"), [str(one.text)] if one.text else []), *shown])
