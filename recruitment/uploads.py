"""What a file is, told by its content and by nothing that its sender says of it."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from datamap import pan
from datamap.rectifying import CONTROL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.core.files.uploadedfile import UploadedFile

MOST_BYTES = 5_000_000
#: A document unfolds to this much at most, and is made of so many pieces.
MOST_UNFOLDED = 60_000_000
MOST_PIECES = 2_000
NAME_LENGTH = 120

PDF = "application/pdf"
TEXT = "text/plain"
ODT = "application/vnd.oasis.opendocument.text"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ENDINGS: Mapping[str, str] = {PDF: ".pdf", TEXT: ".txt", ODT: ".odt", DOCX: ".docx"}
ACCEPTED = ",".join(ENDINGS.values())

#: What acts by itself, or hides what is inside. A name in a PDF may write its signs as #xx.
_ACTS = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA|Encrypt)\b")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")
_MACROS = re.compile(r"(^|/)(vbaproject\.bin|vbadata\.xml|basic/.*|scripts/.*|embeddings/.*|activex/.*)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CheckedFile:
    name: str
    media_type: str
    content: bytes


def check(upload: UploadedFile[Any]) -> CheckedFile:
    """The file as we keep it.

    Raises:
        ValidationError: it is empty, too large, or nothing that we can open safely.
    """
    if (upload.size or 0) > MOST_BYTES:
        raise ValidationError(_("This file is too large: 5 MB at most."), code="size")
    content = upload.read(MOST_BYTES + 1)
    if not content:
        raise ValidationError(_("This file is empty."), code="empty")
    media_type = type_of(content)
    if media_type == TEXT:
        content = pan.mask(content.decode("utf-8-sig")).encode()
    return CheckedFile(name=_name(upload.name or "", media_type), media_type=media_type, content=content)


def type_of(content: bytes) -> str:
    """Raises ``ValidationError`` for what is none of the four kinds, or is not harmless."""
    if content.startswith(b"%PDF-"):
        return _pdf(content)
    if content.startswith(b"PK\x03\x04"):
        return _zipped(content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unknown() from error
    if _BINARY.search(text):
        raise _unknown()
    return TEXT


def _pdf(content: bytes) -> str:
    if b"%%EOF" not in content[-2048:]:
        raise ValidationError(_("This PDF is not whole: send it again."), code="broken")
    plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), content)
    if _ACTS.search(content) or _ACTS.search(plain):
        raise ValidationError(_("This PDF is protected, or holds scripts or other files. Send a plain one."), code="active")
    return PDF


def _zipped(content: bytes) -> str:
    """A word processor's document is a ZIP: nothing of it is unpacked but its own statement of what it is."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            pieces = archive.infolist()
            _refuse_bombs(pieces)
            names = {piece.filename for piece in pieces}
            if "mimetype" in names and archive.read("mimetype")[:200].decode("ascii", "replace").strip() == ODT:
                return ODT
            if {"[Content_Types].xml", "word/document.xml"} <= names and b"macroEnabled" not in archive.read("[Content_Types].xml"):
                return DOCX
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
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
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    line = pan.mask(" ".join(CONTROL.sub(" ", last).split()))
    ending = ENDINGS[media_type]
    stem = line.rpartition(".")[0] if "." in line[1:] else line
    return f"{(stem or 'file')[: NAME_LENGTH - len(ending)]}{ending}"
