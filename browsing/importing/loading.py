"""Loading a log file, piece by piece: rows and how far they go are committed together, so that a killed run is taken up where it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import StringIO
from typing import TYPE_CHECKING, BinaryIO

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import IntegrityError

from audit import services as audit
from audit.actor import Actor
from browsing import rules, writing
from browsing.importing.content import BLOCK, blocks, opened, place_of
from browsing.importing.findings import Counts, Findings, NotRead
from browsing.importing.lines import LONGEST_LINE, TOO_LONG, WHOLE, Reader, Rows
from browsing.models import LogFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from browsing.importing.content import Content, Place

#: Bytes of a file that are committed together.
CHUNK = 4 << 20
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


class _Run:
    """One run over one file, from where an earlier one stopped."""

    def __init__(self, place: Place, report: Report, *, at: datetime) -> None:
        self.place, self.report, self.at = place, report, at
        self.row: LogFile | None = None
        self.reader = Reader(
            now=at,
            keep_for=relativedelta(months=settings.BROWSING["keep_months"]),
            own_hosts=rules.own_hosts(*settings.BROWSING["own_hosts"]),
            findings=report.findings,
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
            texts = data[:cut].decode("utf-8", "replace").split("\n")
            texts.pop()
            self._commit(data[:cut], *self._rows(texts))
        rest = data[cut:]
        return self._too_long(rest) if len(rest) > LONGEST_LINE else rest

    def _without_rest_of_line(self, data: bytes) -> bytes:
        """After a line that was taken without its end, or was too long, what follows up to the end belongs to it."""
        if not (self.place.is_within_a_line and data):
            return data
        cut = data.find(b"\n") + 1 or len(data)
        self._commit(data[:cut], Rows(), Counts())
        return data[cut:]

    def _too_long(self, rest: bytes) -> bytes:
        self.report.findings.add(self.place.lines + 1, TOO_LONG)
        self._commit(rest, Rows(), Counts(read=1, bad=1))
        return b""

    def _last(self, rest: bytes) -> None:
        """A last line without an end is taken when it is whole for certain; otherwise the server may still be writing it."""
        text = rest.decode("utf-8", "replace").removesuffix("\r")
        if not text:
            return
        if WHOLE.fullmatch(text) is not None:
            self._commit(rest, *self._rows([text]))
        else:
            self.report.unfinished = True

    def _rows(self, texts: list[str]) -> tuple[Rows, Counts]:
        counts = Counts()
        rows = self.reader.rows([text.removesuffix("\r") for text in texts], first=self.place.lines + 1, counts=counts)
        return rows, counts

    def _commit(self, data: bytes, rows: Rows, counts: Counts) -> None:
        """Raises ``NotRead`` when somebody else loads the same file at the same time: one of the two goes on."""
        self.place.go_on(data)
        try:
            self.row = writing.in_weeks(rows.mondays, lambda: self._write(rows, counts))
        except IntegrityError as error:
            if ONCE not in str(error):
                raise
            raise NotRead("another run loads the same file at this moment") from error
        self.report.counts += counts

    def _write(self, rows: Rows, counts: Counts) -> LogFile:
        row = self._noted(counts)
        if rows.lines:
            writing.copy(StringIO("".join(rows.lines)))
            writing.to_count_again(rows.days)
        return row

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
