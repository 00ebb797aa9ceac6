"""What a person takes elsewhere (Art. 20): tables with a published schema, and nothing that the right does not cover.

Written as a stream like the copy of everything, but a different product: each document is checked before its last byte has
left, and a package of which one does not conform never becomes a file that anybody could read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from datamap import held, portable, registry
from datamap.enums import Origin
from rights_requests import deeds
from rights_requests.packages import columns, conforming, files, look, names, tables, zipping
from rights_requests.packages.members import Built, Foretold, Member, as_json, noted, pieces_of, rendered, withheld_words
from rights_requests.packages.spool import Spool

if TYPE_CHECKING:
    from datetime import datetime

    from datamap.declaration import GivenFile, Part, Source
    from datamap.enums import Ground
    from rights_requests.models import RightsRequest
    from rights_requests.packages.columns import Column, Stays

#: Where the schema stands for everybody to read; it never changes, a new one gets a new number.
SCHEMA_PATH = "schemas/portability-1.json"


@dataclass(slots=True)
class _Contents:
    """What the members were, noted while they are written. ``stays`` keeps one line per source and field."""

    members: list[dict[str, Any]] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)
    given: list[dict[str, Any]] = field(default_factory=list)
    stays: dict[tuple[str, str], Stays] = field(default_factory=dict)
    withheld: list[dict[str, Any]] = field(default_factory=list)
    rows: int = 0


def schema_url() -> str:
    return f"{settings.PUBLIC_URL}/{SCHEMA_PATH}"


def build_portable(rights_request: RightsRequest, *, at: datetime) -> Built:
    """Write what the person may take elsewhere into an encrypted file, in the person's language.

    Raises:
        NotConforming: a document is not what the schema promises; no file is left.
    """
    with translation.override(rights_request.language):
        package = _Package(rights_request, at=at)
        sealed = files.write(package.chunks(), bound_to=rights_request.pk)
        contents = package.contents
        return Built(
            file_name=sealed.file_name,
            sealed_key=sealed.sealed_key,
            size=sealed.size,
            digest=sealed.digest,
            rows=contents.rows,
            sources=[str(source.label) for source in contents.sources],
            withheld=package.withheld_words(),
            left_out=left_out_words(contents.stays, gone={source.key for source in contents.sources}),
            is_partial=bool(contents.withheld) or any(not registry.get(source).is_handling for source, _field in contents.stays),
            is_empty=not contents.rows and not contents.given,
        )


def foretell_portable(rights_request: RightsRequest, *, at: datetime) -> Foretold:
    """What the letter will say of the file; nothing is written, and of each table and file no more is read than whether there is one."""
    with translation.override(rights_request.language):
        package = _Package(rights_request, at=at)
        for source in registry.all_sources():
            package.look_at(source)
        contents = package.contents
        return Foretold(
            sources=[str(source.label) for source in contents.sources],
            withheld=package.withheld_words(),
            left_out=left_out_words(contents.stays, gone={source.key for source in contents.sources}),
            is_empty=not contents.sources,
        )


def left_out_words(stays: dict[tuple[str, str], Stays], *, gone: Iterable[str]) -> list[tuple[str, str, str]]:
    """Source, fields and reason: a line for each reason of a source; a source of which nothing went says so in one word."""
    by_reason: dict[tuple[str, Ground], list[str]] = {}
    for (source, _field), one in stays.items():
        by_reason.setdefault((source, one.ground), []).append(one.label)
    whole = {source for source, _ground in by_reason} - set(gone)
    single = {source for source in whole if sum(key == source for key, _ground in by_reason) == 1}
    return [
        (str(registry.get(source).label), _("everything") if source in single else ", ".join(dict.fromkeys(labels)), str(ground.label))
        for (source, ground), labels in by_reason.items()
    ]


class _Package:
    def __init__(self, rights_request: RightsRequest, *, at: datetime) -> None:
        self.request = rights_request
        self.subject = deeds.subject_of(rights_request)
        self.at = at
        self.contents = _Contents()
        self.counts = held.counts(self.subject, registry.all_sources())
        self.withholdings = list(rights_request.withholdings.order_by("source", "part", "column"))

    def chunks(self) -> Iterable[bytes]:
        members = ((name, noted(self.contents.members, name, pieces)) for name, pieces in self._members())
        return zipping.zipped(members, modified_at=timezone.localtime(self.at))

    def look_at(self, source: Source) -> None:
        """Note what of a source will go and what stays, by the first row of each part. A value that is left out is one of a row."""
        is_going = False
        for part in source.export(self.subject) if self.counts.get(source.key, True) else ():
            if next(part.rows, None) is None:
                continue
            going, staying = columns.sort(source, part)
            self.contents.stays.update({(source.key, one.name): one for one in staying})
            is_going = is_going or bool(going)
            hidden = {name for names in self._withheld(source, part).values() for name in names}
            self.contents.withheld += [
                {"source": source.key, "part": part.name, "column": column.column} for column in going if column.column in hidden
            ]
        given = list(
            chain.from_iterable(
                self._given(source, number, one) for number, one in enumerate(held.files(source, self.subject, counts=self.counts), start=1)
            )
        )
        if is_going or given:
            self.contents.sources.append(source)

    def withheld_words(self) -> list[str]:
        """Of what goes; a value left out of a column that stays is named with its column."""
        left_out = {(one["source"], one["part"], one["column"]) for one in self.contents.withheld}
        found = (one for one in self.withholdings if (one.source, one.part, one.column) in left_out)
        return list(dict.fromkeys(withheld_words(self.request, one) for one in found))

    def _members(self) -> Iterator[Member]:
        for source in registry.all_sources():
            yield from self._source(source)
        yield SCHEMA_PATH, [conforming.SCHEMA.read_bytes()]
        yield "README.html", rendered("packages/readme.html", self._readme())
        manifest = b"".join(as_json(self._manifest()))
        conforming.check_manifest(manifest)
        yield "manifest.json", [manifest]

    def _source(self, source: Source) -> Iterator[Member]:
        before = len(self.contents.tables), len(self.contents.given)
        for part in source.export(self.subject) if self.counts.get(source.key, True) else ():
            yield from self._part(source, part)
        for number, given in enumerate(held.files(source, self.subject, counts=self.counts), start=1):
            yield from self._given(source, number, given)
        if (len(self.contents.tables), len(self.contents.given)) != before:
            self.contents.sources.append(source)

    def _part(self, source: Source, part: Part) -> Iterator[Member]:
        """JSON and CSV of one table in one pass over its rows; nothing when there are none, or none of its columns goes."""
        first = next(part.rows, None)
        if first is None:
            return
        going, staying = columns.sort(source, part)
        for one in staying:
            self.contents.stays[source.key, one.name] = one
        if not going:
            return
        table = self._table(source, part, going)
        self.contents.tables.append(table)
        read = columns.reader(going, self._withheld(source, part), partial(self._note_withheld, source, part))
        batches = tables.batches(read(chain([first], part.rows)), names=[column.name for column in going], withheld={}, marker="")
        spool = Spool(files.folder())
        yield table["json"], self._json(table, batches, spool)
        self.contents.rows += table["rows"]
        yield table["csv"], chain([tables.csv_head([column.name for column in going])], spool.drain())

    def _table(self, source: Source, part: Part, going: list[Column]) -> dict[str, Any]:
        return {
            "source": source.key,
            "part": part.name,
            "label": str(part.label),
            "rows": 0,
            "json": names.of_table(source=source.key, part=part.name, ending="json"),
            "csv": names.of_table(source=source.key, part=part.name, ending="csv"),
            "fields": [column.facts for column in going],
        }

    def _json(self, table: dict[str, Any], batches: Iterable[tables.Batch], spool: Spool) -> Iterator[bytes]:
        head = b"".join(as_json(self._head("table") | {key: table[key] for key in ("source", "part", "label", "fields")} | {"rows": []}))
        conforming.check_table(head, path=table["json"])
        check = conforming.rows_checker(table["fields"], path=table["json"])
        yield head[: -len(b"]}")]
        for batch in batches:
            check(batch.json)
            spool.add(batch.csv)
            yield (b",\n" if table["rows"] else b"\n") + batch.json
            table["rows"] += len(batch.rows)
        yield b"\n]}\n"

    def _given(self, source: Source, number: int, given: GivenFile) -> Iterator[Member]:
        """A file goes only where a declared field says that the person gave it."""
        declared = next((one for one in source.fields if given.field and one.name == given.field), None)
        ground = portable.why_not(source, declared) if declared else portable.why_not_undeclared(source)
        if declared is None or ground is not None or declared.origin != Origin.PROVIDED:
            stays = columns.stays(declared, ground, label=_("Files"))
            self.contents.stays[source.key, stays.name] = stays
            return
        name = names.of_file(source=source.key, number=number, name=given.name)
        self.contents.given.append({"source": source.key, "path": name})
        yield name, pieces_of(given)

    def _withheld(self, source: Source, part: Part) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for one in self.withholdings:
            if (one.source, one.part) == (source.key, part.name):
                found.setdefault(one.row_key, set()).add(one.column)
        return {key: frozenset(names) for key, names in found.items()}

    def _note_withheld(self, source: Source, part: Part, row: int, column: Column) -> None:
        found = (one for one in self.withholdings if (one.source, one.part, one.column) == (source.key, part.name, column.column))
        fact = {"source": source.key, "part": part.name, "column": column.column, "field": column.name, "row": row}
        self.contents.withheld.append({**fact, "ground": next(found).ground})

    def _head(self, document: str) -> dict[str, Any]:
        return {"format": conforming.FORMAT, "document": document, "schema": schema_url(), "case": self.request.reference}

    def _manifest(self) -> dict[str, Any]:
        contents = self.contents
        return {
            **self._head("manifest"),
            "schema_version": conforming.VERSION,
            "generated_at": self.at.isoformat(),
            "language": self.request.language,
            "controller": dict(settings.ORGANISATION),
            "tables": contents.tables,
            "given": contents.given,
            "left_out": [
                {"source": source, "field": name, "label": one.label, "reason": one.ground.value}
                for (source, name), one in contents.stays.items()
            ],
            "withheld": [{key: value for key, value in one.items() if key != "column"} for one in contents.withheld],
            "files": contents.members,
        }

    def _readme(self) -> dict[str, Any]:
        contents = self.contents
        return {
            "request": self.request,
            "language": self.request.language,
            "made_on": timezone.localdate(self.at),
            "controller": settings.ORGANISATION,
            "style": look.STYLE,
            "policy": look.policy(),
            "sources": [
                {
                    "label": str(source.label),
                    "tables": [table for table in contents.tables if table["source"] == source.key],
                    "given": [given["path"] for given in contents.given if given["source"] == source.key],
                }
                for source in contents.sources
            ],
            "left_out": left_out_words(contents.stays, gone={source.key for source in contents.sources}),
            "withheld": self.withheld_words(),
            "schema": SCHEMA_PATH,
            "schema_url": schema_url(),
        }
