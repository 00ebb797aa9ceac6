"""Reading mails: honest ones, broken ones, and those made to break the reader."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letters.incoming import reading, words
from letters.incoming.reading import NotAMail, read
from tests.letters.mail_cast import mail

AT = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
#: Seconds of the processor; these take a twentieth of it, and took twenty times as much.
SLOW = 2


def test_an_ordinary_mail_says_who_what_and_when():
    found = read(mail("Bonjour,\r\nMerci.", subject="Réf. R-7KQ4-M2", sent_at=AT - timedelta(days=1)), at=AT)
    assert (found.sender, found.sender_name) == ("noor@customer.example", "Noor Vermeulen")
    assert found.text == "Bonjour,\nMerci."
    assert found.references == ("R-7KQ4-M2",)
    assert found.received_at == AT - timedelta(days=1)
    assert not found.is_automatic


class TestWhenItCame:
    def test_the_topmost_server_counts_before_what_the_sender_wrote(self):
        received = "from x by mx.oxygis.example; Fri, 29 May 2026 10:00:00 +0200"
        older = "Received: from a by b; Thu, 28 May 2026 10:00:00 +0200\r\n"
        raw = f"Received: {received}\r\n{older}".encode() + mail(sent_at=AT - timedelta(days=40))
        assert read(raw, at=AT).received_at == datetime(2026, 5, 29, 8, 0, tzinfo=UTC)

    @pytest.mark.parametrize(
        "date", ["Mon, 01 Jun 2099 10:00:00 +0000", "rubbish", "Mon, 99 Foo 2026", "Tue, 01 Jan 1980 00:00:00 +0000", ""]
    )
    def test_a_wrong_clock_never_moves_it_out_of_the_possible(self, date):
        assert read(mail(Date=date), at=AT).received_at == AT

    def test_an_impossible_server_date_leaves_the_one_of_the_sender(self):
        raw = b"Received: from x; Tue, 01 Jan 1980 00:00:00 +0000\r\n" + mail(sent_at=AT - timedelta(days=2))
        assert read(raw, at=AT).received_at == AT - timedelta(days=2)


class TestText:
    def test_html_alone_becomes_words_without_scripts_and_styles(self):
        html = "<head><style>p{}</style><title>x</title></head><p>Bonjour&nbsp;&eacute;</p><script>alert(1)</script><p>Merci<br>Noor"
        raw = f"From: a@b.example\nContent-Type: text/html\n\n{html}".encode()
        assert read(raw, at=AT).text == "Bonjour é\n\nMerci\nNoor"

    def test_the_plain_part_goes_before_the_html(self):
        assert read(mail("plain", html="<p>rich</p>"), at=AT).text == "plain"

    def test_bytes_without_a_charset_are_read_as_what_they_look_like(self):
        assert read("From: a@b.example\n\ncafé".encode(), at=AT).text == "café"
        assert read(b"From: a@b.example\n\ncaf\xe9", at=AT).text == "café"

    def test_a_charset_that_does_not_exist_is_no_reason_to_lose_it(self):
        raw = "From: a@b.example\nContent-Type: text/plain; charset=klingon\n\ncafé".encode()
        assert read(raw, at=AT).text == "café"

    def test_what_cannot_be_stored_or_turns_the_line_is_left_out(self):
        assert read("From: a@b.example\n\nno\x00thing \u202ehidden".encode(), at=AT).text == "nothing hidden"

    def test_a_mail_inside_the_mail_is_somebody_elses(self):
        inner = mail("delete my data").decode()
        raw = (
            "From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nSee below.\n--x\nContent-Type: message/rfc822\n\n"
            f"{inner}\n--x--\n"
        )
        assert read(raw.encode(), at=AT).text == "See below."

    def test_it_is_cut_where_it_is_too_long(self):
        assert len(read(b"From: a@b.example\n\n" + b"word " * 100_000, at=AT).text) <= reading.MOST_TEXT


class TestHostile:
    def test_more_bytes_than_we_read_still_make_a_mail(self, monkeypatch):
        monkeypatch.setattr(reading, "MOST_BYTES", 2_000)
        raw = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\ndelete my data\n--x\n\n" + b"A" * 100_000
        assert "delete my data" in read(raw, at=AT).text

    def test_nesting_without_end_is_read_by_its_header(self):
        nested = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(5_000))
        found = read(f"From: a@b.example\nSubject: deep\n{nested}".encode(), at=AT)
        assert (found.sender, found.subject) == ("a@b.example", "deep")

    @pytest.mark.parametrize(
        "header",
        [
            "From: =?utf-8?q?=ff?= <a@b.example",
            "From: \xff\xfe",
            "From: " + "(" * 9_000,
            "From: ,,,;;@",
            "From: a@b.example\nSubject: =?x?y?z?=",
        ],
    )
    def test_headers_that_no_grammar_knows(self, header):
        assert read(f"{header}\nDate: x\n\nhello".encode("latin-1"), at=AT).text == "hello"

    @pytest.mark.parametrize(
        ("headers", "files"),
        [
            ('multipart/mixed; a="' + ";" * 100_000, []),
            ("application/pdf\nContent-Disposition: attachment; " + ";" * 400_000, [""]),
            ('application/pdf\nContent-Disposition: attachment; filename="' + "=?a?q?x " * 25_000, ['"=?a?q?x']),
        ],
    )
    def test_a_header_without_end_takes_no_time(self, headers, files):
        began = process_time()
        found = read(f"From: a@b.example\nContent-Type: {headers}\n\nhi".encode(), at=AT)
        assert process_time() - began < SLOW
        assert [file.name.split(" ")[0] for file in found.files] == files

    @pytest.mark.parametrize("opened", ["<a ", "<!--", "<a x='y\" ", "<?", "<![CDATA["])
    def test_markup_that_is_opened_and_never_closed_takes_no_time(self, opened):
        began = process_time()
        found = read(f"From: a@b.example\nContent-Type: text/html\n\n<p>Delete my data</p>{opened * 40_000}".encode(), at=AT)
        assert process_time() - began < SLOW
        assert found.text.startswith("Delete my data")

    @pytest.mark.parametrize("opened", ["<![x[", "<![", "<![ ]>", "<![if !mso]>", "<![x"])
    def test_sections_that_no_markup_knows_hide_no_words(self, opened):
        found = read(f"From: a@b.example\nContent-Type: text/html\n\n{opened}<p>Delete my data</p>".encode(), at=AT)
        assert "Delete my data" in found.text

    def test_of_markup_in_many_parts_no_more_is_read_than_of_one(self, monkeypatch):
        monkeypatch.setattr(reading, "MOST_HTML", 22)
        part = "--x\nContent-Type: text/html\n\n<p>delete my data</p>\n"
        raw = f"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n{part * 3}--x--\n"
        assert read(raw.encode(), at=AT).text.count("delete") == 1

    @pytest.mark.parametrize("raw", [b"", b"\x00\x00", b"\x89PNG\r\n\x1a\n", b"just words"])
    def test_what_is_no_mail_is_said_to_be_none(self, raw):
        with pytest.raises(NotAMail):
            read(raw, at=AT)

    @given(st.binary(max_size=300))
    @settings(max_examples=150, deadline=None)
    def test_no_bytes_break_it(self, body):
        found = read(b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n" + body, at=AT)
        assert "\x00" not in found.text + found.subject + found.sender
        assert found.received_at <= AT


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"Return_Path": "<>"},
        {"List_Id": "<news.list.example>"},
        {"sender": "MAILER-DAEMON@mx.example"},
    ],
)
def test_machines_are_told_from_people(headers):
    assert read(mail(**headers), at=AT).is_automatic


def test_who_says_no_machine_wrote_it_is_a_person():
    assert not read(mail(Auto_Submitted="no"), at=AT).is_automatic


def test_the_same_message_id_is_the_same_mail():
    one, two = (read(mail(text, Message_ID="<a@b.example>"), at=AT).digest for text in ("one", "two"))
    assert one == two != read(mail("one"), at=AT).digest


def test_the_thread_is_what_it_answers():
    found = read(mail(In_Reply_To="<one@oxygis.example>", References="<zero@x.example> <one@oxygis.example>"), at=AT)
    assert found.thread == ("<one@oxygis.example>", "<zero@x.example>")


def test_keys_of_our_links_are_left_out_of_an_answer_that_quotes_them():
    key = secrets.token_urlsafe(32)
    found = read(mail(f"No thanks.\n> Not to be kept: https://oxygis.example/jobs/keep/{key}/\n> or https://x.example/{key}"), at=AT)
    assert key not in found.text
    assert "https://oxygis.example/jobs/keep/…/" in found.text


def test_lines_of_the_mail_that_is_answered_are_left_out_and_nothing_else():
    text = "Hello,\n\nOn Monday HR wrote:\n> Can you come on Tuesday?\nYes.\n> And bring papers.\nI will. 2 > 1"
    assert words.without_quoted(text) == "Hello,\n\nOn Monday HR wrote:\nYes.\nI will. 2 > 1"


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("Please send me what you have about me.", "en"),
        ("Je vous demande une copie de mes données.", "fr"),
        ("Graag had ik een kopie van mijn gegevens.", "nl"),
        ("", "en"),
    ],
)
def test_the_language_is_guessed_by_small_words(said, language):
    assert words.language_of(said) == language
