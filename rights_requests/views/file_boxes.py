"""Boxes for files in forms, and the files in pages: names, kinds and sizes, never what is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from rights_requests.attachments import FileGone, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from uuid import UUID

    from rights_requests.models import Attachment

Files: TypeAlias = "dict[UUID | None, list[dict[str, Any]]]"


def download(attachment: Attachment) -> HttpResponse | None:
    """The file to be saved, whatever it is; None where it is gone. The kind says nothing that would have a browser open it."""
    try:
        content = read(attachment)
    except FileGone:
        return None
    disposition = content_disposition_header(as_attachment=True, filename=attachment.name)
    return HttpResponse(
        content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"},
    )


def by_message(found: Iterable[Attachment], url_of: Callable[[Attachment], str]) -> Files:
    """Rows of the files component by the message they came with; under None what came without one."""
    rows: Files = {}
    for attachment in found:
        rows.setdefault(attachment.message_id, []).append(_row(attachment, url_of))
    return rows


def _row(attachment: Attachment, url_of: Callable[[Attachment], str]) -> dict[str, Any]:
    is_there = attachment.destroyed_at is None
    return {
        "name": attachment.name or _("File that showed who asks"),
        "kind": attachment.get_content_type_display(),
        "size": attachment.size,
        "url": url_of(attachment) if is_there else "",
        "is_evidence": attachment.is_evidence,
        "gone_on": attachment.destroyed_at,
    }
