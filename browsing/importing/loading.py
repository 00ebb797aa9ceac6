"""Loading a log file, piece by piece: rows and how far they go are committed together, so that a killed run is taken up where it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from django.conf import settings
from django.db import IntegrityError

from audit import services as audit
from audit.actor import Actor
from browsing import rules, selectors, writing
from browsing.importing.content import BLOCK, blocks, opened, place_of
from browsing.importing.findings import Counts, Findings, NotRead
from browsing.importing.lines import LONGEST_LINE, TOO_LONG, WHOLE, Found, Reader
from browsing.models import LogFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, datetime
    from pathlib import Path

    from browsing.importing.content import Content, Place

#: Bytes of a file that are committed together.
CHUNK = 4 << 20
#: Rows that are made at a time.
AT_A_TIME = 200
ONCE = "browsing_logfile_once"


@dataclass(slots=True)
class Report:
    """What became of one file. ``known`` are lines that an earlier run read; ``unfinished``: its last line has no end yet."""

    counts: Counts = field(default_factory=Counts)
    findings: Findings = field(default_factory=Findings)
    known: int = 0
    unfinished: bool = False
    problem: str = ""


def nothing(_file: BinaryIO, _counts: Counts) -> None:
    """Report progress to nobody."""


def load(path: Path, *, at: datetime, progress: Callable[[BinaryIO, Counts], None] = nothing) -> Report:
    """Load what of the file no run has loaded yet. What is bad in it is told in the report, and loses nothing else of it.

    Raises:
        OSError: the file cannot be opened.
    """
    report = Report()
    place = place_of(path)
    report.known = place.lines + place.is_within_a_line
    run = _Run(place, report, at=at)
    file, content = opened(path)
    with file, content as readable:
        try:
            run.load(readable, lambda: progress(file, report.counts))
        except NotRead as error:
            report.problem = str(error)
    if report.counts.read:
        audit.record(
            action="visits.imported",
            about=f"browsing.logfile:{run.row.pk if run.row else 'none'}",
            actor=Actor.system("import"),
            at=at,
            read=report.counts.read,
            loaded=report.counts.loaded,
            too_old=report.counts.too_old,
            bad=report.counts.bad,
        )
    return report


class Stream:
    """Rows as a file that COPY reads: they are made while the database takes those before them."""

    def __init__(self, rows: Iterator[str]) -> None:
        self._rows, self._text = rows, ""

    def read(self, size: int) -> str:
        if len(self._text) < size:
            self._text += "".join(islice(self._rows, AT_A_TIME))
        piece, self._text = self._text[:size], self._text[size:]
        return piece


class _Run:
    """One run over one file, from where an earlier one stopped."""

    def __init__(self, place: Place, report: Report, *, at: datetime) -> None:
        self.place, self.report, self.at = place, report, at
        self.row: LogFile | None = None
        self.reader = Reader(
            now=at,
            keep_for=selectors.kept_for(at),
            own_hosts=rules.own_hosts(*settings.BROWSING["own_hosts"]),
        )

    def load(self, content: Content, progress: Callable[[], None]) -> None:
        _skip(content, self.place.size)
        waiting, size = [], 0
        try:
            for piece in blocks(content):
                waiting.append(piece)
                size += len(piece)
                if size >= CHUNK:
                    rest = self._chunk(b"".join(waiting))
                    waiting, size = [rest], len(rest)
                    progress()
        except NotRead:
            # What came before the break is loaded like everything else.
            self._chunk(b"".join(waiting))
            raise
        self._last(self._chunk(b"".join(waiting)))
        progress()

    def _chunk(self, data: bytes) -> bytes:
        """Load the whole lines of ``data``; what is left of it waits for its end."""
        data = self._without_rest_of_line(data)
        cut = data.rfind(b"\n") + 1
        if cut:
            self._load(data[:cut], data[: cut - 1].decode("utf-8", "replace"))
        rest = data[cut:]
        return self._too_long(rest) if len(rest) > LONGEST_LINE else rest

    def _without_rest_of_line(self, data: bytes) -> bytes:
        """After a line that was taken without its end, or was too long, what follows up to the end belongs to it."""
        if not (self.place.is_within_a_line and data):
            return data
        cut = data.find(b"\n") + 1 or len(data)
        self._commit(data[:cut], set(), Found)
        return data[cut:]

    def _too_long(self, rest: bytes) -> bytes:
        found = Found(counts=Counts(read=1, bad=1))
        found.findings.add(self.place.lines + 1, TOO_LONG)
        self._commit(rest, set(), lambda: found)
        return b""

    def _last(self, rest: bytes) -> None:
        """A last line without an end is taken when it is whole for certain; otherwise the server may still be writing it."""
        text = rest.decode("utf-8", "replace").removesuffix("\r")
        if not text:
            return
        if WHOLE.fullmatch(text) is not None:
            self._load(rest, text)
        else:
            self.report.unfinished = True

    def _load(self, data: bytes, text: str) -> None:
        """Read whole lines while the database takes the rows of those before them."""
        first = self.place.lines + 1
        texts = [one.removesuffix("\r") for one in text.split("\n")]

        def write() -> Found:
            found = Found()
            writing.copy(Stream(self.reader.rows(texts, first=first, found=found)))
            writing.to_count_again(found.days)
            return found

        self._commit(data, self.reader.mondays(text), write)

    def _commit(self, data: bytes, mondays: set[date], write: Callable[[], Found]) -> None:
        """Raises ``NotRead`` when somebody else loads the same file at the same time: one of the two goes on."""
        self.place.go_on(data)
        try:
            self.row, found = writing.in_weeks(mondays, lambda: self._written(write))
        except IntegrityError as error:
            if ONCE not in str(error):
                raise
            raise NotRead("another run loads the same file at this moment") from error
        self.report.counts += found.counts
        self.report.findings.take(found.findings)

    def _written(self, write: Callable[[], Found]) -> tuple[LogFile, Found]:
        found = write()
        return self._noted(found.counts), found

    def _noted(self, counts: Counts) -> LogFile:
        """How far this run has come. Each run has a row of its own, so that an older copy of a file that grew is known too."""
        before = self.report.counts
        noted = LogFile(
            digest=self.place.digest.digest(),
            size=self.place.size,
            lines=self.place.lines,
            loaded=before.loaded + counts.loaded,
            too_old=before.too_old + counts.too_old,
            bad=before.bad + counts.bad,
            read_at=self.at,
        )
        if self.row is not None:
            noted.pk = self.row.pk
        noted.save(force_insert=self.row is None, force_update=self.row is not None)
        return noted


def _skip(content: Content, size: int) -> None:
    """Go to where the first ``size`` bytes of the content end."""
    while size:
        piece = content.read(min(size, BLOCK))
        if not piece:
            return
        size -= len(piece)
