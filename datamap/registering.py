"""Keeping the register of processors: every way in (pages, admin, import) asks the same questions and writes the same events."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from datamap import announced, registers
from datamap.countries import country_name
from datamap.enums import PaperKind
from datamap.models import Paper, Processor

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from audit.actor import Actor

#: What a file or a form says of a processor; through whom it works is said by ``link``.
COLUMNS = (
    "name", "role", "objective", "shared_data", "region", "safeguard", "terms_url", "privacy_url",
    "services", "our_roles", "fields", "countries", "since", "until",
)  # fmt: skip
SUBS = "sub_processors"


class NotRegistered(Exception):
    """The register cannot say this. ``reasons`` by the name of the field; the words are in the language in force."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self.reasons = dict(reasons)
        super().__init__(" ".join(self.reasons.values()))


@dataclass(frozen=True, slots=True)
class PaperGiven:
    """A paper as a form or a file gives it. One that has ended is history, and counts for nothing from that day on."""

    kind: str
    reference: str
    valid_from: date
    valid_until: date | None = None
    link: str = ""
    ended_on: date | None = None

    def of(self, processor: Processor, *, at: datetime) -> Paper:
        return Paper(
            processor=processor,
            kind=self.kind,
            reference=self.reference,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            link=self.link,
            added_at=at,
            ended_on=self.ended_on,
        )


def reasons_against(processor: Processor, *, papers: Iterable[Paper], before: Processor | None, on: date) -> Iterator[tuple[str, str]]:
    """Why the register cannot say this of a processor whose papers will be these: the name of a field, and the reason."""
    if processor.is_payment and not processor.is_over(on) and not _is_attested(papers, on):
        yield "services", _("A payment processor needs a live attestation of PCI-DSS compliance: add it at the same time.")
    if announced.begins_untold(processor, before=before, on=on):
        if before is not None and before.is_active(on) and not before.serves_customers:
            # Without its first day what it does on our own data would stop until the notice takes effect.
            yield (
                "our_roles",
                _(
                    "It would work on customers’ data too: they are told first. Enter it once more under another code, with our role as "
                    "processor and no first day, then prepare a notice of the change. This entry stays as it is."
                ),
            )
        else:
            yield (
                "since",
                _("It would work on customers’ data: they are told first. Leave this empty, then prepare a notice of the change."),
            )
    if untold := announced.untold_countries(processor, before=before):
        names = ", ".join(map(country_name, untold))
        yield (
            "countries",
            _(
                "Customers are told before their data goes to another country: leave out %(countries)s, then prepare a notice of the change. "
                "It comes in on the day on which that takes effect."
            )
            % {"countries": names},
        )
    if before is not None and untold_through(processor, before=before, on=on):
        yield "since", _("Customers are told first of everybody through whom it works: each begins after a notice of its own.")
    if relying := announced.relying_on(processor, before=before, on=on):
        names = ", ".join(registers.said(user.name) for user in relying)
        yield (
            "our_roles" if not processor.serves_customers else "since",
            _("Customers’ data is worked on through it, and they were told so: take it out of the sub-processors of %(names)s first.")
            % {"names": names},
        )
    if before is not None and before.serves_customers and not processor.serves_customers and announced.is_being_told(before):
        yield "our_roles", _("Customers are being told that it will work on their data: withdraw that notice first.")
    if processor.until and (not processor.since or processor.until < processor.since):
        yield "until", _("It cannot end before it began.")


def untold_through(processor: Processor, *, before: Processor, on: date) -> bool:
    """Whether it would begin on customers' data through somebody of whom they were not told."""
    is_beginning = processor.serves_customers and processor.since and not (before.serves_customers and before.since == processor.since)
    return bool(is_beginning and announced.untold_subs_of(processor, on=on))


