"""What the register says of a recipient on a day: whether it may get anything at all, which fields, and in which countries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Self

from datamap.countries import EEA
from datamap.enums import NoticeKind, PaperKind, TransferBasis
from datamap.models import AdequacyDecision, Processor, Subsidiary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from datamap.models import Paper

_STRONGEST_FIRST = list(TransferBasis)


def live_papers(processor: Processor, kind: PaperKind, *, on: date) -> list[Paper]:
    """Its papers of a kind that count on a day. One question, and none where they are at hand already."""
    return [paper for paper in processor.papers.all() if paper.kind == kind and paper.is_live(on)]


def has_live_contract(processor: Processor, *, on: date) -> bool:
    """Whether a contract on data processing binds it on this day (Art. 28(3)); clauses and certificates are none."""
    return bool(live_papers(processor, PaperKind.CONTRACT, on=on))


def is_attested(processor: Processor, *, on: date) -> bool:
    """Whether it may take payments on this day (PCI-DSS); whoever takes none needs no attestation."""
    return not processor.is_payment or bool(live_papers(processor, PaperKind.PCI_DSS, on=on))


def allowed_fields(processor: Processor) -> frozenset[str]:
    """The names of the fields that may be passed on to it, and no other. Empty: nothing is passed on to it field by field."""
    return frozenset(processor.fields)


@dataclass(frozen=True, slots=True)
class Decisions:
    """The decisions of the Commission that count on one day, by country: of several the one that covers most, for longest."""

    by_country: Mapping[str, AdequacyDecision]

    @classmethod
    def on(cls, day: date, *, rows: Iterable[AdequacyDecision] | None = None) -> Self:
        """``rows``: who asks about several days reads them once."""
        live = [row for row in (AdequacyDecision.objects.all() if rows is None else rows) if row.is_live(day)]
        live.sort(key=lambda row: (not row.is_partial, row.valid_until or date.max))
        return cls({row.country: row for row in live})


def transfer_basis(
    place: Processor | Subsidiary | str, *, on: date, countries: Iterable[str] = (), decisions: Decisions | None = None
) -> TransferBasis | None:
    """Why data may be in a place on this day: for several countries the weakest reason; None: it may not be there.

    ``place`` is a country, or a processor in ``countries``, which are its own of the register where none are given; one that
    works nowhere in particular has no reason until somebody says where. Staff of the group outside the European Economic
    Area need live clauses and an assessment, whatever was decided about their country (policy VIII). Who asks about many gives
    the ``decisions`` of that day.
    """
    if isinstance(place, Subsidiary):
        return _basis_of_subsidiary(place, on)
    processor = place if isinstance(place, Processor) else None
    asked = sorted({place} if isinstance(place, str) else set(countries or place.countries))
    outside = [country for country in asked if country not in EEA]
    if not outside:
        return TransferBasis.EEA if asked else None
    found = _outside(processor, outside, on, decisions or Decisions.on(on))
    return None if None in found else max((basis for basis in found if basis), key=_STRONGEST_FIRST.index)


def unsafe(processor: Processor, *, on: date, country: str = "") -> Processor | None:
    """Who works on the data in a place for which nothing stands on record on this day: the processor itself, or somebody through whom it
    works, however far down. Who works nowhere in particular works where the person is, in ``country``.
    """
    decisions = Decisions.on(on)
    for one in _reached(processor, on):
        countries = one.countries or ([country] if country else [])
        if not countries or transfer_basis(one, on=on, countries=countries, decisions=decisions) is None:
            return one
    return None


def _reached(processor: Processor, on: date) -> Iterator[Processor]:
    """The processor, then everybody through whom it works and who has not ended or is yet to come; each once."""
    waiting, known = [processor], {processor.pk}
    while waiting:
        one = waiting.pop(0)
        yield one
        subs = [sub for sub in one.sub_processors.all() if sub.pk not in known and _counts(sub, on)]
        known.update(sub.pk for sub in subs)
        waiting.extend(subs)


def _counts(sub: Processor, on: date) -> bool:
    """A draft too: nobody said that it does not work yet."""
    return (sub.since is None or sub.since <= on) and (sub.until is None or on <= sub.until)


def _outside(processor: Processor | None, countries: Sequence[str], on: date, decisions: Decisions) -> list[TransferBasis | None]:
    papers = {paper.kind for paper in processor.papers.all() if paper.is_live(on)} if processor else set()
    told = _told(processor, on) if processor else set()

    def basis(country: str) -> TransferBasis | None:
        decision = decisions.by_country.get(country)
        if decision and (not decision.is_partial or PaperKind.FRAMEWORK in papers):
            return TransferBasis.ADEQUACY
        if PaperKind.CLAUSES in papers:
            return TransferBasis.CLAUSES
        return TransferBasis.NOTICE if country in told else None

    return [basis(country) for country in countries]


def _told(processor: Processor, on: date) -> set[str]:
    """Countries of which customers were told, in time to object, that data of theirs goes there."""
    return {notice.country for notice in processor.notices.all() if notice.kind == NoticeKind.TRANSFER and notice.is_in_effect(on)}


def _basis_of_subsidiary(place: Subsidiary, on: date) -> TransferBasis | None:
    """Both ends of the clauses count, and an assessment from its day on."""
    if place.country in EEA:
        return TransferBasis.EEA
    is_done = all(day is not None and day <= on for day in (place.clauses_signed_on, place.assessed_on))
    is_live = is_done and (place.clauses_valid_until is None or on <= place.clauses_valid_until)
    return TransferBasis.CLAUSES if is_live else None
