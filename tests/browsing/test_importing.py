"""Log files taken over as visits: every line told of, none twice, none lost, whatever the file is called and however a run ends."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.models import Event
from browsing.importing import content, lines, loading
from browsing.importing.findings import Counts
from browsing.importing.loading import load
from browsing.models import LogFile, Visit
from tests.browsing.cast import CHROME, FIREFOX, line

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parent.parent.parent
NOW = timezone.now().replace(microsecond=0)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
YESTERDAY = NOW - DAY


@pytest.fixture
def log(tmp_path):
    def write(texts: list[str], name: str = "access.log", end: str = "\n") -> Path:
        path = tmp_path / name
        data = "\n".join(texts) + end
        path.write_bytes(gzip.compress(data.encode()) if name.endswith(".gz") else data.encode())
        return path

    return write


def told(report):
    counts = report.counts
    return (counts.read, counts.loaded, counts.too_old, counts.bad)


@pytest.mark.promise("P016")
def test_a_line_becomes_exactly_what_the_policy_names(log):
    path = log([line(YESTERDAY, ip="203.0.113.9", referrer="https://search.example/find?q=noor@customer.example#top", agent=CHROME)])

    load(path, at=NOW)

    visit = Visit.objects.values().get()
    del visit["id"]
    assert visit == {
        "at": YESTERDAY,
        "ip": "203.0.113.9",
        "browser": "Chrome 126",
        "platform": "Windows 10",
        "referrer": "https://search.example/find",
        "language": "",
        "country": "",
    }


@pytest.mark.parametrize(
    "text",
    [
        line(YESTERDAY) + ' "-"',
        line(YESTERDAY) + ' "203.0.113.8" rt=0.004',
        line(YESTERDAY).replace(" - - [", " - noor vermeulen ["),
        line(YESTERDAY).replace(" 200 512 ", " 304 - "),
        line(YESTERDAY, request=r"GET /\"quoted\" HTTP/1.1"),
        line(YESTERDAY, request="-"),
        line(YESTERDAY, request=r"\x16\x03\x01\x02"),
        line(YESTERDAY, agent=r"say \"hello\" \\"),
        line(YESTERDAY, agent=""),
        line(YESTERDAY, ip="2001:db8::17"),
        line(YESTERDAY, ip="::ffff:192.0.2.77"),
        line(YESTERDAY) + "\r",
    ],
    # Without the day of today, which two processes may see change between them.
    ids=range(12),
)
def test_what_servers_write_is_understood(log, text):
    assert told(load(log([text]), at=NOW)) == (1, 1, 0, 0)
    assert Visit.objects.get().ip in {"192.0.2.77", "2001:db8::17"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", lines.FORMAT),
        ("nothing of the sort", lines.FORMAT),
        ('192.0.2.77 - - [10/Oct/2026:13:55:36 +0200] "GET / HTTP/1.1" 200 2326', lines.FORMAT),
        (line(YESTERDAY)[:-1], lines.FORMAT),
        (line(YESTERDAY, ip="www.customer.example"), lines.NO_ADDRESS),
        (line(YESTERDAY, ip="300.1.1.1"), lines.NO_ADDRESS),
        (line(YESTERDAY, ip="fe80::1%eth0"), lines.NO_ADDRESS),
        (line(YESTERDAY).replace(f"{YESTERDAY:%d/%b/%Y}", "31/Feb/2026"), lines.NO_TIME),
        (line(YESTERDAY).replace(f"{YESTERDAY:%b}", "Foo"), lines.NO_TIME),
        (line(YESTERDAY).replace(f"{YESTERDAY:%H:%M}", "25:00"), lines.NO_TIME),
        (line(YESTERDAY).replace("+0000", "+9900"), lines.NO_TIME),
        (line(NOW + timedelta(days=2)), lines.FUTURE),
        (line(YESTERDAY).replace(f"{YESTERDAY:%H:%M:%S}", "12:61:00"), lines.NO_TIME),
        (line(YESTERDAY).replace(f"{YESTERDAY:%H:%M:%S}", "12:00:7 "), lines.NO_TIME),
        ("\x00" * 40, lines.FORMAT),
        ("é" * 40_000, lines.TOO_LONG),
    ],
)
def test_a_bad_line_is_named_by_number_and_reason_and_costs_no_other(log, text, reason):
    report = load(log([line(YESTERDAY), text, line(YESTERDAY)]), at=NOW)

    assert told(report) == (3, 2, 0, 1)
    assert report.findings.shown == [(2, reason)]
    assert Visit.objects.count() == 2


def test_a_file_of_nothing_but_bad_lines_names_the_first_and_counts_all(log):
    report = load(log(["bad"] * 1000), at=NOW)

    assert told(report) == (1000, 0, 0, 1000)
    assert list(report.findings.lines())[-1] == "and 980 more"


@pytest.mark.promise("P074")
def test_what_is_past_twelve_months_is_counted_and_not_loaded(log):
    limit = NOW - timedelta(days=366)
    report = load(log([line(limit - timedelta(days=1)), line(YESTERDAY), line(limit - timedelta(days=800))]), at=NOW)

    assert told(report) == (3, 1, 2, 0)
    assert Visit.objects.get().at == YESTERDAY


@pytest.mark.promise("P074")
def test_at_the_edge_each_second_is_looked_at_by_itself(log):
    """Now is one year after 12:30:30; the day ahead that a wrong clock may show ends at the same second."""
    now = NOW.replace(hour=12, minute=30, second=30)
    year = now.replace(year=now.year - 1) if (now.month, now.day) != (2, 29) else now.replace(year=now.year - 1, day=28)
    limits = [year - SECOND, year, year + SECOND, now + DAY, now + DAY + SECOND]

    report = load(log([line(at) for at in limits]), at=now)

    assert told(report) == (5, 2, 2, 1)
    assert report.findings.shown == [(5, lines.FUTURE)]
    assert sorted(Visit.objects.values_list("at", flat=True)) == [year + SECOND, now + DAY]


@pytest.mark.parametrize("zone", ["+0000", "+0200", "-0700", "+0530", "-0330", "+1400"])
def test_times_of_any_zone_are_the_instant_they_name(log, zone):
    local = YESTERDAY.astimezone(datetime.strptime(zone, "%z").tzinfo)
    load(log([line(local), line(local).replace(f"{local:%S} {zone}", f"60 {zone}")]), at=NOW)

    leap = Visit.objects.order_by("at").last()
    assert {visit.at for visit in Visit.objects.all()} == {YESTERDAY, YESTERDAY.replace(second=59)}
    assert leap.pk.int >> 80 == int(leap.at.timestamp() * 1000)


def test_identical_lines_are_as_many_visits(log):
    assert told(load(log([line(YESTERDAY)] * 3), at=NOW)) == (3, 3, 0, 0)
    assert Visit.objects.count() == 3


def test_a_second_run_adds_nothing_whatever_the_file_is_called(log):
    texts = [line(YESTERDAY + timedelta(seconds=number)) for number in range(50)]
    load(log(texts), at=NOW)

    for name in ("access.log", "access.log.1", "access.log.2.gz", "renamed"):
        report = load(log(texts, name), at=NOW)
        assert (told(report), report.known) == ((0, 0, 0, 0), 50)
    assert Visit.objects.count() == 50


def test_a_file_that_grew_gives_what_is_new_and_an_older_copy_nothing(log):
    texts = [line(YESTERDAY + timedelta(seconds=number)) for number in range(30)]
    load(log(texts[:10]), at=NOW)

    assert told(load(log(texts), at=NOW)) == (20, 20, 0, 0)
    assert told(load(log(texts[:10], "older.gz"), at=NOW)) == (0, 0, 0, 0)
    assert told(load(log(texts, "grown.gz"), at=NOW)) == (0, 0, 0, 0)
    assert Visit.objects.count() == 30


def test_another_file_that_begins_alike_is_another_file(log):
    same = line(YESTERDAY)
    load(log([same, line(YESTERDAY, agent=CHROME)]), at=NOW)

    assert told(load(log([same, line(YESTERDAY, agent=FIREFOX)], "other.log"), at=NOW)) == (2, 2, 0, 0)


def test_a_last_line_without_an_end_is_taken_when_it_is_whole_and_once(log):
    whole, cut = line(YESTERDAY), line(YESTERDAY)[:60]

    first = load(log([whole, whole], end=""), at=NOW)
    then = load(log([whole, whole, cut], end=""), at=NOW)
    last = load(log([whole, whole, whole], end="\n"), at=NOW)

    assert [told(one) for one in (first, then, last)] == [(2, 2, 0, 0), (0, 0, 0, 0), (1, 1, 0, 0)]
    assert (first.unfinished, then.unfinished, last.unfinished) == (False, True, False)
    assert Visit.objects.count() == 3


def test_what_follows_a_line_that_was_taken_without_its_end_belongs_to_it(log):
    load(log([line(YESTERDAY)], end=""), at=NOW)

    report = load(log([line(YESTERDAY) + ' "-"', line(YESTERDAY)]), at=NOW)

    assert told(report) == (1, 1, 0, 0)


def test_a_broken_compressed_file_gives_what_it_can_and_says_where_it_broke(log, tmp_path):
    whole = log([line(YESTERDAY + timedelta(seconds=number)) for number in range(5000)], "whole.gz").read_bytes()
    broken = tmp_path / "broken.gz"
    broken.write_bytes(whole[: len(whole) // 2])

    report = load(broken, at=NOW)

    assert "broken" in report.problem
    assert 0 < report.counts.loaded == Visit.objects.count() < 5000
    assert told(load(tmp_path / "whole.gz", at=NOW))[1] == 5000 - report.counts.loaded
    assert Visit.objects.count() == 5000


@pytest.mark.parametrize("chunk", [1, 100, 1000, 10_000])
def test_chunks_of_any_size_give_the_same(log, monkeypatch, chunk):
    monkeypatch.setattr(loading, "CHUNK", chunk)
    monkeypatch.setattr(content, "BLOCK", chunk)
    texts = [line(YESTERDAY + timedelta(seconds=number)) if number % 7 else "bad" for number in range(70)]

    report = load(log(texts), at=NOW)

    assert told(report) == (70, 60, 0, 10)
    assert [number for number, _reason in report.findings.shown] == list(range(1, 71, 7))
    assert Visit.objects.count() == 60


def test_a_key_says_the_time_of_the_visit(log):
    load(log([line(YESTERDAY), line(YESTERDAY - timedelta(days=60))]), at=NOW)

    keys = list(Visit.objects.order_by("at").values_list("pk", flat=True))
    assert keys == sorted(keys)
    assert [key.version for key in keys] == [7, 7]
    assert keys[1].int >> 80 == int(YESTERDAY.timestamp() * 1000)


def test_a_run_is_told_in_one_event_without_what_it_read(log):
    load(log([line(YESTERDAY), "bad"]), at=NOW)

    event = Event.objects.get(action="visits.imported")
    assert event.details == {"read": 2, "loaded": 1, "too_old": 0, "bad": 1}


def test_the_command_ends_with_one_line_of_counts_over_all_files(log, tmp_path):
    out, err = StringIO(), StringIO()
    first, second = log([line(YESTERDAY), "bad"]), log([line(YESTERDAY)] * 2, "access.log.1.gz")

    call_command("import_access_log", first, second, stdout=out, stderr=err)

    assert out.getvalue() == "4 read, 3 loaded, 0 too old, 1 bad\n"
    assert f"{first}: line 2: {lines.FORMAT}" in err.getvalue()


def test_the_command_goes_on_after_a_file_that_is_not_there_and_says_so(log, tmp_path):
    out = StringIO()

    with pytest.raises(CommandError, match=r"gone\.log: cannot be read"):
        call_command("import_access_log", tmp_path / "gone.log", tmp_path, log([line(YESTERDAY)]), stdout=out, stderr=StringIO())

    assert out.getvalue() == "1 read, 1 loaded, 0 too old, 0 bad\n"


@pytest.mark.parametrize("name", ["-", "pipe"])
def test_what_can_be_read_once_only_is_refused_and_the_other_files_are_loaded(log, tmp_path, name):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    out = StringIO()
    with pytest.raises(CommandError, match="Save it first"):
        call_command("import_access_log", pipe if name == "pipe" else name, log([line(YESTERDAY)]), stdout=out, stderr=StringIO())

    assert out.getvalue() == "1 read, 1 loaded, 0 too old, 0 bad\n"


@pytest.mark.parametrize("days", [-10, 400])
def test_the_clock_of_whoever_loads_a_file_makes_no_line_too_old_and_none_bad(log, time_machine, days):
    now = timezone.now().replace(microsecond=0)
    path = log([line(now - timedelta(days=1)), line(now - timedelta(days=380))])
    time_machine.move_to(now + timedelta(days=days))
    out = StringIO()

    call_command("import_access_log", path, stdout=out, stderr=StringIO())

    assert out.getvalue() == "2 read, 1 loaded, 1 too old, 0 bad\n"


def test_an_empty_file_is_read_and_holds_nothing(log):
    assert told(load(log([], end=""), at=NOW)) == (0, 0, 0, 0)
    assert not LogFile.objects.exists()


def test_counts_add_up():
    total = Counts()
    total += Counts(read=3, loaded=1, too_old=1, bad=1)
    total += Counts(read=1_000, loaded=1_000)
    assert str(total) == "1,003 read, 1,001 loaded, 1 too old, 1 bad"


@pytest.mark.django_db(transaction=True)
def test_a_killed_run_is_taken_up_where_it_was(log):
    """SIGKILL between two commits: no line is lost and none is loaded twice."""
    number = 60_000
    path = log([line(YESTERDAY + timedelta(seconds=one % 3600), ip=f"192.0.2.{one % 250}") for one in range(number)])
    command = [sys.executable, "manage.py", "import_access_log", str(path)]
    with subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        end = time.monotonic() + 60
        while not Visit.objects.exists() and running.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
    before = Visit.objects.count()

    report = load(path, at=timezone.now())

    assert 0 < before < number
    assert report.known == before
    assert Visit.objects.count() == number


@pytest.mark.django_db(transaction=True)
def test_two_runs_over_one_file_at_a_time_load_it_once(log, monkeypatch):
    """The second finds the first piece taken, says so, and loads nothing twice."""
    path = log([line(YESTERDAY + timedelta(seconds=one)) for one in range(10)])
    write = loading._Run._written

    def slow(run: object, work: object) -> object:
        if not LogFile.objects.exists():
            other = load_elsewhere(path)
            assert other.returncode == 0
        return write(run, work)

    def load_elsewhere(path: Path) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "manage.py", "import_access_log", str(path)], cwd=ROOT, env=dict(os.environ), capture_output=True, check=False
        )

    monkeypatch.setattr(loading._Run, "_written", slow)
    report = load(path, at=NOW)

    assert "another run" in report.problem
    assert Visit.objects.count() == 10


def test_memory_stays_flat(log, tmp_path, monkeypatch):
    """What is remembered of lines has an end, however many different ones there are."""
    monkeypatch.setattr(lines, "REMEMBERED", 50)
    texts = [
        line(YESTERDAY + timedelta(seconds=one), referrer=f"https://site{one}.example/", ip=f"2001:db8::{one:x}") for one in range(500)
    ]
    made = []
    real = lines.Reader.__init__

    def remember(reader: lines.Reader, **given: object) -> None:
        real(reader, **given)
        made.append(reader)

    monkeypatch.setattr(lines.Reader, "__init__", remember)
    assert told(load(log(texts), at=NOW)) == (500, 500, 0, 0)
    (reader,) = made
    assert max(len(reader._hours), len(reader._addresses), len(reader._referrers)) <= 50
