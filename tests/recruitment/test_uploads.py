"""A file is what its content says: four kinds, none of which does anything by itself."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from recruitment import passages, storing, uploads
from recruitment.filing import Filed
from tests.recruitment import cast
from tests.rights_requests import hostile

ODT = cast.zipped(mimetype=uploads.ODT.encode(), **{"content.xml": b"<text/>"})
DOCX = cast.zipped(**{"[Content_Types].xml": b"<Types/>", "word__document.xml": b"<document/>"})


def upload(content, name="cv.pdf"):
    return uploads.check(SimpleUploadedFile(name, content))


@pytest.mark.parametrize(
    ("content", "media_type", "ending"),
    [(cast.PDF, uploads.PDF, ".pdf"), ("Café".encode(), uploads.TEXT, ".txt"), (ODT, uploads.ODT, ".odt"), (DOCX, uploads.DOCX, ".docx")],
)
def test_four_kinds_are_known_by_their_content_whatever_they_are_called(content, media_type, ending):
    checked = upload(content, "my.cv.exe")
    assert (checked.media_type, checked.name) == (media_type, f"my.cv{ending}")


def garbled(packed_by: int) -> bytes:
    """A document whose own list is in order, and whose pieces cannot be unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packed_by) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>" * 50)
        archive.writestr("word/document.xml", "<d/>")
    content = bytearray(out.getvalue())
    begins = content.find(b"[Content_Types].xml") + len(b"[Content_Types].xml") + (0 if packed_by == zipfile.ZIP_DEFLATED else 6)
    content[begins : begins + 8] = b"\xff" * 8
    return bytes(content)


REFUSED = {
    "empty": b"",
    "picture": b"\x89PNG\r\n\x1a\n\x00\x00",
    "program": b"MZ\x90\x00\x03",
    "cut off": cast.PDF[:-8],
    "script": cast.PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"),
    "script, disguised": cast.PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/#4aavaScript>>"),
    "files inside": cast.PDF.replace(b"/Catalog", b"/Catalog/Names<</EmbeddedFile 3 0 R>>"),
    "password": cast.PDF.replace(b"trailer<<", b"trailer<</Encrypt 4 0 R"),
    "ordinary zip": cast.zipped(**{"letter.txt": b"hello"}),
    "macros": cast.zipped(**{"[Content_Types].xml": b"<Types/>", "word__document.xml": b"<d/>", "word__vbaProject.bin": b"x"}),
    "macros by type": cast.zipped(**{"[Content_Types].xml": b"macroEnabled", "word__document.xml": b"<d/>"}),
    "bomb": cast.zipped(mimetype=uploads.ODT.encode(), big=b"0" * (uploads.MOST_UNFOLDED + 1)),
    "a web page": b"<html><script>alert(1)</script></html>",
    "script, packed": hostile.pdf(hostile.packed_objects(b"<< /S /JavaScript /JS (app.alert(1)) >>")),
    "script behind a comment": hostile.pdf(b"%stream\n<< /S /JavaScript /JS (app.alert(1)) >>\n%endstream"),
    "archive as well": cast.PDF + hostile.archive(),
    "garbled": garbled(zipfile.ZIP_DEFLATED),
    "garbled in another way": garbled(zipfile.ZIP_LZMA),
    "broken zip": ODT[: len(ODT) // 2],
    "too large": b"a" * (uploads.MOST_BYTES + 1),
}


@pytest.mark.parametrize("what", REFUSED)
def test_everything_else_is_refused_with_a_sentence(what):
    with pytest.raises(ValidationError) as refused:
        upload(REFUSED[what])
    assert str(refused.value.message)


def test_text_of_an_older_program_is_kept_as_everybody_reads_it():
    assert upload("Café".encode("latin-1"), "cv.txt").content == "Café".encode()


def test_a_name_that_turns_the_direction_of_writing_reads_as_it_is():
    assert upload(cast.PDF, "cv\u202efdp.exe").name == "cvfdp.pdf"


def test_the_largest_file_is_taken():
    assert len(upload(b"a" * uploads.MOST_BYTES).content) == uploads.MOST_BYTES


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\secret\\cv.pdf", "a\r\nSet-Cookie: x.pdf", "x" * 300, "", ".pdf"])
def test_a_name_is_one_short_line_without_a_path(name):
    checked = upload(cast.PDF, name or "x")
    assert checked.name.endswith(".pdf")
    assert len(checked.name) <= uploads.NAME_LENGTH
    assert not set("/\\\r\n") & set(checked.name)


@pytest.mark.promise("P008")
def test_card_numbers_in_plain_text_are_masked():
    assert upload(b"Pay 4111 1111 1111 1111 please").content.decode() == "Pay •••• •••• •••• 1111 please"


# Storage.
def read(filed, **changed):
    told = {"file_name": filed.sealed.file_name, "sealed_key": filed.sealed.sealed_key, "bound_to": filed.id, **changed}
    return storing.read(**told)


def test_a_file_lies_encrypted_and_opens_for_its_row_alone():
    first, second = cast.filed(b"My life so far", "cv.txt"), cast.filed(b"Another life", "cv.txt")
    assert b"My life" not in (storing.folder() / first.sealed.file_name).read_bytes()
    assert read(first) == b"My life so far"
    assert read(Filed.from_session(first.for_session())) == b"My life so far"
    for wrong in ({"bound_to": second.id}, {"file_name": second.sealed.file_name}, {"file_name": "gone.age"}, {"sealed_key": b""}):
        with pytest.raises(storing.FileUnreadable):
            read(first, **wrong)


def test_a_key_outlives_a_change_of_the_secret_and_not_its_loss(settings):
    filed = cast.filed()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key of at least so many signs"
    assert read(filed) == cast.PDF
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(storing.FileUnreadable):
        read(filed)


# Passages.
TEXT = "I like maps. I have a cold!\nCall me.\n\nLina"


def test_passages_joined_are_the_text():
    assert "".join(passages.split(TEXT)) == TEXT
    assert [found.strip() for found in passages.split(TEXT)] == ["I like maps.", "I have a cold!", "Call me.", "Lina"]


def test_what_is_taken_out_leaves_its_place_and_nothing_else():
    assert passages.without(TEXT, {1}) == "I like maps. […]\nCall me.\n\nLina"
    assert passages.without(TEXT, set()) == TEXT
    assert passages.version(TEXT) != passages.version(passages.without(TEXT, {1}))
