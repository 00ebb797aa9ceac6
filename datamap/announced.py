"""What customers were told of those who work on their data, and what may therefore be said of them (Art. 28(2) and (4)).

The database asks the same at once: migrations 0010 and 0011.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F, Q

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
    is_over = before is not None and before.is_over(on)
    goes_on = before is not None and before.since == processor.since and before.serves_customers
    if goes_on and not (is_over and _is_later(processor.until, before)):
        return False
    # While they may object nothing is done yet, and the notice may be withdrawn.
    told = _of_a_beginning(processor).filter(done_at__isnull=False, effective_on__lte=processor.since)
    # What they were told of an earlier time counts no more.
    left = (before.until if is_over else None, before.left_customers_on) if before else ()
    return not told.filter(*(Q(effective_on__gt=day) for day in left if day)).exists()


def untold_countries(processor: Processor, *, before: Processor | None) -> list[str]:
    """Countries outside the European Economic Area that would be new to customers."""
    if before is None or not customers_count_on(before):
        return []
    new = set(processor.countries) - set(before.countries) - EEA
    if not new:
        return []
    done = Notice.objects.filter(processor_id=processor.pk, kind=NoticeKind.TRANSFER, country__in=new, effective_on__lte=F("done_at__date"))
    return sorted(new - set(done.values_list("country", flat=True)))


def is_told_of(sub: Processor, on: date) -> bool:
    """Whether customers were told that it works on their data: it has begun, as a processor of theirs."""
    return sub.serves_customers and sub.since is not None and sub.since <= on


def untold_subs(codes: Iterable[str], *, on: date) -> list[Processor]:
    """Those of whom customers were not told that they work on their data: they have not begun on it, each after its own notice."""
    return [sub for sub in Processor.objects.filter(code__in=codes) if not is_told_of(sub, on)]


def untold_subs_of(processor: Processor, *, on: date) -> list[Processor]:
    """Those through whom it works, and of whom customers were not told."""
    return untold_subs(_codes_of(processor), on=on)


def unannounced_subs(processor: Processor, *, on: date) -> list[Processor]:
    """Those of them of whom customers are not even being told."""
    return [sub for sub in untold_subs_of(processor, on=on) if not (sub.serves_customers and _of_a_beginning(sub).exists())]


def relying_on(processor: Processor, *, before: Processor | None, on: date) -> list[Processor]:
    """Those who work on customers' data through it, where it would be one no more of whom customers were told."""
    if before is None or not is_told_of(before, on) or is_told_of(processor, on):
        return []
    users = Processor.objects.filter(Q(until=None) | Q(until__gte=on), sub_processors=before.pk)
    return [user for user in users.exclude(pk=before.pk) if customers_count_on(user)]


def is_being_told(processor: Processor) -> bool:
    """Whether customers are being told that it will work on their data: until then, or until that is taken back, it means to."""
    return _of_a_beginning(processor).filter(done_at=None).exists()


def new_subs(processor: Processor, codes: Iterable[str]) -> set[str]:
    return set(codes) - _codes_of(processor)


def _codes_of(processor: Processor) -> set[str]:
    return set(Processor.objects.filter(used_by=processor.pk).values_list("code", flat=True))


def _of_a_beginning(processor: Processor) -> QuerySet[Notice]:
    found = Notice.objects.filter(processor_id=processor.pk, kind__in=NOTICES_OF_A_BEGINNING, withdrawn_at=None)
    return found.exclude(published_at=None)


def _is_later(until: date | None, before: Processor | None) -> bool:
    return before is not None and before.until is not None and (until is None or until > before.until)
