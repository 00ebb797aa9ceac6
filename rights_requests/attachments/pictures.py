"""Pictures: decoded, and written anew with nothing but their points. Where and with what they were taken does not come along."""

from __future__ import annotations

import io
import struct
import threading
import zlib
from typing import TYPE_CHECKING

from django.conf import settings

from datamap.files import refusals
from datamap.files.refusals import NotTaken
from rights_requests.enums import FileKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL.Image import Image

_FORMATS: Mapping[FileKind, str] = {FileKind.PNG: "PNG", FileKind.JPEG: "JPEG"}
_KEPT_MODES: Mapping[FileKind, frozenset[str]] = {
    FileKind.PNG: frozenset({"1", "L", "LA", "I;16", "RGB", "RGBA"}),
    FileKind.JPEG: frozenset({"L", "RGB"}),
}
#: Each scan of a progressive picture is decoded over all of its points; a camera writes ten or so.
MOST_SCANS = 64
_BEGIN_OF_SCAN = b"\xff\xda"
QUALITY = 88
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error, OverflowError)
#: A picture in memory is some hundred times its file: one at a time in each process.
_ONE_AT_A_TIME = threading.Lock()


def cleaned(content: bytes, kind: FileKind) -> bytes:
    """The same picture: of a moving one the first frame, upright as its camera noted.

    Raises:
        NotTaken: it cannot be decoded, or has more points than are decoded for anybody.
    """
    # Ten megabytes, for the few processes that are handed a picture.
    from PIL import Image  # noqa: PLC0415

    if content.count(_BEGIN_OF_SCAN) > MOST_SCANS and kind == FileKind.JPEG:
        raise NotTaken(refusals.DAMAGED)
    try:
        with _ONE_AT_A_TIME, Image.open(io.BytesIO(content), formats=[_FORMATS[kind]]) as picture:
            _refuse_many_points(picture)
            return _written(_plain(picture, kind), kind)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many() from error
    except _BROKEN as error:
        raise NotTaken(refusals.DAMAGED) from error


def _refuse_many_points(picture: Image) -> None:
    """Before a point is decoded: so far the header alone has been read."""
    if picture.width * picture.height > settings.RIGHTS["picture_pixels"]:
        raise _too_many()


def _too_many() -> NotTaken:
    return NotTaken(refusals.TOO_MANY_POINTS, most=settings.RIGHTS["picture_pixels"] // 1_000_000)


def _plain(picture: Image, kind: FileKind) -> Image:
    from PIL import ImageOps  # noqa: PLC0415 - as above

    picture.load()
    upright = ImageOps.exif_transpose(picture)
    if upright.mode not in _KEPT_MODES[kind]:
        upright = upright.convert("RGBA" if kind == FileKind.PNG and "transparency" in upright.info else "RGB")
    # What is known besides the points lies here, and some of it would be written again.
    upright.info.clear()
    return upright


def _written(picture: Image, kind: FileKind) -> bytes:
    out = io.BytesIO()
    if kind == FileKind.JPEG:
        picture.save(out, "JPEG", quality=QUALITY)
    else:
        picture.save(out, "PNG")
    return out.getvalue()
