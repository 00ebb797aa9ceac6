"""What every source finds, counts, hands over and corrects: the person's, all of it, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from datamap import held, registry
from datamap.declaration import ChangedSince, NotHeld, NotRectifiable, Rectified
from datamap.portable import field_of
from subjects.enums import IdentifierKind
from tests.conformance import tables
from tests.conformance.casting import Person

if TYPE_CHECKING:
    from datamap.declaration import Part, Source
    from subjects.models import Subject
    from tests.conformance.conftest import Stage

pytestmark = pytest.mark.django_db

VALUES = (str, int, Decimal, bool, date, datetime, UUID, type(None))


def exported(source: Source, subject: Subject) -> dict[str, list[dict[str, object]]]:
    """Rows by part, as they are handed over: part after part, each to its end."""
    return {part.name: [dict(zip(names_of(part), row, strict=True)) for row in part.rows] for part in source.export(subject)}


def names_of(part: Part) -> list[str]:
    return [name for name, _label in part.columns]


def test_a_person_is_found_and_counted_part_by_part(stage: Stage) -> None:
    assert stage.source.count(stage.subject) == dict(stage.cast.holds)
    assert stage.source.count(stage.stranger.subject) == dict(stage.cast.holds)


def test_of_somebody_unknown_there_is_nothing(stage: Stage, at: datetime) -> None:
    nobody = Person.called("nobody@customer.example", at=at).subject

    assert stage.source.count(nobody) == dict(stage.cast.anybody)
    assert {part: len(rows) for part, rows in exported(stage.source, nobody).items()} == dict(stage.cast.anybody)
    assert stage.source.preview(nobody, at=at).erased_rows == 0
    assert not list(stage.source.files(nobody))
    assert not list(stage.source.channels(nobody))
    if not stage.cast.anybody:
        with tables.unchanged():
            outcome = stage.source.erase(nobody, at=at)
        assert (outcome.erased_rows, outcome.kept_rows) == (0, 0), "where nothing is held no erasure asks"


def test_what_is_handed_over_is_what_is_counted(stage: Stage) -> None:
    found = exported(stage.source, stage.subject)

    assert {part: len(rows) for part, rows in found.items()} == stage.source.count(stage.subject)
    for part, rows in found.items():
        keys = [next(iter(row.values())) for row in rows]
        assert len(set(keys)) == len(keys), f"{part}: the first value of a row is its key"


def test_every_declared_field_is_handed_over_and_no_other(stage: Stage) -> None:
    source, shown = stage.source, set()
    for part in source.export(stage.subject):
        for column in names_of(part)[1:]:
            field = field_of(source, part.name, column)
            assert field, f"{part.name}.{column} is handed over and not declared"
            shown.add(field.name)
        list(part.rows)

    declared = {field.name for field in source.fields if not {field.name, field.name.partition(".")[0]} & set(stage.cast.unfound)}
    assert shown == declared


def test_every_declared_field_says_something(stage: Stage) -> None:
    """What the cast wrote into a field is there to be read; a forgotten column would be empty."""
    for part, rows in exported(stage.source, stage.subject).items():
        empty = {f"{part}.{column}" for column in rows[0] if all(row[column] in ("", None) for row in rows)}
        assert empty == {name for name in stage.cast.blank if name.startswith(f"{part}.")}


def test_values_are_plain_and_moments_have_a_zone(stage: Stage) -> None:
    for part, rows in exported(stage.source, stage.subject).items():
        for value in (value for row in rows for value in row.values()):
            assert isinstance(value, VALUES), f"{part}: {value!r}"
            assert not isinstance(value, datetime) or value.tzinfo, f"{part}: {value!r}"


def test_rows_are_streamed(stage: Stage) -> None:
    parts = stage.source.export(stage.subject)
    assert isinstance(parts, Iterator)
    for part in parts:
        assert isinstance(part.rows, Iterator), f"{part.name} is read before anybody asks for its rows"
        list(part.rows)


def test_nothing_of_the_stranger_is_handed_over(stage: Stage) -> None:
    ours, theirs = exported(stage.source, stage.subject), exported(stage.source, stage.stranger.subject)

    assert stage.stranger.email not in str(ours)
    for part, rows in ours.items():
        keys = {next(iter(row.values())) for row in rows}
        assert not keys & {next(iter(row.values())) for row in theirs[part]}
    assert stage.stranger.email not in set(stage.source.channels(stage.subject))
    named = {value for kind, value in stage.source.identifiers(stage.subject) if kind == IdentifierKind.EMAIL}
    assert stage.stranger.email not in named


def test_files_are_those_of_the_person_and_can_be_read(stage: Stage) -> None:
    found, theirs = list(stage.source.files(stage.subject)), list(stage.source.files(stage.stranger.subject))

    assert len(found) == stage.cast.files == len(theirs)
    assert not {file.key for file in found} & {file.key for file in theirs}
    names = {field.name for field in stage.source.fields}
    for file in found:
        with file.open() as opened:
            assert len(opened.read()) == file.size
        assert file.name
        assert file.field in names | {""}
    counts = held.counts(stage.subject, [stage.source])
    assert {file.key for file in held.files(stage.source, stage.subject, counts=counts)} == {file.key for file in found}


# Correcting (Art. 16).
def corrections(stage: Stage) -> Iterator[tuple[str, str, str]]:
    for name, value in sorted(stage.cast.corrections.items()):
        part, _dot, field = name.partition(".")
        yield part, field, value.format(email=stage.person.email)


def key_in(stage: Stage, part: str, subject: Subject) -> str:
    return str(next(iter(exported(stage.source, subject)[part][0].values())))


def column(stage: Stage, part: str, key: str, field: str) -> object:
    return registry.model_of(stage.cast.key, part)._default_manager.values_list(field, flat=True).get(pk=key)


def test_what_can_be_corrected_is_checked_first_written_once_and_said_twice(stage: Stage, at: datetime) -> None:
    for part, field, value in corrections(stage):
        asked: dict[str, Any] = {"part": part, "row_key": key_in(stage, part, stage.subject), "field": field}
        old = str(column(stage, part, asked["row_key"], field))
        assert stage.source.value_of(stage.subject, **asked) == old != value
        with tables.unchanged():
            assert stage.source.checked(stage.subject, **asked, value=value) == Rectified(old, value)
        with pytest.raises(ChangedSince), tables.unchanged(), transaction.atomic():
            stage.source.rectify(stage.subject, **asked, value=value, at=at, decided=f"not {old}")
        with tables.unchanged(only=stage.strangers_rows):
            assert stage.source.rectify(stage.subject, **asked, value=value, at=at, decided=old) == Rectified(old, value)
        assert str(column(stage, part, asked["row_key"], field)) == value == stage.source.value_of(stage.subject, **asked)
        with tables.unchanged():
            assert stage.source.rectify(stage.subject, **asked, value=value, at=at, decided=old) == Rectified(value, value)


def test_nothing_else_can_be_corrected(stage: Stage, at: datetime) -> None:
    held = exported(stage.source, stage.subject)
    for part in held:
        key = key_in(stage, part, stage.subject)
        model = registry.model_of(stage.cast.key, part)
        for field in model._meta.concrete_fields:
            if f"{part}.{field.name}" in stage.source.rectifiable:
                continue
            asked: dict[str, Any] = {"part": part, "row_key": key, "field": field.name}
            with tables.unchanged():
                for verb in (stage.source.value_of, stage.source.checked, stage.source.rectify):
                    given: dict[str, Any] = {} if verb == stage.source.value_of else {"value": "x"}
                    given |= {"at": at} if verb == stage.source.rectify else {}
                    with pytest.raises(NotRectifiable):
                        verb(stage.subject, **asked, **given)
    assert str(stage.source.why_not_rectifiable)


def test_nobody_elses_row_can_be_corrected(stage: Stage, at: datetime) -> None:
    for part, field, value in corrections(stage):
        for key in (key_in(stage, part, stage.stranger.subject), str(uuid4()), "1", ""):
            asked: dict[str, Any] = {"part": part, "row_key": key, "field": field}
            with tables.unchanged():
                with pytest.raises(NotHeld):
                    stage.source.value_of(stage.subject, **asked)
                with pytest.raises(NotHeld):
                    stage.source.checked(stage.subject, **asked, value=value)
                with pytest.raises(NotHeld):
                    stage.source.rectify(stage.subject, **asked, value=value, at=at)
