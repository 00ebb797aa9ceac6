"""Files of mails, and a folder on a server: every mail once, whatever else lies there."""

from __future__ import annotations

from io import BytesIO, StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from letters.incoming import sources
from letters.incoming.sources import NoMailServer, mails_in
from rights_requests import tasks
from rights_requests.models import IncomingMail, RightsRequest
from rights_requests.services import mail_in
from tests.letters.imap_server import Folder, serving
from tests.letters.mail_cast import mail

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pytest_django.fixtures import Settings

LINE = b"From noor@customer.example Mon Jun  1 10:00:00 2026\n"


def break_at_hello(monkeypatch, error: type[Exception]) -> None:
    """Whatever says hello cannot be taken in; the rest is."""
    take_in = mail_in.receive

    def broken(*, raw: bytes, at: datetime) -> mail_in.Received:
        if b"hello" in raw:
            raise error
        return take_in(raw=raw, at=at)

    monkeypatch.setattr(mail_in, "receive", broken)


def box(*mails: bytes) -> bytes:
    return b"".join(LINE + raw + b"\n\n" for raw in mails)


class TestFiles:
    def test_a_saved_mail_is_one(self):
        raw = mail("hello")
        assert [found.raw for found in mails_in(BytesIO(raw))] == [raw]

    def test_an_mbox_is_as_many_as_it_says_each_with_its_place(self):
        raw = box(mail("one"), mail("two"))
        found = list(mails_in(BytesIO(raw)))
        assert [b"one" in mail.raw for mail in found] == [True, False]
        assert [raw[mail.position :].startswith(LINE) for mail in found] == [True, True]

    def test_words_that_look_like_a_beginning_are_words(self):
        assert len(list(mails_in(BytesIO(box(mail("Hello\n\nFrom now on you\n\n>From x Mon 10:00 2026")))))) == 1

    def test_no_more_of_a_mail_is_held_than_is_read(self, monkeypatch):
        monkeypatch.setattr(sources, "MOST_BYTES", 1_000)
        monkeypatch.setattr(sources, "_CHUNK", 100)
        found = list(mails_in(BytesIO(box(mail("x" * 50_000), mail("second")))))
        assert len(found) == 2
        assert len(found[0].raw) <= 1_100

    def test_an_empty_file_holds_one_that_is_none(self):
        assert [found.raw for found in mails_in(BytesIO(b""))] == [b""]


@pytest.mark.django_db
class TestCommand:
    def imported(self, *paths: Path) -> tuple[str, str]:
        out, err = StringIO(), StringIO()
        call_command("import_mail", *map(str, paths), stdout=out, stderr=err)
        return out.getvalue().strip(), err.getvalue()

    def test_it_counts_what_became_of_each_and_names_what_is_bad(self, tmp_path):
        good = mail("Delete my data", Message_ID="<one@customer.example>")
        box_path, one_path = tmp_path / "all.mbox", tmp_path / "one.eml"
        box_path.write_bytes(box(good, b"\x00rubbish", mail("hello"), mail(Auto_Submitted="auto-replied"), good))
        one_path.write_bytes(mail("Je demande le droit d'accès", sender="emile@free.example"))

        said, bad = self.imported(box_path, one_path)

        assert said == "6 read, 2 requests, 0 messages, 1 to sort, 1 automatic, 1 already known, 1 bad"
        assert f"{box_path}: mail 2, at byte {len(LINE) + len(good) + 2}, cannot be read (NotAMail)" in bad
        assert RightsRequest.objects.count() == 2

    def test_a_second_time_nothing_changes(self, tmp_path):
        path = tmp_path / "all.mbox"
        path.write_bytes(box(mail("Delete my data"), mail("hello")))
        self.imported(path)

        assert self.imported(path)[0] == "2 read, 0 requests, 0 messages, 0 to sort, 0 automatic, 2 already known, 0 bad"
        assert RightsRequest.objects.count() == 1

    def test_a_file_that_is_not_there_stops_before_anything_is_taken_in(self, tmp_path):
        path = tmp_path / "one.eml"
        path.write_bytes(mail())
        with pytest.raises(CommandError, match="cannot be read"):
            self.imported(path, tmp_path / "none.eml")
        assert not IncomingMail.objects.exists()


