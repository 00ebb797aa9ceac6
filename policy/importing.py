"""The register of processors as a file: read whole or not at all, written so that reading it again changes nothing.

A line is a processor, a paper of it, or both: the first line of a code says everything of the processor, each further line one more paper.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any, BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.importing.columns import CONTROL, countries
from accounts.importing.findings import Findings, NotImported, Unreadable
from accounts.importing.reading import Record, read
from audit import services as audit
from datamap import registering, spreadsheets
from datamap.enums import PaperKind, Role, Service
from datamap.models import Paper, Processor

if TYPE_CHECKING:
    from datetime import datetime

    from audit.actor import Actor

#: A register has a few dozen lines.
MOST_LINES = 5000
PAPER_COLUMNS = ("paper_kind", "paper_reference", "paper_from", "paper_until", "paper_link", "paper_ended")
FACTS = (*registering.COLUMNS, registering.SUBS)
#: What a line said when it was written: so a file puts nothing back that somebody else changed since.
AS_WRITTEN = "as_written"
COLUMNS = ("code", *FACTS, *PAPER_COLUMNS, AS_WRITTEN)
_LISTS: Mapping[str, frozenset[str] | None] = {
    "services": frozenset(Service.values),
    "our_roles": frozenset(Role.values),
    "fields": None,
    "sub_processors": None,
}
_DAYS = frozenset({"since", "until", "paper_from", "paper_until", "paper_ended"})
_CHOICES: Mapping[str, Iterable[str]] = {"role": Role.values, "paper_kind": PaperKind.values}
#: What ``registering`` calls otherwise than the file.
_NAMES = {
    "kind": "paper_kind",
    "reference": "paper_reference",
    "link": "paper_link",
    "valid_from": "paper_from",
    "valid_until": "paper_until",
    "ended_on": "paper_ended",
}


@dataclass(slots=True)
class _Entry:
    """Everything that the file says of one processor, and on which lines."""

    line: int
    values: dict[str, Any]
    as_written: str = ""
    papers: list[tuple[int, registering.PaperGiven]] = field(default_factory=list)


@transaction.atomic
def load(file: BinaryIO, *, actor: Actor, at: datetime) -> dict[str, int]:
    """Take over a register; how many were "added", "changed" and the "same". Again, and all are the same.

    Raises:
        NotImported: with every reason. The register is as it was.
    """
    findings = Findings()
    entries = _entries(file, findings)
    _check_subs(entries, findings)
    counts: Counter[str] = Counter({"added": 0, "changed": 0, "same": 0})
    if not findings:
        done = _put_all(entries, findings, actor=actor, at=at)
        counts.update(done.values())
    if findings:
        raise NotImported(findings)
    if counts["added"] or counts["changed"]:
        audit.record(action="register.imported", about="import:processors", actor=actor, at=at, **counts)
    return dict(counts)


def _entries(file: BinaryIO, findings: Findings) -> dict[str, _Entry]:
    entries: dict[str, _Entry] = {}
    for record in records(file, findings):
        _take(record, entries, findings)
    return entries


def records(file: BinaryIO, findings: Findings) -> Iterator[Record]:
    """The lines of a register's file, as far as it can be read; why not further is among the findings."""
    try:
        for record in read(file):
            if record.line > MOST_LINES:
                findings.add(record.line, "", _("the file is longer than a register can be"))
                break
            yield record
    except Unreadable as error:
        findings.add(error.line, "", _("the file cannot be read from here on: it is CSV in UTF-8, and its first line names the columns"))


def _take(record: Record, entries: dict[str, _Entry], findings: Findings) -> None:
    before = findings.count
    values = values_of(record, findings, columns=COLUMNS, clean=_clean)
    code = values.pop("code", "")
    if not code:
        findings.add(record.line, "code", _("is needed and empty"))
    if findings.count > before:
        return
    of_paper = {name: values.pop(name) for name in PAPER_COLUMNS if name in values}
    as_written = values.pop(AS_WRITTEN, "")
    known = entries.get(code)
    if known is None:
        known = entries[code] = _Entry(record.line, values, as_written)
    else:
        for name, value in values.items():
            if value and value != known.values.get(name):
                findings.add(record.line, name, _("says something else of this processor than line %(line)s") % {"line": known.line})
    if any(of_paper.values()):
        _take_paper(record.line, of_paper, known, findings)


