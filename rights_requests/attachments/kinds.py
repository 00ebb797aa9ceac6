"""What a file is, by its content. Its name and what a browser says of it are claims."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

from datamap.files import refusals
from datamap.files.refusals import NotTaken
from rights_requests.enums import FileKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import _StrPromise

_TAKEN: Mapping[bytes, FileKind] = {
    b"%PDF-": FileKind.PDF,
    b"\x89PNG\r\n\x1a\n": FileKind.PNG,
    b"\xff\xd8\xff": FileKind.JPEG,
}
#: By how they begin. Zip files are archives or office documents: their members say which.
_NOT_TAKEN: tuple[tuple[bytes, _StrPromise], ...] = (
    (b"Rar!\x1a\x07", refusals.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", refusals.ARCHIVE),
    (b"\x1f\x8b", refusals.ARCHIVE),
    (b"BZh", refusals.ARCHIVE),
    (b"\xfd7zXZ\x00", refusals.ARCHIVE),
    (b"\x28\xb5\x2f\xfd", refusals.ARCHIVE),
    (b"MSCF", refusals.ARCHIVE),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", refusals.OFFICE),
    (b"{\\rtf", refusals.OFFICE),
    (b"MZ", refusals.PROGRAM),
    (b"\x7fELF", refusals.PROGRAM),
    (b"\xca\xfe\xba\xbe", refusals.PROGRAM),
    (b"\xcf\xfa\xed\xfe", refusals.PROGRAM),
    (b"#!", refusals.PROGRAM),
    (b"%!", refusals.PROGRAM),
)
_TAR = (257, b"ustar")
_OFFICE_MEMBERS = re.compile(r"\[Content_Types\]\.xml|mimetype|META-INF/manifest\.xml|.*vbaProject\.bin")
#: As far as readers look for what they may begin with.
_HEAD = 1024
ENDINGS: Mapping[FileKind, tuple[str, ...]] = {
    FileKind.PDF: ("pdf",),
    FileKind.PNG: ("png",),
    FileKind.JPEG: ("jpg", "jpeg"),
    FileKind.TEXT: ("txt",),
}


def kind_of(content: bytes) -> FileKind:
    """What it begins as, where it is nothing else besides. What is none of the known may still be text.

    Raises:
        NotTaken: it is of another kind, or of two.
    """
    begun = next((kind for sign, kind in _TAKEN.items() if content.startswith(sign)), None)
    is_zip = zipfile.is_zipfile(io.BytesIO(content))
    if begun is not None:
        if is_zip or (begun != FileKind.PDF and b"%PDF-" in content[:_HEAD]):
            raise NotTaken(refusals.TWO_IN_ONE)
        return begun
    if is_zip or content.startswith(b"PK\x03\x04"):
        raise NotTaken(_of_zip(content))
    why = next((why for sign, why in _NOT_TAKEN if content.startswith(sign)), None)
    if why is not None:
        raise NotTaken(why)
    if content[_TAR[0] :].startswith(_TAR[1]):
        raise NotTaken(refusals.ARCHIVE)
    if b"%PDF-" in content[:_HEAD]:
        raise NotTaken(refusals.TWO_IN_ONE)
    return FileKind.TEXT


def _of_zip(content: bytes) -> _StrPromise:
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return refusals.ARCHIVE
    return refusals.OFFICE if any(_OFFICE_MEMBERS.fullmatch(name) for name in names) else refusals.ARCHIVE
