"""One file as it came, into one that may be kept; or a sentence why not."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext as _

from datamap.files import names, papers, refusals, texts
from datamap.files.refusals import NotTaken
from rights_requests.attachments import kinds, pictures
from rights_requests.enums import FileKind

__all__ = ["Checked", "NotTaken", "check", "in_megabytes"]


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that may be kept. ``content`` is what we keep of it, ``came_as`` how many bytes came."""

    name: str
    kind: FileKind
    content: bytes = field(repr=False)
    came_as: int


def check(name: str, content: bytes) -> Checked:
    """Look at a file whose name nobody trusts, and make of it what is kept.

    Raises:
        NotTaken: with the sentence for who sent it.
    """
    shown = names.shown(name) or _("file")
    try:
        kind, kept = _made(shown, content)
    except NotTaken as error:
        raise error.named(shown) from error
    return Checked(name=shown, kind=kind, content=kept, came_as=len(content))


def _made(name: str, content: bytes) -> tuple[FileKind, bytes]:
    if not content:
        raise NotTaken(refusals.EMPTY)
    if len(content) > settings.RIGHTS["file_size"]:
        raise NotTaken(refusals.TOO_LARGE, most=in_megabytes(settings.RIGHTS["file_size"]))
    kind = kinds.kind_of(content)
    kept = _kept(kind, content)
    endings = kinds.ENDINGS[kind]
    if names.ending_of(name) in endings:
        return kind, kept
    if kind == FileKind.TEXT:
        # A table, a mail, a calendar, a script: text as well, and read by something else.
        raise NotTaken(refusals.UNKNOWN)
    raise NotTaken(refusals.WRONG_ENDING, kind=kind.label, ending=f".{endings[0]}")


def _kept(kind: FileKind, content: bytes) -> bytes:
    if kind == FileKind.PDF:
        return papers.checked(content)
    return texts.cleaned(content) if kind == FileKind.TEXT else pictures.cleaned(content, kind)


def in_megabytes(size: int) -> str:
    return _("%(count)s MB") % {"count": size // 1_000_000}
