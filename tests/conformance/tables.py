"""What stands in the tables, byte for byte, and many rows made of one."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from django.apps import apps
from django.db import connection, models

from datamap import registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: Table and row, as the database writes it.
Rows: TypeAlias = "Counter[tuple[str, str]]"


def dump() -> Rows:
    """Every row of every table that may hold something of a person."""
    return rows_in(sorted({model._meta.db_table for source in registry.all_sources() for model in models_of(source)}))


def dump_of(source: Any) -> Rows:
    return rows_in([model._meta.db_table for model in models_of(source)])


def models_of(source: Any) -> list[type[models.Model]]:
    return [apps.get_model(label) for label in source.models]


def rows_in(tables: list[str]) -> Rows:
    asked = " UNION ALL ".join(f"SELECT '{table}', t::text FROM \"{table}\" t" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return Counter(cursor.fetchall())


def rows_of(model: type[models.Model], keys: Sequence[object]) -> Rows:
    table, key = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT %s, t::text FROM "{table}" t WHERE "{key}"::text = ANY(%s)', [table, [str(key) for key in keys]])
        return Counter(cursor.fetchall())


@contextmanager
def unchanged(*, only: Rows | None = None) -> Iterator[None]:
    """Nothing is written meanwhile; with ``only``, none of these rows is changed or lost."""
    before = dump() if only is None else only
    yield
    after = dump()
    lost = before - after
    assert not lost, f"changed or lost: {sorted(lost)}"
    new = after - before if only is None else None
    assert not new, f"added: {sorted(new or ())}"


def multiply(row: models.Model, rows: int, *, varying: Mapping[str, str]) -> None:
    """So many rows like this one, by SQL; what must be different in each is made so."""
    columns = {field.column: _sql(field, varying) for field in row._meta.concrete_fields if not isinstance(field, models.AutoField)}
    table = connection.ops.quote_name(row._meta.db_table)
    names, values = ", ".join(f'"{name}"' for name in columns), ", ".join(columns.values())
    key = row._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO {table} ({names}) SELECT {values} FROM {table} AS r, generate_series(1, %s) AS g WHERE r."{key}" = %s',
            [rows, row.pk],
        )
        # A check of a foreign key that was planned for a table of a few rows would read all of these for each of them.
        cursor.execute("DISCARD PLANS")


def _sql(field: Any, varying: Mapping[str, str]) -> str:
    if field.name in varying:
        return varying[field.name]
    own = f'r."{field.column}"'
    if not field.unique:
        return own
    if isinstance(field, models.UUIDField):
        return "gen_random_uuid()"
    if isinstance(field, models.BinaryField):
        return f"sha256({own} || gen_random_uuid()::text::bytea)"
    return f"{own} || '-' || g || substr(gen_random_uuid()::text, 1, 4)"