def _take_paper(line: int, said: Mapping[str, Any], entry: _Entry, findings: Findings) -> None:
    for name in ("paper_kind", "paper_reference", "paper_from"):
        if not said.get(name):
            findings.add(line, name, _("is needed and empty"))
            return
    paper = registering.PaperGiven(
        kind=said["paper_kind"],
        reference=said["paper_reference"],
        valid_from=said["paper_from"],
        valid_until=said.get("paper_until"),
        link=said.get("paper_link", ""),
        ended_on=said.get("paper_ended"),
    )
    reasons = registering.reasons_against_paper(paper)
    for before, other in entry.papers:
        if _key(other) == _key(paper):
            reasons["reference"] = _("stands on line %(line)s already") % {"line": before}
    _name(line, reasons, findings)
    entry.papers.append((line, paper))


def values_of(record: Record, findings: Findings, *, columns: Collection[str], clean: Callable[[str, str], Any]) -> dict[str, Any]:
    """What a line says, cell by cell. A column that the register has not is named once, by the first line."""
    values: dict[str, Any] = {}
    for name, raw in record.values.items():
        if name not in columns:
            if not name:
                findings.add(record.line, "", _("has another number of values than the first line has columns"))
            elif not any(finding.column == name for finding in findings.shown):
                findings.add(record.line, name, _("no such column"))
            continue
        try:
            values[name] = clean(name, _text(raw))
        except ValueError as error:
            findings.add(record.line, name, str(error))
    return values


def _text(raw: object) -> str:
    text = spreadsheets.unguarded(str(raw or "")).strip()
    if CONTROL.search(text):
        raise ValueError(_("contains a line break or a control character"))
    return text


def _clean(name: str, text: str) -> Any:
    """A cell as the register keeps it.

    Raises:
        ValueError: with the reason.
    """
    if name in _DAYS:
        return day(text) if text else None
    if name == "countries":
        return _codes(text.upper(), countries())
    if name in _LISTS:
        return _codes(text, _LISTS[name])
    if text and name in _CHOICES and text not in _CHOICES[name]:
        raise ValueError(_("is not one of %(known)s") % {"known": ", ".join(_CHOICES[name])})
    return text