@pytest.mark.django_db
class TestFolder:
    def test_each_unseen_mail_is_taken_in_and_marked(self, settings: Settings):
        folder = Folder(mail("Delete my data"), mail("hello"), b"\x00rubbish")
        with serving(folder) as settings.IMAP_URL:
            tasks.fetch_mail()
            tasks.fetch_mail()

        assert folder.flags == {1: r"(\Seen)", 2: r"(\Seen)", 3: r"(\Seen \Flagged)"}
        assert IncomingMail.objects.count() == 2
        assert 'SELECT "Privacy requests"' in folder.said
        assert sum(line.startswith("UID FETCH") for line in folder.said) == 3

    def test_what_could_not_be_written_down_stays_unseen_and_comes_again(self, settings: Settings, monkeypatch):
        folder = Folder(mail("hello"))

        def broken(**_given: object) -> None:
            raise OperationalError

        with serving(folder) as settings.IMAP_URL:
            with monkeypatch.context() as patch:
                patch.setattr(mail_in, "receive", broken)
                with pytest.raises(OperationalError):
                    tasks.fetch_mail()
            assert folder.flags == {}
            tasks.fetch_mail()
        assert folder.flags == {1: r"(\Seen)"}

    def test_a_mail_that_fails_keeps_none_behind_it_waiting(self, settings: Settings, monkeypatch):
        folder = Folder(mail("hello"), mail("Delete my data"))
        break_at_hello(monkeypatch, LookupError)
        with serving(folder) as settings.IMAP_URL, pytest.raises(LookupError):
            tasks.fetch_mail()
        assert folder.flags == {2: r"(\Seen)"}
        assert RightsRequest.objects.count() == 1

    def test_however_many_fail_at_the_front_those_behind_have_their_turn(self, settings: Settings, monkeypatch):
        folder = Folder(*[mail(f"hello {number}") for number in range(3)], mail("Delete my data"))
        monkeypatch.setattr(sources, "MOST_AT_ONCE", 2)
        with serving(folder) as settings.IMAP_URL:
            with monkeypatch.context() as broken:
                break_at_hello(broken, LookupError)
                for _time in range(2):
                    with pytest.raises(LookupError):
                        tasks.fetch_mail()
            assert folder.flags == {4: r"(\Seen)"}
            for _time in range(2):
                tasks.fetch_mail()
        assert sorted(folder.flags) == [1, 2, 3, 4], "and those in front are tried again"

    def test_a_mail_that_breaks_the_line_each_time_keeps_none_behind_it_waiting(self, settings: Settings, monkeypatch):
        folder = Folder(mail("hello"), mail("Delete my data"))
        break_at_hello(monkeypatch, ConnectionError)
        with serving(folder) as settings.IMAP_URL:
            for _time in range(2):
                with pytest.raises(ConnectionError):
                    tasks.fetch_mail()
        assert folder.flags == {2: r"(\Seen)"}

    def test_without_an_address_nobody_looks(self, settings: Settings, monkeypatch):
        settings.IMAP_URL = ""
        monkeypatch.setattr(sources, "fetch", pytest.fail)
        tasks.fetch_mail()

    @pytest.mark.parametrize("url", ["imap://noor:secret@mail.example/INBOX", "https://mail.example/", "imaps:///x"])
    def test_nothing_is_asked_without_encryption(self, url):
        with pytest.raises(NoMailServer):
            sources.fetch(url, take=pytest.fail)

    def test_a_folder_that_does_not_exist_is_said_to_be_none(self):
        with serving(Folder()) as url, pytest.raises(NoMailServer):
            sources.fetch(url.replace("Privacy", "wrong"), take=pytest.fail)
