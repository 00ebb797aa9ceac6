"""Sources whose holdings are rows: many of them are counted in one statement, and each table is read in one where it is short."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from django.db import connection

from datamap import asking, planned, rectifying
from datamap.declaration import NotRectifiable, Part, Rectified, Source
from datamap.export import ROWS_AT_A_TIME, rows_of, selected

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from django.db.models import Model, QuerySet

    from datamap.asking import Shape, Statement, Statements
    from datamap.declaration import GivenFile, Text
    from subjects.models import Subject


class HeldSource(Source):
    """A source whose parts are querysets. Subclasses say which rows are a person's."""

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        """The person's rows, part by part: a question to the database that depends on key and identifiers of the person alone,
        neither on the clock nor on rows read before. Its SQL is made once (see ``datamap.asking``).
        """
        raise NotImplementedError

    def part_label(self, part: str) -> Text:
        return self.label

    def exported(self, part: str, model: type[Model]) -> Sequence[tuple[str, Text]]:
        """What is handed over of a part: names of columns with their labels, the row key first."""
        raise NotImplementedError

    def count(self, subject: Subject) -> dict[str, int]:
        together = counts(subject, [self])
        found = together[self.key] if self.key in together else {part: rows.count() for part, rows in self.held(subject).items()}
        return {part: number for part, number in found.items() if number}

    def export(self, subject: Subject) -> Iterator[Part]:
        return self.export_parts(subject, only=None)

    def export_parts(self, subject: Subject, *, only: Container[str] | None) -> Iterator[Part]:
        """What ``export`` gives, or some parts of it: of the others nothing is read."""
        for part, model, rows in self._read(subject):
            if only is not None and part not in only:
                continue
            first = next(rows, None)
            if first is not None:
                columns = tuple(self.exported(part, model))
                yield Part(name=part, label=self.part_label(part), columns=columns, rows=chain([first], rows))

    def value_of(self, subject: Subject, *, part: str, row_key: str, field: str) -> str:
        return rectifying.text_of(self._row(subject, part, row_key, field), field)

    def checked(self, subject: Subject, *, part: str, row_key: str, field: str, value: str) -> Rectified:
        return self._changed(subject, self._row(subject, part, row_key, field), field, value)

    def rectify(
        self, subject: Subject, *, part: str, row_key: str, field: str, value: str, at: datetime, decided: str | None = None
    ) -> Rectified:
        row = self._row(subject, part, row_key, field, is_locked=True)
        rectified = self._changed(subject, row, field, value)
        rectifying.refuse_changed(rectified, decided)
        if rectified.old != rectified.new:
            row.save(update_fields=[field])
        return rectified

    def corrected(self, subject: Subject, row: Model, field: str, value: str) -> object:
        """What would stand in the row for ``value``; subclasses add the rules of their forms.

        Raises:
            ValidationError: such a value cannot stand there.
        """
        return rectifying.clean(row, field, value)

    def _changed(self, subject: Subject, row: Model, field: str, value: str) -> Rectified:
        old = rectifying.text_of(row, field)
        setattr(row, field, self.corrected(subject, row, field, value))
        return Rectified(old=old, new=rectifying.text_of(row, field))

    def _row(self, subject: Subject, part: str, row_key: str, field: str, *, is_locked: bool = False) -> Model:
        if f"{part}.{field}" not in self.rectifiable:
            raise NotRectifiable(self.why_not_rectifiable)
        rows = self.held(subject)[part]
        return rectifying.find(rows.select_for_update(of=("self",)) if is_locked else rows, row_key)

    def _read(self, subject: Subject) -> Iterator[tuple[str, type[Model], Iterator[tuple[object, ...]]]]:
        def question(of: Subject) -> dict[str, QuerySet[Any, Any]]:
            return {part: selected(rows, self.exported(part, rows.model)) for part, rows in self.held(of).items()}

        prepared = asking.statements(("export", type(self), type(self).held), subject, question)
        if prepared is None:
            yield from ((part, rows.model, rows_of(rows)) for part, rows in question(subject).items())
            return
        told = asking.told_of(subject)
        for part, statement in prepared.items():
            if statement is not None:
                yield part, statement.model, _rows(statement, told)


def counts(subject: Subject, sources: Iterable[Source]) -> dict[str, dict[str, int]]:
    """What several sources hold, counted in one statement. A source that counts in a way of its own is left out."""
    shape = asking.shape_of(subject)
    asked = {source.key: prepared for source in sources if (prepared := _counting(source, subject, shape)) is not None}
    statements = [(key, part, one) for key, parts in asked.items() for part, one in parts.items() if one is not None]
    found: dict[str, dict[str, int]] = {key: {} for key in asked}
    for (key, part, _one), number in zip(statements, _numbers([one for _key, _part, one in statements], subject), strict=True):
        if number:
            found[key][part] = number
    return found


def export(source: Source, subject: Subject, *, counts: Mapping[str, Mapping[str, int]]) -> Iterable[Part]:
    """What a source hands over. Of what it does not hold by ``counts`` nothing is read."""
    known = counts.get(source.key)
    if known is None or (known and type(source).export is not HeldSource.export):
        return source.export(subject)
    return source.export_parts(subject, only=known) if known and isinstance(source, HeldSource) else ()


def files(source: Source, subject: Subject, *, counts: Mapping[str, Mapping[str, int]]) -> Iterable[GivenFile]:
    """The files of a source. Where by ``counts`` it holds no row that could have one, it is not asked."""
    known = counts.get(source.key)
    if known is not None and not (known.keys() & source.parts_with_files if source.parts_with_files is not None else known):
        return ()
    return source.files(subject)


def _counting(source: Source, subject: Subject, shape: Shape) -> Statements | None:
    if not isinstance(source, HeldSource) or type(source).count is not HeldSource.count:
        return None

    def question(of: Subject) -> dict[str, QuerySet[Any, Any]]:
        return {part: rows if rows.query.is_sliced else rows.order_by().values("pk") for part, rows in source.held(of).items()}

    return asking.statements(("count", type(source), type(source).held), subject, question, shape=shape)


def _numbers(statements: list[Statement], subject: Subject) -> Sequence[int]:
    if not statements:
        return ()
    told = asking.told_of(subject)
    counted = ", ".join(f"(SELECT count(*) FROM ({statement.sql}) AS held)" for statement in statements)  # noqa: S608 - Django's own
    return planned.one_row(f"SELECT {counted}", [value for statement in statements for value in statement.params(told)])


def _rows(statement: Statement, told: Sequence[str]) -> Iterator[tuple[object, ...]]:
    """Short tables in one statement; what is longer is streamed."""
    params = statement.params(told)
    with connection.cursor() as cursor:
        cursor.execute(f"{statement.sql} LIMIT {ROWS_AT_A_TIME + 1}", params)
        found = cursor.fetchall()
    if len(found) <= ROWS_AT_A_TIME:
        yield from found
        return
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement.sql, params)
        while found := cursor.fetchmany(ROWS_AT_A_TIME):
            yield from found
