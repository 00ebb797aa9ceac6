"""What lies in a package, member by member, in the order in which it can be written: the manifest, which hashes the rest, last."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.utils import timezone, translation
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from datamap import held, registry
from rights_requests import deeds
from rights_requests.packages import files, information, look, names, readable, tables, zipping
from rights_requests.packages.members import Built, Foretold, Member, as_json, noted, pieces_of, rendered, withheld_words
from rights_requests.packages.spool import Spool

if TYPE_CHECKING:
    from datamap.declaration import GivenFile, Part, Source
    from rights_requests.models import RightsRequest, Withholding

FORMAT = "oxyprivacy.access.1"
#: Rows of a table on the page that people read; all of them are in the data files.
SHOWN_ROWS = 50
SHOWN_SIGNS = 400


@dataclass(slots=True)
class _Contents:
    """What the members were, noted while they are written."""

    members: list[dict[str, Any]] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    parts: list[dict[str, Any]] = field(default_factory=list)
    given: list[dict[str, Any]] = field(default_factory=list)
    rows: int = 0


def build(rights_request: RightsRequest, *, at: datetime) -> Built:
    """Write everything that is held of the person into an encrypted file, in the person's language."""
    with translation.override(rights_request.language):
        package = _Package(rights_request, at=at)
        sealed = files.write(package.chunks(), bound_to=rights_request.pk)
        return Built(
            file_name=sealed.file_name,
            sealed_key=sealed.sealed_key,
            size=sealed.size,
            digest=sealed.digest,
            rows=package.contents.rows,
            sources=[str(source.label) for source in package.contents.sources],
            withheld=[withheld_words(rights_request, withholding) for withholding in package.withholdings],
            is_partial=bool(package.withholdings),
        )


def foretell(rights_request: RightsRequest, *, at: datetime) -> Foretold:
    """What the letter will say of the file; nothing is written, and of each table and file no more is read than whether there is one."""
    with translation.override(rights_request.language):
        package = _Package(rights_request, at=at)
        holding = [source for source in registry.all_sources() if package.holds(source)]
        return Foretold(
            sources=[str(source.label) for source in holding],
            withheld=[withheld_words(rights_request, withholding) for withholding in package.withholdings],
        )