def reasons_against_subs(processor: Processor, subs: Collection[str], *, on: date) -> Iterator[tuple[str, str]]:
    """Why it cannot work through these, given by their codes; those through whom it works already are not asked about again."""
    if processor.code in subs:
        yield SUBS, _("It cannot work through itself.")
    if not announced.customers_count_on(processor):
        return
    if untold := announced.untold_subs(announced.new_subs(processor, subs), on=on):
        names = ", ".join(registers.said(sub.name) for sub in untold)
        yield (
            SUBS,
            _(
                "Customers are told before others work on their data. Give %(names)s our role as processor and no first day, prepare a notice of "
                "the change, and name it here when it has begun."
            )
            % {"names": names},
        )


def reasons_against_paper(paper: PaperGiven) -> dict[str, str]:
    """Why no paper can say this, by the name of the field."""
    made = Paper(kind=paper.kind, reference=paper.reference, valid_from=paper.valid_from, valid_until=paper.valid_until, link=paper.link)
    reasons = {}
    try:
        made.full_clean(exclude=["processor", "added_at"], validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        reasons = {field: " ".join(said) for field, said in error.message_dict.items()}
    if paper.valid_until and paper.valid_until < paper.valid_from:
        reasons.setdefault("valid_until", _("It ends before it begins."))
    return reasons


@transaction.atomic
def save(
    *,
    code: str,
    values: Mapping[str, Any],
    papers: Sequence[PaperGiven] = (),
    actor: Actor,
    at: datetime,
) -> str:
    """Put a processor into the register, or say something else of it: "added", "changed" or "same". ``values`` are those of
    ``COLUMNS`` that are given; what is not given stays. Papers that are there already are left as they are.

    Raises:
        NotRegistered: with every reason.
    """
    on = timezone.localdate(at)
    before = Processor.objects.select_for_update().filter(code=code).first()
    processor = Processor.objects.get(code=code) if before else Processor(code=code)
    for name, value in values.items():
        setattr(processor, name, value)
    kept = list(before.papers.all()) if before else []
    given = [paper for paper in papers if not is_there(paper, kept)]
    new = [paper.of(processor, at=at) for paper in given]
    if reasons := _reasons(processor, papers=[*kept, *new], before=before, is_new=before is None, on=on):
        raise NotRegistered(reasons)
    for paper in given:
        _check_paper(paper)
    is_changed = before is None or any(getattr(before, name) != getattr(processor, name) for name in values)
    if is_changed:
        processor.save(force_insert=before is None)
    Paper.objects.bulk_create(new)
    if not (is_changed or new):
        return "same"
    verb = "changed" if before else "added"
    record(action=f"register.{verb}", about=about(processor), actor=actor, at=at, papers=len(new))
    return verb


@transaction.atomic
def link(*, code: str, subs: Collection[str], actor: Actor, at: datetime) -> bool:
    """Say through whom a processor works, by their codes; whether that is new.

    Raises:
        NotRegistered: it works on customers' data, and they were not told of one of these.
    """
    locked = Processor.objects.select_for_update().filter(pk__in=[code, *subs]).order_by("pk")
    processor = next(row for row in locked if row.pk == code)
    if set(subs) == set(processor.sub_processors.values_list("code", flat=True)):
        return False
    if reasons := dict(reasons_against_subs(processor, subs, on=timezone.localdate(at))):
        raise NotRegistered(reasons)
    processor.sub_processors.set(Processor.objects.filter(code__in=subs))
    record(action="register.linked", about=about(processor), actor=actor, at=at, number=len(subs))
    return True


@transaction.atomic
def fill(*, processors: Sequence[Processor], links: Sequence[tuple[str, str]], papers: Sequence[Paper], actor: Actor, at: datetime) -> None:
    """Fill a register in which nothing stands, as one does that was lost: who works on customers' data there does so already, and through
    whom it does (``links``: code of the one, code of the other). All processors in one statement, since the database knows no other
    beginning without a notice; the links before them, while there is nobody yet who would have had to tell. Whoever calls has asked
    ``reasons_against_first``; what is missing in the end stands among the gaps.
    """
    through = Processor.sub_processors.through
    through._default_manager.bulk_create(through(from_processor_id=code, to_processor_id=sub) for code, sub in links)
    Processor.objects.bulk_create(processors)
    Paper.objects.bulk_create(papers)
    number = Counter(paper.processor_id for paper in papers)
    subs = Counter(code for code, _sub in links)
    for processor in processors:
        record(action="register.added", about=about(processor), actor=actor, at=at, papers=number[processor.pk])
        if subs[processor.pk]:
            record(action="register.linked", about=about(processor), actor=actor, at=at, number=subs[processor.pk])


def reasons_against_first(processor: Processor, *, papers: Sequence[Paper], on: date) -> dict[str, str]:
    """Why a register in which nothing stands cannot say this, by the name of the field."""
    return _reasons(processor, papers=papers, before=processor, is_new=True, on=on)


@transaction.atomic
def add_paper(*, code: str, paper: PaperGiven, actor: Actor, at: datetime) -> Paper:
    """Add a paper to a processor.

    Raises:
        NotRegistered: the paper is there already, or says what no paper can.
    """
    processor = Processor.objects.select_for_update().get(code=code)
    if is_there(paper, processor.papers.all()):
        raise NotRegistered({"reference": _("This paper is in the register already.")})
    _check_paper(paper)
    made = paper.of(processor, at=at)
    made.save(force_insert=True)
    record(action="register.paper_added", about=about(processor), actor=actor, at=at, kind=made.kind, paper=str(made.pk))
    return made


@transaction.atomic
def end_paper(*, paper_id: UUID, ended_on: date, actor: Actor, at: datetime) -> Paper:
    """End a paper early, for good: from ``ended_on`` on it counts no more. What it covered before that day stays covered.

    Raises:
        NotRegistered: it has ended, or that day is past.
    """
    paper = Paper.objects.select_for_update().get(pk=paper_id)
    if paper.ended_on is not None:
        raise NotRegistered({"ended_on": _("This paper was ended already.")})
    if ended_on < timezone.localdate(at):
        raise NotRegistered({"ended_on": _("What held until today is not undone: give today or a later day.")})
    paper.ended_on = ended_on
    paper.save(update_fields=["ended_on"])
    about_it = f"datamap.processor:{paper.processor_id}"
    record(action="register.paper_ended", about=about_it, actor=actor, at=at, kind=paper.kind, paper=str(paper.pk))
    return paper


def about(processor: Processor) -> str:
    return f"datamap.processor:{processor.pk}"


def _is_attested(papers: Iterable[Paper], on: date) -> bool:
    return any(paper.kind == PaperKind.PCI_DSS and paper.is_live(on) for paper in papers)


def is_there(paper: PaperGiven, kept: Iterable[Paper]) -> bool:
    """Whether the register has this paper.

    Raises:
        NotRegistered: it has it with another end or link: papers are not rewritten.
    """
    for one in kept:
        if (one.kind, one.reference, one.valid_from) == (paper.kind, paper.reference, paper.valid_from):
            if (one.valid_until, one.link) == (paper.valid_until, paper.link):
                return True
            raise NotRegistered(
                {
                    "reference": _(
                        "This paper is in the register with another end or link. A paper is not rewritten: end it and add another."
                    )
                }
            )
    return False


def _reasons(processor: Processor, *, papers: Sequence[Paper], before: Processor | None, is_new: bool, on: date) -> dict[str, str]:
    reasons: dict[str, str] = {}
    try:
        processor.full_clean(validate_unique=is_new, validate_constraints=False)
    except ValidationError as error:
        reasons = {field: " ".join(messages) for field, messages in error.message_dict.items()}
    for field, reason in reasons_against(processor, papers=papers, before=before, on=on):
        reasons.setdefault(field, reason)
    return reasons


def _check_paper(paper: PaperGiven) -> None:
    if reasons := reasons_against_paper(paper):
        raise NotRegistered(reasons)
