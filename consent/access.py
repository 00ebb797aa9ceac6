"""The only way a page gets at a choice. Its number is random and told to one browser: who knows it may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404

from consent.models import Record

if TYPE_CHECKING:
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
