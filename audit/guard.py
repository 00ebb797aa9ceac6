"""The guard of evidence: a trigger that refuses UPDATE and TRUNCATE always, and DELETE before ``expires_at``."""

from __future__ import annotations

import re

from django.db import migrations

TABLE = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)

FUNCTION = """
CREATE OR REPLACE FUNCTION oxyprivacy_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.expires_at <= statement_timestamp() THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'Rows of % are kept until they expire: this one until %.', TG_TABLE_NAME, OLD.expires_at
            USING ERRCODE = 'raise_exception';
    END IF;
    RAISE EXCEPTION '% is refused on %: its rows never change.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'raise_exception';
END
$$
"""

PROTECT = """
CREATE TRIGGER {table}_guard_row BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION oxyprivacy_guard();
CREATE TRIGGER {table}_guard_all BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION oxyprivacy_guard();
REVOKE ALL ON {table} FROM PUBLIC, oxyprivacy_app, oxyprivacy_retention;
GRANT SELECT, INSERT ON {table} TO oxyprivacy_app;
GRANT SELECT, DELETE ON {table} TO oxyprivacy_retention;
"""

RELEASE = """
DROP TRIGGER {table}_guard_row ON {table};
DROP TRIGGER {table}_guard_all ON {table};
GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO oxyprivacy_app, oxyprivacy_retention;
"""


def protect(table: str) -> migrations.RunSQL:
    """Guard ``table`` from now on: the app may read and insert, retention read and delete what has expired.

    The table has a column ``expires_at`` and none that changes; the migration depends on ``("audit", "0002_guard")``.
    """
    if not TABLE.fullmatch(table):
        raise ValueError(f"{table!r} is not the plain name of a table.")
    return migrations.RunSQL(PROTECT.format(table=table), RELEASE.format(table=table))
