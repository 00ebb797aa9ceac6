"""Files as people and others send them: good ones, and those that are something else than they say."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib

from PIL import Image
from PIL.PngImagePlugin import PngInfo

CARD = "4111 1111 1111 1111"
#: Stands in everything that must not come along.
CANARY = "Kanarie7291"


def text(words: str = "Dear helpdesk, this is what I mean.\n") -> bytes:
    return words.encode()


def picture(size: tuple[int, int] = (40, 20), mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    made = Image.new("RGB", size, (200, 20, 20))
    made.paste((20, 20, 200), (size[0] // 2, 0, size[0], size[1]))
    return made.convert(mode)


def png(**saved: object) -> bytes:
    out = io.BytesIO()
    picture().save(out, "PNG", **saved)
    return out.getvalue()


def jpeg(**saved: object) -> bytes:
    out = io.BytesIO()
    picture().save(out, "JPEG", **saved)
    return out.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """A camera that says where it was, and whose it is."""
    facts = Image.Exif()
    facts[0x010F] = CANARY
    facts[0x0112] = orientation
    facts[0x9C9D] = CANARY.encode("utf-16-le")
    facts.get_ifd(0x8825)[1] = "N"
    facts.get_ifd(0x8825)[2] = (50.0, 51.0, 7.0)
    return facts


def png_that_tells() -> bytes:
    words = PngInfo()
    words.add_text("Author", CANARY)
    words.add_text("Comment", CANARY, zip=True)
    words.add_itxt("XML:com.adobe.xmp", f"<x>{CANARY}</x>")
    return png(pnginfo=words, exif=exif(), dpi=(300, 300), icc_profile=CANARY.encode())


def jpeg_that_tells() -> bytes:
    return jpeg(exif=exif(orientation=6), comment=CANARY, dpi=(300, 300), icc_profile=CANARY.encode())


def moving_png() -> bytes:
    out = io.BytesIO()
    frames = [picture(), picture().rotate(180)]
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def bomb_png(width: int = 50_000, height: int = 50_000) -> bytes:
    """Two thousand five hundred million points in a few kilobytes."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compressobj(9)
    row = b"\x00" + b"\x00" * ((width + 7) // 8)
    data = b"".join(rows.compress(row) for _number in range(min(height, 500))) + rows.flush()
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def jpeg_of_scans(count: int = 3000) -> bytes:
    """A progressive picture whose last scan comes again and again: each is decoded over the whole."""
    made = jpeg(progressive=True)
    begins = made.rfind(b"\xff\xda")
    return made[:begins] + made[begins:-2] * count + made[-2:]


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """One empty page; ``objects`` stand beside it."""
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        *objects,
    ]
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table_at = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, trailer, table_at)
    return bytes(out)


def packed_objects(words: bytes, *, kind: bytes = b"/ObjStm") -> bytes:
    """Objects in a compressed stream, where no search of the bytes finds them."""
    data = zlib.compress(words)
    return b"<< /Type %s /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (kind, len(data), data)


def archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in (members or {"a.txt": b"Hello."}).items():
            made.writestr(name, content)
    return out.getvalue()


def office(*, with_macros: bool = False) -> bytes:
    members = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>"}
    return archive(**members, **({"word/vbaProject.bin": b"\xd0\xcf\x11\xe0"} if with_macros else {}))


def tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        head = tarfile.TarInfo("a.txt")
        head.size = 6
        made.addfile(head, io.BytesIO(b"Hello."))
    return out.getvalue()


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><body><script>alert(1)</script></body></html>"
EXE = b"MZ\x90\x00" + b"\x00" * 60 + b"PE\x00\x00"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504
