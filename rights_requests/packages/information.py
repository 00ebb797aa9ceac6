"""What Art. 15(1)(a) to (h) and 15(2) ask for, drawn from the declarations and the registers, about this person's data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from datamap import periods, registers, registry
from datamap import selectors as datamap_selectors
from datamap.citations import in_short
from datamap.models import Disclosure, Processor
from datamap.purposes import purpose_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.safestring import SafeString

    from datamap.declaration import Field, RetentionRule, Source
    from subjects.models import Subject


#: A rule in words: its label, its period and its ground.
Told: TypeAlias = tuple[str, str, str]


def about(sources: Sequence[Source], *, subject: Subject, reference: str, at: datetime) -> dict[str, Any]:
    """Everything in words of the language in force, and dates; pages and JSON say the same. Periods are those in force at ``at``."""
    rules = {rule.code: rule for rule in periods.in_force([rule for source in sources for rule in source.retention], at=at)}
    disclosures = list(datamap_selectors.disclosures_of(subject))
    processors = Processor.objects.prefetch_related("sub_processors").in_bulk({code for source in sources for code in source.recipients})
    return {
        "reference": reference,
        "controller": dict(settings.ORGANISATION),
        "sources": [_source(source, subject, processors, disclosures, rules) for source in sources],
        "not_identifiable": [
            {"label": str(source.label), "words": str(source.not_identifiable)}
            for source in registry.not_identifiable(found={source.key for source in sources})
        ],
        "rights": _rights(),
        "may_complain": _("You may complain to a supervisory authority, here or where you live or work (%(law)s).")
        % {"law": in_short("77")},
        "complaint": _complaint(),
        "automated_decisions": _("We make no decisions about you by computer alone (%(law)s).") % {"law": in_short("22")},
    }


def told(sources: Iterable[Mapping[str, Any]]) -> list[tuple[SafeString, SafeString, Mapping[str, Any]]]:
    """The sources of ``about`` for the page, each after what it says of itself and of its recipients."""
    language = get_language() or ""
    return [
        (
            _declared_page(source["key"], language, _told_periods(source)),
            _recipients_page(_hashable(source["recipients"]), language),
            source,
        )
        for source in sources
    ]


def _source(
    source: Source,
    subject: Subject,
    processors: Mapping[str, Processor],
    disclosures: Sequence[Disclosure],
    rules: Mapping[str, RetentionRule],
) -> dict[str, Any]:
    recipients = [processors[code] for code in source.recipients if code in processors]
    return {
        **_declared(source.key, get_language() or ""),
        "periods": [_rule(rules[rule.code]) for rule in source.retention],
        "origins": list(source.origins(subject)),
        "recipients": [_recipient(recipient) for recipient in recipients],
        "disclosures": [_disclosure(disclosure, source) for disclosure in disclosures if disclosure.source == source.key],
    }


def _hashable(lines: Iterable[Mapping[str, str]]) -> tuple[tuple[tuple[str, str], ...], ...]:
    return tuple(tuple(line.items()) for line in lines)


@lru_cache(maxsize=500)
def _recipients_page(lines: tuple[tuple[tuple[str, str], ...], ...], _language: str) -> SafeString:
    """Recipients that were told of once in these words are told of so again."""
    return render_to_string("packages/_recipients.html", {"recipients": [dict(line) for line in lines]})


def _told_periods(source: Mapping[str, Any]) -> tuple[Told, ...]:
    return tuple((line["label"], line["period"], line["ground"]) for line in source["periods"])


@lru_cache(maxsize=500)
def _declared_page(key: str, language: str, told_periods: tuple[Told, ...]) -> SafeString:
    """The words of a source and of its periods, which two people may change: made anew where these are others."""
    lines = [{"label": label, "period": words, "ground": ground} for label, words, ground in told_periods]
    return render_to_string("packages/_declared.html", {"source": {**_declared(key, language), "periods": lines}})


@cache
def _declared(key: str, _language: str) -> Mapping[str, Any]:
    """What a source says of itself: in one language it is always the same, and it is hundreds of words."""
    source = registry.get(key)
    return {
        "key": source.key,
        "label": str(source.label),
        "category": str(source.category.label),
        "role": str(source.role.label),
        "origin": str(source.origin_label),
        "purposes": _purposes(source.fields),
        "fields": [_field(field) for field in source.fields],
    }


def _purposes(fields: Sequence[Field]) -> list[dict[str, str]]:
    purposes = {purpose.code: purpose for field in fields for purpose in field.purposes}
    return [{"purpose": str(purpose.label), "basis": str(purpose.basis.label)} for purpose in purposes.values()]


def _field(field: Field) -> dict[str, str]:
    return {"name": field.name, "label": str(field.label), "origin": str(field.origin.label)}


def _rule(rule: RetentionRule) -> dict[str, str]:
    return {"label": str(rule.label), "period": periods.in_words(rule.keep_for), "ground": f"{str(rule.ground).rstrip('.')}."}


def _recipient(processor: Processor) -> dict[str, str]:
    return {
        "name": registers.said(processor.name),
        "through": ", ".join(registers.said(sub.name) for sub in processor.sub_processors.all()),
        "role": str(processor.get_role_display()),
        "objective": registers.said(processor.objective),
        "region": registers.said(processor.region),
        "safeguard": registers.said(processor.safeguard),
    }


def _disclosure(disclosure: Disclosure, source: Source) -> dict[str, Any]:
    """Who got which of the person's data, what for and on which day: in words, as the page shows it."""
    labels = {field["name"].rpartition(".")[2]: field["label"] for field in _declared(source.key, get_language() or "")["fields"]}
    return {
        "recipient": registers.said(disclosure.recipient.name),
        "fields": [labels.get(name, name) for name in disclosure.fields],
        "purpose": str(purpose_of(disclosure.purpose).label),
        "on": timezone.localdate(disclosure.at),
    }


def _rights() -> list[str]:
    by_article = {
        "16": _("You may have wrong data corrected (%(law)s)."),
        "17": _("You may have data erased, where one of the grounds of the law applies (%(law)s)."),
        "18": _("You may have the use of your data restricted (%(law)s)."),
        "20": _("You may receive what you gave us in a form that computers read (%(law)s)."),
        "21": _("You may object to the use of your data, and to advertising at any time without a reason (%(law)s)."),
    }
    return [words % {"law": in_short(article)} for article, words in by_article.items()]


def _complaint() -> list[dict[str, str]]:
    """The authorities of our establishments; that of the person's own country will do as well (Art. 77)."""
    return [
        {
            "name": _("Autorité de protection des données / Gegevensbeschermingsautoriteit (Belgium)"),
            "address": _("Rue de la Presse 35 / Drukpersstraat 35, 1000 Brussels"),
            "email": "contact@apd-gba.be",
        },
        {
            "name": _("Commission nationale de l’informatique et des libertés (France)"),
            "address": "3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07",
            "email": "",
        },
    ]
