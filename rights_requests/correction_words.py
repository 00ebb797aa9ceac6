"""A correction in words, in the language in force: where the value stands, how it reads, why it stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from datamap import citations, registry
from datamap.enums import Ground
from letters import words
from rights_requests import wording
from rights_requests.enums import Right

if TYPE_CHECKING:
    from datamap.declaration import Source
    from rights_requests.models import Correction


def where(correction: Correction) -> str:
    """Source and field, as in "Customer contacts, Name"; of a statement the source alone, or nothing."""
    source = source_of(correction)
    label = str(source.label) if source else correction.source
    return ", ".join(filter(None, (label, _field(source, correction))))


def said(correction: Correction, value: str) -> str:
    """A code in words ("Français"), anything else as it is."""
    source = source_of(correction)
    model = source.part_models().get(correction.part) if source else None
    if not model:
        return value
    columns = {column.name: column for column in apps.get_model(model)._meta.concrete_fields}
    column = columns.get(correction.field)
    return str(dict(column.flatchoices).get(value, value)) if column is not None else value


def because(correction: Correction) -> str:
    """The ground, with the law and the end where it rests on one."""
    ground = wording.ground_of(Right.RECTIFICATION, Ground(correction.ground))
    article = citations.said(correction.article) if correction.article else ""
    if correction.until_on is None:
        return ", ".join(filter(None, (ground, article)))
    until = words.day_plain(correction.until_on, (get_language() or "en")[:2])
    return _("%(ground)s, %(article)s, until %(date)s") % {"ground": ground, "article": article, "date": until}


def source_of(correction: Correction) -> Source | None:
    """None where the source was taken out since."""
    return next((source for source in registry.all_sources() if source.key == correction.source), None)


def _field(source: Source | None, correction: Correction) -> str:
    names = {f"{correction.part}.{correction.field}", correction.field}
    return next((str(field.label) for field in (source.fields if source else ()) if field.name in names), correction.field)
