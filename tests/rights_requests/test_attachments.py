"""What becomes of a file before it is kept: hostile ones are refused with a sentence, good ones lose what nobody asked for."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import pytest
from django.utils import translation
from PIL import Image

from datamap import pan
from datamap.files import papers
from rights_requests import attachments
from rights_requests.attachments import NotTaken, kinds
from rights_requests.enums import FileKind
from tests.rights_requests import hostile

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings


ARCHIVE = "is an archive. Please send the files in it one by one."
OFFICE = "is an office document, which can carry programs. Please save it as PDF and send that."
MARKUP = "is a web page or a drawing that can carry programs. Please send it as PDF or as a picture."
PROGRAM = "is a program."
TWO = "is two kinds of file in one. Please print it to a new PDF and send that."
ACTIVE = "carries a program or other files in it. Please print it to a new PDF and send that."
LOCKED = "is locked with a password. Please save it without one."
DAMAGED = "cannot be read: it is damaged or incomplete."
UNKNOWN = "is none of the kinds that we take: PDF, PNG, JPEG and plain text."
EMPTY = "is empty."
POINTS = "has more than 30 million pixels. Please make the picture smaller."
JAVASCRIPT = b"<< /S /JavaScript /JS (app.alert(1)) >>"

HOSTILE: list[tuple[str, bytes, str]] = [
    ("a.zip", hostile.archive(), ARCHIVE),
    ("a.pdf", hostile.archive(), ARCHIVE),
    ("a.txt", hostile.archive(), ARCHIVE),
    ("a.tar", hostile.tar(), ARCHIVE),
    ("a.gz", b"\x1f\x8b\x08\x00" + b"\x00" * 20, ARCHIVE),
    ("a.7z", b"7z\xbc\xaf\x27\x1c" + b"\x00" * 20, ARCHIVE),
    ("a.rar", b"Rar!\x1a\x07\x01\x00", ARCHIVE),
    ("a.docx", hostile.office(), OFFICE),
    ("a.docm", hostile.office(with_macros=True), OFFICE),
    ("a.doc", hostile.OLE, OFFICE),
    ("a.rtf", b"{\\rtf1 hello}", OFFICE),
    ("a.svg", hostile.SVG, MARKUP),
    ("a.txt", hostile.SVG, MARKUP),
    ("a.txt", hostile.HTML, MARKUP),
    ("a.txt", b"Dear all, < IMG src=x onerror=alert(1)>", MARKUP),
    ("a.txt", hostile.HTML.decode().encode("utf-16"), MARKUP),
    ("a.exe", hostile.EXE, PROGRAM),
    ("a.pdf", hostile.EXE, PROGRAM),
    ("a.txt", b"#!/bin/sh\nrm -rf /\n", PROGRAM),
    ("a.pdf", hostile.pdf() + hostile.archive(), TWO),
    ("a.pdf", hostile.archive() + hostile.pdf(), ARCHIVE),
    ("a.pdf", b"GIF89a" + hostile.pdf(), TWO),
    ("a.pdf", hostile.pdf() + b"<script>alert(1)</script>", TWO),
    ("a.png", hostile.png() + hostile.archive(), TWO),
    ("a.jpg", hostile.jpeg() + hostile.archive(), TWO),
    ("a.png", hostile.png()[:8] + hostile.pdf(), TWO),
    ("a.pdf", hostile.pdf(JAVASCRIPT), ACTIVE),
    ("a.pdf", hostile.pdf(JAVASCRIPT.replace(b"/JavaScript", b"/Java#53cript").replace(b"/JS", b"/#4aS")), ACTIVE),
    ("a.pdf", hostile.pdf(hostile.packed_objects(JAVASCRIPT)), ACTIVE),
    ("a.pdf", hostile.pdf(hostile.packed_objects(JAVASCRIPT, kind=b"/Obj#53tm")), ACTIVE),
    ("a.pdf", hostile.pdf(hostile.packed_objects(JAVASCRIPT, kind=b"/ObjStm /Padding (%s)" % (b"x" * 5000))), ACTIVE),
    ("a.pdf", hostile.pdf(b"%stream\n" + JAVASCRIPT + b"\n%endstream"), ACTIVE),
    ("a.pdf", hostile.pdf(b"(stream\n) " + JAVASCRIPT.replace(b"Script", b"Scr#69pt") + b"\n% endstream"), ACTIVE),
    ("a.pdf", hostile.pdf(b"<< /S /Launch /F (cmd.exe) >>"), ACTIVE),
    ("a.pdf", hostile.pdf(b"<< /Type /Filespec /EF << /F 5 0 R >> >>", b"<< /Type /EmbeddedFile >>"), ACTIVE),
    ("a.pdf", hostile.pdf(trailer=b"/Encrypt 9 0 R"), LOCKED),
    ("a.pdf", hostile.pdf()[:200], DAMAGED),
    ("a.pdf", hostile.pdf().replace(b"%%EOF", b""), DAMAGED),
    ("a.pdf", hostile.pdf(b"<< /Type /ObjStm /Filter /LZWDecode >>\nstream\nabcdef\nendstream"), DAMAGED),
    ("a.png", hostile.png()[:60], DAMAGED),
    ("a.jpg", hostile.jpeg()[:200], DAMAGED),
    ("a.jpg", hostile.jpeg_of_scans(), DAMAGED),
    ("a.png", hostile.bomb_png(), POINTS),
    ("a.png", hostile.bomb_png(10_000, 10_000), POINTS),
    ("a.png", hostile.bomb_png(6_000, 6_000), POINTS),
    ("a.txt", b"", EMPTY),
    ("a.txt", b" \r\n\t", EMPTY),
    ("a.txt", b"\x00\x01\x02\x03", UNKNOWN),
    ("a.gif", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", UNKNOWN),
    ("a.csv", b"name,value\n", UNKNOWN),
    ("a", hostile.text(), UNKNOWN),
    ("a.exe", hostile.pdf(), "is something else than its name says. Its content is “PDF”; then the name ends in .pdf."),
    ("a.pdf", hostile.png(), "is something else than its name says. Its content is “Picture (PNG)”; then the name ends in .png."),
    ("a.pdf.txt", hostile.jpeg(), "is something else than its name says. Its content is “Picture (JPEG)”; then the name ends in .jpg."),
]


@pytest.mark.parametrize(
    ("name", "content", "sentence"), HOSTILE, ids=[f"{number}-{name}" for number, (name, *_rest) in enumerate(HOSTILE)]
)
def test_what_is_hostile_or_of_no_use_is_refused_with_a_sentence(name: str, content: bytes, sentence: str) -> None:
    with pytest.raises(NotTaken) as refused:
        attachments.check(name, content)
    assert str(refused.value) == f"“{name}” {sentence}"


def test_what_is_too_large_is_not_looked_at(settings: Settings) -> None:
    settings.RIGHTS = {**settings.RIGHTS, "file_size": 1_000_000}
    attachments.check("a.txt", b"x" * 1_000_000)
    with pytest.raises(NotTaken, match=r"“a\.txt” is larger than 1 MB"):
        attachments.check("a.txt", b"x" * 1_000_001)


def test_a_bomb_of_packed_objects_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "MOST_INFLATED", 1000)
    attachments.check("a.pdf", hostile.pdf(hostile.packed_objects(b" " * 900)))
    with pytest.raises(NotTaken, match=DAMAGED):
        attachments.check("a.pdf", hostile.pdf(hostile.packed_objects(b" " * 600), hostile.packed_objects(b" " * 600)))


def test_data_of_a_pdf_is_not_taken_for_names() -> None:
    scan = b"<< /Type /XObject /Subtype /Image /Length 4 >>\nstream\n/JS \nendstream"
    content = hostile.pdf(scan, b"<< /S /URI /URI (https://oxygis.example/js) >>", b"<< /JSabc 1 >>")
    assert attachments.check("a.PDF", content).content == content


@pytest.mark.parametrize(("kind", "name", "content"), [
    (FileKind.PNG, "a.png", hostile.png_that_tells()),
    (FileKind.JPEG, "a.JPEG", hostile.jpeg_that_tells()),
])  # fmt: skip
def test_a_picture_says_nothing_but_its_points(kind: FileKind, name: str, content: bytes) -> None:
    assert hostile.CANARY.encode() in content
    checked = attachments.check(name, content)
    with Image.open(io.BytesIO(checked.content)) as kept:
        kept.load()
        assert not kept.getexif()
        assert set(kept.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert FileKind(f"image/{kept.format.lower()}") == kind
    assert hostile.CANARY.encode() not in checked.content
    assert hostile.CANARY.encode("utf-16-le") not in checked.content


def test_a_png_keeps_only_the_chunks_that_draw_it() -> None:
    content, at, found = attachments.check("a.png", hostile.png_that_tells()).content, 8, []
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        found.append(content[at + 4 : at + 8])
        at += 12 + length
    assert set(found) == {b"IHDR", b"IDAT", b"IEND"}


def test_a_picture_stays_the_same_to_the_eye() -> None:
    with Image.open(io.BytesIO(attachments.check("a.png", hostile.png()).content)) as kept:
        assert kept.tobytes() == hostile.picture().tobytes()


def test_a_picture_that_was_taken_sideways_is_kept_upright() -> None:
    with Image.open(io.BytesIO(attachments.check("a.jpg", hostile.jpeg_that_tells()).content)) as kept:
        assert kept.size == (20, 40)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_is_taken(mode: str) -> None:
    out = io.BytesIO()
    picture = Image.new("I;16", (4, 4), 40_000) if mode == "I;16" else hostile.picture(mode=mode)
    picture.save(out, "PNG", **({"transparency": 0} if mode == "P" else {}))
    with Image.open(io.BytesIO(attachments.check("a.png", out.getvalue()).content)) as kept:
        assert kept.mode == ("RGBA" if mode == "P" else mode)


def test_of_a_moving_picture_the_first_frame_is_kept() -> None:
    with Image.open(io.BytesIO(attachments.check("a.png", hostile.moving_png()).content)) as kept:
        assert getattr(kept, "n_frames", 1) == 1
        assert kept.convert("RGB").tobytes() == hostile.picture().tobytes()


def test_print_colours_are_kept_as_those_of_a_screen() -> None:
    out = io.BytesIO()
    hostile.picture().convert("CMYK").save(out, "JPEG")
    with Image.open(io.BytesIO(attachments.check("a.jpg", out.getvalue()).content)) as kept:
        assert kept.mode == "RGB"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_kept_in_one_encoding_with_card_numbers_masked(encoding: str) -> None:
    content = attachments.check("a.txt", f"Geëindigd: {hostile.CARD}\n".encode(encoding)).content
    assert content.decode() == f"Geëindigd: {pan.mask(hostile.CARD)}\n"
    assert b"4111" not in content


@pytest.mark.parametrize(("given", "shown"), [
    ("letter.txt", "letter.txt"),
    ("../../etc/passwd.txt", "passwd.txt"),
    ("C:\\Users\\noor\\letter.txt", "letter.txt"),
    ("invoice\u202etxt.exe.txt", "invoicetxt.exe.txt"),
    ("a\x00b\r\nSet-Cookie: x.txt", "abSet-Cookie x.txt"),
    (f"card {hostile.CARD}.txt", f"card {pan.mask(hostile.CARD)}.txt"),
    ("card_4111-1111-1111-1111.txt", f"card_{pan.mask('4111-1111-1111-1111')}.txt"),
    ("１２ ﬁle.txt", "12 file.txt"),
    ('<b>x</b>"|?*%s.txt', "b s.txt"),
    ("x" * 300 + ".txt", "x" * 116 + ".txt"),
])  # fmt: skip
def test_names_are_shown_tidied_and_card_numbers_in_them_masked(given: str, shown: str) -> None:
    assert attachments.check(given, hostile.text()).name == shown


def test_a_name_may_not_say_one_thing_to_people_and_another_to_programs() -> None:
    with pytest.raises(NotTaken, match=r"“invoicefdp\.exe” is something else"):
        attachments.check("invoice\u202efdp.exe", hostile.pdf())


@pytest.mark.parametrize("language", ["fr", "nl"])
def test_every_sentence_is_there_in_the_language_of_the_page(language: str) -> None:
    for name, content, sentence in HOSTILE:
        with pytest.raises(NotTaken) as refused:
            attachments.check(name, content)
        with translation.override(language):
            said = str(refused.value)
        assert name in said
        assert sentence not in said


def test_the_box_names_every_kind_that_is_taken() -> None:
    assert set(kinds.ENDINGS) == set(FileKind)
