"""What customers were told of those who work on their data, and what may therefore be said of them (Art. 28(2) and (4)).

The database asks the same at once: migration 0010.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F

from datamap.countries import EEA
from datamap.enums import NOTICES_OF_A_BEGINNING, NoticeKind
from datamap.models import Notice, Processor

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from django.db.models import QuerySet


def customers_count_on(processor: Processor) -> bool:
    """Whether they were told what it is: it works on their data, or a notice that it will is published. From then on what they were told
    does not grow without another notice.
    """
    return processor.serves_customers and (processor.since is not None or _of_a_beginning(processor).exists())


def begins_untold(processor: Processor, *, before: Processor | None, on: date) -> bool:
    """Whether it would begin on customers' data, or begin again, before they were told."""
    if not processor.serves_customers or processor.since is None:
        return False
    is_over = before is not None and before.until is not None and before.until < on
    goes_on = before is not None and before.since == processor.since and before.serves_customers
    if goes_on and not (is_over and _is_later(processor.until, before)):
        return False
    # While they may object nothing is done yet, and the notice may be withdrawn.
    told = _of_a_beginning(processor).filter(done_at__isnull=False, effective_on__lte=processor.since)
    return not (told.filter(effective_on__gt=before.until) if before and is_over else told).exists()


def untold_countries(processor: Processor, *, before: Processor | None) -> list[str]:
    """Countries outside the European Economic Area that would be new to customers."""
    if before is None or not customers_count_on(before):
        return []
    new = set(processor.countries) - set(before.countries) - EEA
    if not new:
        return []
    done = Notice.objects.filter(processor_id=processor.pk, kind=NoticeKind.TRANSFER, country__in=new, effective_on__lte=F("done_at__date"))
    return sorted(new - set(done.values_list("country", flat=True)))


def untold_subs(codes: Iterable[str], *, on: date) -> list[Processor]:
    """Those of whom customers were not told that they work on their data: they have not begun on it, each after its own notice."""
    return [sub for sub in Processor.objects.filter(code__in=codes) if not (sub.serves_customers and sub.since and sub.since <= on)]


def untold_subs_of(processor: Processor, *, on: date) -> list[Processor]:
    """Those through whom it works, and of whom customers were not told."""
    return untold_subs(_codes_of(processor), on=on)


def unannounced_subs(processor: Processor, *, on: date) -> list[Processor]:
    """Those of them of whom customers are not even being told."""
    return [sub for sub in untold_subs_of(processor, on=on) if not (sub.serves_customers and _of_a_beginning(sub).exists())]


def new_subs(processor: Processor, codes: Iterable[str]) -> set[str]:
    return set(codes) - _codes_of(processor)


def _codes_of(processor: Processor) -> set[str]:
    return set(Processor.objects.filter(used_by=processor.pk).values_list("code", flat=True))


def _of_a_beginning(processor: Processor) -> QuerySet[Notice]:
    found = Notice.objects.filter(processor_id=processor.pk, kind__in=NOTICES_OF_A_BEGINNING, withdrawn_at=None)
    return found.exclude(published_at=None)


def _is_later(until: date | None, before: Processor | None) -> bool:
    return before is not None and before.until is not None and (until is None or until > before.until)
