"""The only way a page gets at a choice. Its number is random and told to one browser: who knows it may read that choice, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404

from consent.models import Record

if TYPE_CHECKING:
    from collections.abc import Container
    from uuid import UUID


def receipt(receipt: UUID) -> Record:
    """The choice under a receipt.

    Raises:
        Http404: there is none.
    """
    record = Record.objects.select_related("notice__site").filter(pk=receipt).first()
    if record is None:
        raise Http404
    return record


def is_of_browser(record: Record, *, held: UUID | None, shown: Container[str]) -> bool:
    """Whether the browser that asks is the one that chose, and not somebody who was given the address of the receipt.

    ``held``: the number that it calls itself by here; ``shown``: receipts for which it has shown that of another site.
    """
    return record.consent_id is not None and (record.consent_id == held or str(record.pk) in shown)


def receipt_of_browser(receipt_id: UUID, *, held: UUID | None, shown: Container[str]) -> Record:
    """A choice of the browser that asks.

    Raises:
        Http404: there is none, or it was made in another browser, or is a refusal, which belongs to nobody.
    """
    record = receipt(receipt_id)
    if not is_of_browser(record, held=held, shown=shown):
        raise Http404
    return record