class _Package:
    def __init__(self, rights_request: RightsRequest, *, at: datetime) -> None:
        self.request = rights_request
        self.subject = deeds.subject_of(rights_request)
        self.at = at
        self.contents = _Contents()
        self.counts = held.counts(self.subject, registry.all_sources())
        self.withholdings = list(rights_request.withholdings.order_by("source", "part", "column"))

    def holds(self, source: Source) -> bool:
        found = any(next(part.rows, None) is not None for part in held.export(source, self.subject, counts=self.counts))
        return found or next(iter(held.files(source, self.subject, counts=self.counts)), None) is not None

    def chunks(self) -> Iterable[bytes]:
        members = ((name, noted(self.contents.members, name, pieces)) for name, pieces in self._members())
        return zipping.zipped(members, modified_at=timezone.localtime(self.at))

    def _members(self) -> Iterator[Member]:
        for source in registry.all_sources():
            yield from self._source(source)
        yield from self._pages()
        yield "manifest.json", as_json(self._manifest())

    def _source(self, source: Source) -> Iterator[Member]:
        found = False
        for part in held.export(source, self.subject, counts=self.counts):
            members = self._part(source, part)
            first = next(members, None)
            if first is not None:
                found = True
                yield first
                yield from members
        for number, given in enumerate(held.files(source, self.subject, counts=self.counts), start=1):
            found = True
            yield self._given(source, number, given)
        if found:
            self.contents.sources.append(source)

    def _part(self, source: Source, part: Part) -> Iterator[Member]:
        """JSON and CSV of one table in one pass over its rows; nothing at all when there are none."""
        columns = [name for name, _label in part.columns]
        labels = [str(label) for _name, label in part.columns]
        batches = tables.batches(
            part.rows, names=columns, withheld=self._withheld(source, part), marker=_("[left out: it would reveal somebody else]")
        )
        first = next(batches, None)
        if first is None:
            return
        spool = Spool(files.folder())
        page: dict[str, Any] = {
            "source": source.key,
            "name": part.name,
            "label": str(part.label),
            "columns": labels[1:],
            "shown": min(len(first.rows), SHOWN_ROWS),
            "table": _table(first.rows[:SHOWN_ROWS], readable.reader(source, part)),
            "rows": 0,
            "json": names.of_part(source=source.key, part=part.name, ending="json"),
            "csv": names.of_part(source=source.key, part=part.name, ending="csv"),
        }
        self.contents.parts.append(page)
        yield page["json"], self._json(part, chain([first], batches), page, labels, spool)
        self.contents.rows += page["rows"]
        yield page["csv"], chain([tables.csv_head(columns)], spool.drain())

    def _json(
        self, part: Part, batches: Iterable[tables.Batch], page: dict[str, Any], labels: Sequence[str], spool: Spool
    ) -> Iterator[bytes]:
        head = {
            "source": page["source"],
            "part": part.name,
            "label": page["label"],
            "columns": [{"name": name, "label": label} for (name, _label), label in zip(part.columns, labels, strict=True)],
        }
        yield json.dumps(head, ensure_ascii=False).encode()[:-1] + b', "rows": [\n'
        for batch in batches:
            spool.add(batch.csv)
            yield (b",\n" if page["rows"] else b"") + batch.json
            page["rows"] += len(batch.rows)
        yield b"\n]}\n"

    def _given(self, source: Source, number: int, given: GivenFile) -> Member:
        name = names.of_file(source=source.key, number=number, name=given.name)
        self.contents.given.append({"source": source.key, "path": name, "size": given.size})
        return name, pieces_of(given)

    def _withheld(self, source: Source, part: Part) -> tables.Withheld:
        columns = {name: number for number, (name, _label) in enumerate(part.columns)}
        left_out: dict[str, set[int]] = {}
        for withholding in self.withholdings:
            if (withholding.source, withholding.part) == (source.key, part.name) and withholding.column in columns:
                left_out.setdefault(withholding.row_key, set()).add(columns[withholding.column])
        return {key: frozenset(numbers) for key, numbers in left_out.items()}

    def _pages(self) -> Iterator[Member]:
        facts = information.about(self.contents.sources, subject=self.subject, reference=self.request.reference, at=self.at)
        facts["withheld"] = [withheld_words(self.request, withholding) for withholding in self.withholdings]
        context = {
            "request": self.request,
            "language": self.request.language,
            "made_on": timezone.localdate(self.at),
            "facts": facts,
            "told": information.told(facts["sources"]),
            "style": look.STYLE,
            "policy": look.policy(),
        }
        by_source = [
            {
                "label": str(source.label),
                "parts": [part for part in self.contents.parts if part["source"] == source.key],
                "files": [given for given in self.contents.given if given["source"] == source.key],
            }
            for source in self.contents.sources
        ]
        yield "index.html", rendered("packages/index.html", {**context, "sources": by_source, "rows": self.contents.rows})
        yield "information.html", rendered("packages/information.html", context)
        yield "information.json", as_json(facts)

    def _manifest(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "reference": self.request.reference,
            "generated_at": self.at.isoformat(),
            "language": self.request.language,
            "rows": self.contents.rows,
            "withheld": [_withheld_fact(withholding) for withholding in self.withholdings],
            "files": self.contents.members,
        }


def _table(rows: Sequence[tuple[object, ...]], read: Callable[[Sequence[object]], list[str]]) -> SafeString:
    """Rows of the page that people read. Every value is escaped, whatever it is; a template would do the same, many times slower."""
    cells = ("".join([f"<td>{escape(value[:SHOWN_SIGNS])}</td>" for value in read(row)[1:]]) for row in rows)
    return SafeString("\n".join([f"<tr>{line}</tr>" for line in cells]))


def _withheld_fact(withholding: Withholding) -> dict[str, str]:
    return {
        "source": withholding.source,
        "part": withholding.part,
        "row": withholding.row_key,
        "column": withholding.column,
        "ground": withholding.ground,
    }