def day(text: str) -> date:
    """Raises:
    ValueError: with the reason.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(_("is not a date such as 2026-03-31")) from None


def _codes(text: str, known: Iterable[str] | None) -> list[str]:
    given = list(dict.fromkeys(text.split()))
    for code in given:
        if known is not None and code not in known:
            raise ValueError(_("“%(code)s” is not one of the codes that can stand here") % {"code": code})
    return given


def _check_subs(entries: Mapping[str, _Entry], findings: Findings) -> None:
    there = set(Processor.objects.values_list("code", flat=True)) | set(entries)
    for code, entry in entries.items():
        for sub in entry.values.get(registering.SUBS) or ():
            if sub not in there or sub == code:
                findings.add(entry.line, registering.SUBS, _("“%(code)s” is no other processor of the register") % {"code": sub})


def _put_all(entries: Mapping[str, _Entry], findings: Findings, *, actor: Actor, at: datetime) -> dict[str, str]:
    """What became of each; everybody stands there before anybody is linked to another."""
    if not Processor.objects.exists():
        return _put_first(entries, findings, actor=actor, at=at)
    for code, entry in entries.items():
        _leave_what_others_changed(code, entry, findings)
    done = {code: _put(code, entry, findings, actor=actor, at=at) for code, entry in entries.items()}
    for code, entry in entries.items():
        subs = entry.values.get(registering.SUBS)
        if findings or subs is None:
            continue
        try:
            is_new = registering.link(code=code, subs=subs, actor=actor, at=at)
        except registering.NotRegistered as error:
            _name(entry.line, error.reasons, findings)
        else:
            done[code] = "changed" if is_new and done[code] == "same" else done[code]
    return done


def _leave_what_others_changed(code: str, entry: _Entry, findings: Findings) -> None:
    """A line that says what it said when it was written says nothing of a processor that was changed since; one that says something else
    is named.
    """
    processor = Processor.objects.select_for_update().filter(code=code).first()
    if not entry.as_written or processor is None or entry.as_written == digest(there := _facts_of(processor)):
        return
    said = [_cell(name, entry.values.get(name)) for name in FACTS]
    if digest(said) == entry.as_written:
        entry.values.clear()
    elif said != there:
        findings.add(entry.line, AS_WRITTEN, changed_since())


def changed_since() -> str:
    return _("somebody else changed this since the file was written: write the file anew, and change it there")


def digest(cells: Iterable[str]) -> str:
    """Begins so that no spreadsheet takes it for a number."""
    return f"v-{sha256(chr(31).join(cells).encode()).hexdigest()[:16]}"


def _put_first(entries: Mapping[str, _Entry], findings: Findings, *, actor: Actor, at: datetime) -> dict[str, str]:
    """Into a register in which nothing stands: all at once."""
    processors, papers = [], []
    links: list[tuple[str, str]] = []
    for code, entry in entries.items():
        processor = Processor(code=code, **_facts(entry))
        theirs = [given.of(processor, at=at) for _line, given in entry.papers]
        _name(entry.line, registering.reasons_against_first(processor, papers=theirs, on=timezone.localdate(at)), findings)
        processors.append(processor)
        links.extend((code, sub) for sub in entry.values.get(registering.SUBS) or ())
        papers.extend(theirs)
    if not findings:
        registering.fill(processors=processors, links=links, papers=papers, actor=actor, at=at)
    return dict.fromkeys(entries, "added")


def _facts(entry: _Entry) -> dict[str, Any]:
    return {name: value for name, value in entry.values.items() if name != registering.SUBS}


def _put(code: str, entry: _Entry, findings: Findings, *, actor: Actor, at: datetime) -> str:
    papers = _fitting(code, entry, findings)
    try:
        done = registering.save(code=code, values=_facts(entry), papers=papers, actor=actor, at=at)
    except registering.NotRegistered as error:
        _name(entry.line, error.reasons, findings)
        return "same"
    if not _end_papers(code, entry, findings, actor=actor, at=at):
        return done
    if done != "same":
        _ask_again(code, entry, findings, at=at)
    return "changed" if done == "same" else done


def _fitting(code: str, entry: _Entry, findings: Findings) -> list[registering.PaperGiven]:
    """The papers of the file that do not say something else of one that the register has; each other one is named by its own line."""
    kept = list(Paper.objects.filter(processor_id=code))
    papers = []
    for line, paper in entry.papers:
        try:
            registering.is_there(paper, kept)
        except registering.NotRegistered as error:
            _name(line, error.reasons, findings)
        else:
            papers.append(paper)
    return papers


def _end_papers(code: str, entry: _Entry, findings: Findings, *, actor: Actor, at: datetime) -> int:
    """End the papers of the register that the file says end early; how many. One that comes in with its end is history."""
    there = {_key(paper): paper for paper in Paper.objects.filter(processor_id=code)}
    number = 0
    for line, given in entry.papers:
        paper = there[_key(given)]
        if given.ended_on is None or given.ended_on == paper.ended_on:
            continue
        try:
            registering.end_paper(paper_id=paper.pk, ended_on=given.ended_on, actor=actor, at=at)
            number += 1
        except registering.NotRegistered as error:
            _name(line, error.reasons, findings)
    return number


def _ask_again(code: str, entry: _Entry, findings: Findings, *, at: datetime) -> None:
    """What the same file ends counts no more for what it says: no payment processor comes in on an attestation that is over."""
    processor = Processor.objects.get(pk=code)
    papers = processor.papers.all()
    reasons = registering.reasons_against(processor, papers=papers, before=processor, on=timezone.localdate(at))
    _name(entry.line, dict(reasons), findings)


def _key(paper: registering.PaperGiven | Paper) -> tuple[str, str, date]:
    return paper.kind, paper.reference, paper.valid_from


def _name(line: int, reasons: Mapping[str, str], findings: Findings) -> None:
    for name, reason in reasons.items():
        findings.add(line, _NAMES.get(name, name), reason)


def dump() -> bytes:
    """The register as a file that ``load`` takes."""
    rows: list[list[str]] = [list(COLUMNS)]
    for processor in Processor.objects.prefetch_related("papers", "sub_processors").order_by("code"):
        facts = _facts_of(processor)
        papers = [_paper_cells(paper) for paper in processor.papers.all()] or [[""] * len(PAPER_COLUMNS)]
        rows.append([processor.code, *facts, *papers[0], digest(facts)])
        rows.extend([[processor.code, *[""] * len(facts), *paper, ""] for paper in papers[1:]])
    return spreadsheets.csv_of(rows)


def _facts_of(processor: Processor) -> list[str]:
    """A processor as its line says it."""
    return [
        *(cell(getattr(processor, name)) for name in registering.COLUMNS),
        " ".join(sorted(sub.code for sub in processor.sub_processors.all())),
    ]


def _cell(name: str, value: object) -> str:
    return " ".join(sorted(value)) if name == registering.SUBS and isinstance(value, list) else cell(value)


def _paper_cells(paper: Paper) -> list[str]:
    return [cell(value) for value in (paper.kind, paper.reference, paper.valid_from, paper.valid_until, paper.link, paper.ended_on)]


def cell(value: object) -> str:
    """A value as a file of a register has it."""
    return " ".join(value) if isinstance(value, list) else _CELLS.get(type(value), str)(value)


_CELLS: Mapping[type, Callable[[Any], str]] = {type(None): lambda _value: "", date: date.isoformat}
