"""What a file is, told by its content and by nothing that its sender says of it."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from datamap.files import names, papers, refusals, texts
from datamap.files.refusals import NotTaken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.core.files.uploadedfile import UploadedFile

MOST_BYTES = 5_000_000
#: A document unfolds to this much at most, and is made of so many pieces.
MOST_UNFOLDED = 60_000_000
MOST_PIECES = 2_000
#: As far as readers look for what they may begin with.
HEAD = 1024
NAME_LENGTH = 120

PDF = "application/pdf"
TEXT = "text/plain"
ODT = "application/vnd.oasis.opendocument.text"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ENDINGS: Mapping[str, str] = {PDF: ".pdf", TEXT: ".txt", ODT: ".odt", DOCX: ".docx"}
ACCEPTED = ",".join(ENDINGS.values())

_MACROS = re.compile(r"(^|/)(vbaproject\.bin|vbadata\.xml|basic/.*|scripts/.*|embeddings/.*|activex/.*)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CheckedFile:
    name: str
    media_type: str
    content: bytes


def check(upload: UploadedFile[Any]) -> CheckedFile:
    """The file of a form as we keep it. Raises as ``checked`` does."""
    content = b"" if (upload.size or 0) > MOST_BYTES else upload.read(MOST_BYTES + 1)
    return checked(upload.name or "", content, size=upload.size)


def checked(name: str, content: bytes, *, size: int | None = None) -> CheckedFile:
    """A file as we keep it. ``size``: how large it is where not all of it was read.

    Raises:
        ValidationError: it is empty, too large, or nothing that we can open safely.
    """
    if max(size or 0, len(content)) > MOST_BYTES:
        raise ValidationError(_("This file is too large: 5 MB at most."), code="size")
    if not content:
        raise ValidationError(_("This file is empty."), code="empty")
    try:
        media_type, kept = _made(content)
    except NotTaken as error:
        raise ValidationError(str(error.named(names.shown(name) or gettext("file"))), code="not_taken") from error
    return CheckedFile(name=_name(name, media_type), media_type=media_type, content=kept)


def _made(content: bytes) -> tuple[str, bytes]:
    """What it is, and what we keep of it.

    Raises:
        NotTaken, ValidationError: it is none of the four kinds, or is not harmless.
    """
    if content.startswith(b"%PDF-"):
        if zipfile.is_zipfile(BytesIO(content)):
            raise NotTaken(refusals.TWO_IN_ONE)
        return PDF, papers.checked(content)
    if content.startswith(b"PK\x03\x04"):
        return _zipped(content), content
    if b"%PDF-" in content[:HEAD]:
        raise NotTaken(refusals.TWO_IN_ONE)
    try:
        return TEXT, texts.cleaned(content)
    except NotTaken as error:
        raise (_unknown() if error.why is refusals.UNKNOWN else error) from error


def _zipped(content: bytes) -> str:
    """A word processor's document is a ZIP: nothing of it is unpacked but its own statement of what it is."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            pieces = archive.infolist()
            _refuse_bombs(pieces)
            members = {piece.filename for piece in pieces}
            if "mimetype" in members and archive.read("mimetype")[:200].decode("ascii", "replace").strip() == ODT:
                return ODT
            if {"[Content_Types].xml", "word/document.xml"} <= members and b"macroEnabled" not in archive.read("[Content_Types].xml"):
                return DOCX
    except ValidationError:
        raise
    except Exception as error:
        # Whatever a packer of those that Python knows makes of bytes that somebody chose: each has errors of its own.
        raise _unknown() from error
    raise _unknown()


def _refuse_bombs(pieces: list[zipfile.ZipInfo]) -> None:
    is_locked = any(piece.flag_bits & 0x1 for piece in pieces)
    if is_locked or len(pieces) > MOST_PIECES or sum(piece.file_size for piece in pieces) > MOST_UNFOLDED:
        raise ValidationError(_("This document is protected or far too large inside. Send a PDF."), code="bomb")
    if any(_MACROS.search(piece.filename) for piece in pieces):
        raise ValidationError(_("This document holds macros or other files. Send a plain one, or a PDF."), code="active")


def _unknown() -> ValidationError:
    return ValidationError(_("We can open PDF, plain text, ODT and DOCX. This file is none of them."), code="type")


def _name(given: str, media_type: str) -> str:
    """The name as people read it, one line, with the ending of what it is."""
    shown = names.shown(given)
    ending = ENDINGS[media_type]
    stem = shown.rpartition(".")[0] or shown.removeprefix(".")
    return f"{(stem or 'file')[: NAME_LENGTH - len(ending)]}{ending}"
