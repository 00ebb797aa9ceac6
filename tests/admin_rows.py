"""Rows of every model of the admin, made by the database itself: one, then a thousand, undone with everything else.

They are made up column by column from the fields of the model, by a superuser for whom no guard stands, and read by the app's own role.
A row fills what it can, empty columns and references too: a page that asks something for each row then has something to ask for.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models, transaction

from oxyprivacy import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model

APP = "oxyprivacy_app"
#: What columns of a name, or one column, hold where their type does not say it. ``{n}`` is the number of the row.
NAMED = {"language": "'en'", "country": "'BE'", "locked_at": "NULL"}
#: Columns of this length whose name says so hold the key of an account.
LENGTH_OF_KEYS = 64
#: The first that fits.
BY_TYPE: tuple[tuple[type[Any], str], ...] = (
    (models.UUIDField, "md5('{table}' || {n})::uuid"),
    (models.EmailField, "'person' || {n} || '@customer.example'"),
    (models.URLField, "'https://customer.example/' || {n}"),
    (models.CharField, "right('row-000' || {n}, {length})"),
    (models.TextField, "'Row ' || {n}"),
    (models.DateTimeField, "now()"),
    (models.DateField, "current_date"),
    (models.BooleanField, "{n} % 2 = 1"),
    (models.BinaryField, "decode(md5(({n})::text), 'hex')"),
    (models.GenericIPAddressField, "'192.0.2.7'::inet"),
    (models.DecimalField, "1"),
    (models.IntegerField, "{n}"),
    (models.AutoField, "{n}"),
    (models.JSONField, "'{empty}'::jsonb"),
)
FREE = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT conrelid::regclass AS place, conname FROM pg_constraint
        WHERE contype IN ('c', 'u', 'x') AND conparentid = 0 AND coninhcount = 0 AND conrelid = ANY(%(tables)s::regclass[])
    LOOP EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %%I CASCADE', one.place, one.conname); END LOOP;
    FOR one IN SELECT indexrelid::regclass AS name FROM pg_index
        WHERE indisunique AND NOT indisprimary AND indrelid = ANY(%(tables)s::regclass[])
    LOOP EXECUTE format('DROP INDEX %%s', one.name); END LOOP;
END $$
"""


@contextmanager
def superuser() -> Iterator[None]:
    """One transaction as the superuser, at whose end nothing has happened."""
    ours = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    theirs = environment.database(environment.load().test_superuser_url)
    connection.close()
    connection.settings_dict.update({name: theirs[name] for name in ours})
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        connection.close()
        connection.settings_dict.update(ours)


def shown() -> list[type[Model]]:
    return sorted(admin.site._registry, key=lambda model: model._meta.label_lower)


def free() -> None:
    """Let rows be alike, and be what no service would write."""
    tables = [model._meta.db_table for model in shown()]
    with connection.cursor() as cursor:
        cursor.execute(FREE, {"tables": tables})
        cursor.execute("CREATE TABLE browsing_visit_any PARTITION OF browsing_visit DEFAULT")


def fill(*, first: int, last: int) -> None:
    """Rows of these numbers in every table, and afterwards be the app."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE; SET LOCAL session_replication_role = replica")
        for model in shown():
            cursor.execute(_insert(model, first=first, last=last))
        cursor.execute(f"SET LOCAL session_replication_role = origin; SET LOCAL ROLE {APP}")


def let_be() -> None:
    """Until the transaction ends, let rows be changed as no service would."""
    with connection.cursor() as cursor:
        cursor.execute(f"RESET ROLE; SET LOCAL session_replication_role = replica; SET LOCAL ROLE {APP}")


def _insert(model: type[Model], *, first: int, last: int) -> str:
    columns = {field.column: _value(field, "n") for field in model._meta.concrete_fields if not field.generated}
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(columns.values())
    return f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {values} FROM generate_series({first}, {last}) AS n'


def _value(field: Any, n: str) -> str:
    """SQL for what the row of number ``n`` holds in a column."""
    if field.remote_field:
        return _reference(field, n)
    if isinstance(field, ArrayField):
        return f"ARRAY[{_value(field.base_field, n)}]"
    if field.choices:
        return _choice([key for key, _label in field.flatchoices], n)
    if said := NAMED.get(field.name):
        return said
    if field.max_length == LENGTH_OF_KEYS and field.name.endswith(("_by", "_id")):
        return f"({_value(get_user_model()._meta.pk, n)})::text"
    expression = next(expression for kind, expression in BY_TYPE if isinstance(field, kind))
    table = field.model._meta.db_table if hasattr(field, "model") else ""
    return expression.format(n=n, table=table, length=field.max_length, empty="{}")


def _reference(field: Any, n: str) -> str:
    """Half of the rows refer to the first of the others, so that it has many; half to one each, so that no answer is known yet."""
    there = field.related_model
    if not admin.site.is_registered(there):
        return "NULL"
    return _value(there._meta.pk, n if field.unique else f"(CASE WHEN {n} % 2 = 0 THEN {n} ELSE 1 END)")


def _choice(keys: list[Any], n: str) -> str:
    listed = ", ".join(f"'{key}'" if isinstance(key, str) else str(key) for key in keys)
    return f"(ARRAY[{listed}])[1 + {n} % {len(keys)}]"


def empty() -> None:
    """Take away what the migrations laid; accounts and sessions stay, somebody has to look."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for model in shown():
            if model._meta.label_lower not in {"accounts.user", "accounts.session"}:
                cursor.execute(f'DELETE FROM "{model._meta.db_table}"')


def key_of_first(model: type[Model]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_value(model._meta.pk, '1')}")
        return cursor.fetchone()[0]
