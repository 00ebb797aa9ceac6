"""Papers of processors for tests: what it takes before anything may leave."""

from __future__ import annotations

from datetime import UTC, date, datetime

from datamap.enums import PaperKind
from datamap.models import Paper, Processor

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
