"""What the register lacks on a day, or will soon: papers that end, contracts, attestations and reasons for a transfer that are missing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from datamap import registers
from datamap.announced import is_told_of
from datamap.enums import NAMED_SERVICES, PaperKind
from datamap.models import AdequacyDecision, NoProvider, Processor, Subsidiary
from datamap.processors import Decisions, has_live_contract, is_attested, transfer_basis

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from datamap.models import Paper


DAY = timedelta(days=1)


class GapKind(TextChoices):
    NOT_ATTESTED = "NOT_ATTESTED", _("takes payments without a live attestation of PCI-DSS compliance")
    NO_CONTRACT = "NO_CONTRACT", _("works for us without a live contract")
    NO_BASIS = "NO_BASIS", _("has data in a country for no reason that the law knows")
    UNTOLD_SUB = "UNTOLD_SUB", _("works on customers’ data through another of whom they were not told (take it out, or give notice)")
    BASIS_ENDS = "BASIS_ENDS", _("has data in a country whose adequacy decision ends soon, and nothing else allows it")
    NO_COUNTRY = "NO_COUNTRY", _("names a safeguard for transfers and no country to which data goes: nobody can say what allows them")
    PAPER_OVER = "PAPER_OVER", _("has a paper that is over, and none that takes its place")
    PAPER_ENDS = "PAPER_ENDS", _("has a paper that ends soon, and none that takes its place")
    CLAUSES_OVER = "CLAUSES_OVER", _("has staff abroad without live clauses and an assessment")
    CLAUSES_END = "CLAUSES_END", _("has staff abroad under clauses that end soon")
    NO_PROVIDER = "NO_PROVIDER", _("has neither a processor nor a word that nobody does it")
    NO_LINKS = "NO_LINKS", _("has no link to its terms and its privacy policy")


#: These the officer is written about every day; the others stand on the page.
ALARMS = frozenset(GapKind) - {GapKind.NO_LINKS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """``code`` is a processor's, empty for what is none; ``named`` is the paper, and ``on`` the last day on which it counts, or the
    company through whom a processor works.
    """

    kind: GapKind
    name: str
    code: str = ""
    named: str = ""
    on: date | None = None


def find(*, on: date) -> list[Gap]:
    """Every gap of the register on a day, in the same few questions however many stand there; the worst kinds come first."""
    soon = on + timedelta(days=settings.REGISTERS["warn_days"])
    rows = list(Processor.objects.prefetch_related("papers", "notices", "sub_processors", "used_by__papers"))
    found = [
        *_of_processors([row for row in rows if row.is_active(on)], on=on, soon=soon),
        *_of_entities(on=on, soon=soon),
        *_of_services(rows, on=on),
    ]
    return sorted(found, key=lambda gap: (list(GapKind).index(gap.kind), gap.name))


def _of_processors(active: Sequence[Processor], *, on: date, soon: date) -> Iterator[Gap]:
    yield from _of_places(active, on=on, soon=soon)
    for row in active:
        name = registers.said(row.name)
        if not is_attested(row, on=on):
            yield Gap(kind=GapKind.NOT_ATTESTED, name=name, code=row.pk)
        if not is_bound(row, on=on):
            yield Gap(kind=GapKind.NO_CONTRACT, name=name, code=row.pk)
        for sub in row.sub_processors.all() if row.serves_customers else ():
            if not (is_told_of(sub, on) or sub.is_over(on)):
                yield Gap(kind=GapKind.UNTOLD_SUB, name=name, code=row.pk, named=registers.said(sub.name))
        if row.safeguard and not row.countries:
            yield Gap(kind=GapKind.NO_COUNTRY, name=name, code=row.pk)
        if not (row.privacy_url and row.terms_url):
            yield Gap(kind=GapKind.NO_LINKS, name=name, code=row.pk)
        for paper, kind in ending(row.papers.all(), on=on, soon=soon):
            yield Gap(kind=kind, name=name, code=row.pk, named=str(paper), on=last_day(paper))


def _of_places(active: Sequence[Processor], *, on: date, soon: date) -> Iterator[Gap]:
    """Where data is: each decision is asked about on the day after its last one."""
    known = list(AdequacyDecision.objects.all())
    decisions = Decisions.on(on, rows=known)
    ends = sorted({row.valid_until for row in known if row.valid_until and on <= row.valid_until < soon})
    without = {end: Decisions.on(end + DAY, rows=known) for end in ends}
    for row in (row for row in active if row.countries):
        name = registers.said(row.name)
        lacking = (end for end, later in without.items() if transfer_basis(row, on=on, decisions=later) is None)
        if transfer_basis(row, on=on, decisions=decisions) is None:
            yield Gap(kind=GapKind.NO_BASIS, name=name, code=row.pk)
        elif end := next(lacking, None):
            yield Gap(kind=GapKind.BASIS_ENDS, name=name, code=row.pk, on=end)


def is_bound(processor: Processor, *, on: date) -> bool:
    """Whether a contract binds it: its own, or that of one who works for us through it (Art. 28(4))."""
    users = [user for user in processor.used_by.all() if user.is_active(on)]
    return has_live_contract(processor, on=on) or any(has_live_contract(user, on=on) for user in users)


def ending(papers: Iterable[Paper], *, on: date, soon: date) -> Iterator[tuple[Paper, GapKind]]:
    """The paper of each kind that lasts longest without a day between, where it is over or ends by ``soon``. Certificates are told
    apart by their reference, however it is spaced and in whichever letters: one does not stand in for another.
    """
    alike: dict[tuple[str, str], list[Paper]] = defaultdict(list)
    for paper in papers:
        name = " ".join(paper.reference.casefold().split()) if paper.kind == PaperKind.CERTIFICATE else ""
        alike[paper.kind, name].append(paper)
    for group in alike.values():
        begun = [paper for paper in group if paper.valid_from <= on] or group
        paper = max(begun, key=_lasts)
        while follows := [one for one in group if _lasts(one) > _lasts(paper) and one.valid_from <= _after(paper)]:
            paper = max(follows, key=_lasts)
        end = last_day(paper)
        if end is not None and end <= soon:
            yield paper, GapKind.PAPER_ENDS if end >= on else GapKind.PAPER_OVER


def last_day(paper: Paper) -> date | None:
    """The last day on which a paper counts; None while no end is known."""
    ends = [max(paper.ended_on, date.min + DAY) - DAY] if paper.ended_on else []
    return min([*ends, *([paper.valid_until] if paper.valid_until else [])], default=None)


def _after(paper: Paper) -> date:
    """The day after its last one. A calendar has a first and a last day."""
    return min(last_day(paper) or date.max, date.max - DAY) + DAY


def _lasts(paper: Paper) -> tuple[bool, int]:
    end = last_day(paper)
    return end is None, end.toordinal() if end else 0


def _of_entities(*, on: date, soon: date) -> Iterator[Gap]:
    for place in Subsidiary.objects.all():
        if transfer_basis(place, on=on) is None:
            yield Gap(kind=GapKind.CLAUSES_OVER, name=str(place), on=place.clauses_valid_until)
        elif transfer_basis(place, on=soon) is None:
            yield Gap(kind=GapKind.CLAUSES_END, name=str(place), on=place.clauses_valid_until)


def _of_services(rows: Sequence[Processor], *, on: date) -> Iterator[Gap]:
    """The four categories that policy VI names: each has a processor, or the register says that nobody does it."""
    done = {service for row in rows if row.is_active(on) for service in row.services}
    said = {row.service for row in NoProvider.objects.filter(since__lte=on) if row.until is None or on <= row.until}
    for service in NAMED_SERVICES:
        if service not in done | said:
            yield Gap(kind=GapKind.NO_PROVIDER, name=str(service.label))
