"""Papers of processors for tests: what it takes before anything may leave."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from datamap.enums import NoticeKind, PaperKind
from datamap.models import Notice, Paper, Processor

FROM = date(2024, 1, 1)


def give_paper(processor: Processor | str, kind: PaperKind = PaperKind.CONTRACT, *, since: date = FROM, until: date | None = None) -> Paper:
    """A paper of the kind, live from the beginning of 2024 on where nothing else is said."""
    return Paper.objects.create(
        processor=processor if isinstance(processor, Processor) else Processor.objects.get(code=processor),
        kind=kind,
        reference=f"{kind} {since}",
        valid_from=since,
        valid_until=until,
        added_at=datetime(since.year, since.month, since.day, tzinfo=UTC),
    )


def tell_customers(code: str, country: str, *, on: date) -> None:
    """They were told, in time to object, that their data is in the country from this day on."""
    at = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    told = at - timedelta(days=60)
    notice = Notice.objects.create(kind=NoticeKind.TRANSFER, processor_id=code, country=country, prepared_by="one", prepared_at=told)
    days = {"objects_until": on - timedelta(days=1), "effective_on": on}
    Notice.objects.filter(pk=notice.pk).update(published_by="two", published_at=told, **days)
    Notice.objects.filter(pk=notice.pk).update(done_at=at)
