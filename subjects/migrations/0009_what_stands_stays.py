from __future__ import annotations

from typing import ClassVar

from django.db import migrations

# A restriction goes when it was lifted, and is of whom and for what it was made: another one would free somebody as a deletion does.
RESTRICTIONS = """
CREATE FUNCTION subjects_restriction_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.lifted_at IS NULL THEN
            RAISE EXCEPTION 'A restriction that stands is lifted before it goes: % is refused on %.', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'raise_exception';
        END IF;
        RETURN OLD;
    END IF;
    IF (NEW.id, NEW.subject_id, NEW.ground, NEW.about, NEW.since)
        IS DISTINCT FROM (OLD.id, OLD.subject_id, OLD.ground, OLD.about, OLD.since) THEN
        RAISE EXCEPTION 'Whom a restriction is about and why never changes: % is refused on %.', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'raise_exception';
    END IF;
    RETURN NEW;
END
$$
"""

# What a restore has to erase again is known until no backup has it any more. Only that it was copied is noted later.
TOMBSTONES = """
CREATE FUNCTION subjects_tombstone_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.expires_at > statement_timestamp() THEN
            RAISE EXCEPTION 'Rows of % are kept until they expire: this one until %.', TG_TABLE_NAME, OLD.expires_at
                USING ERRCODE = 'raise_exception';
        END IF;
        RETURN OLD;
    END IF;
    IF (NEW.id, NEW.source, NEW.part, NEW.row_keys, NEW.about, NEW.erased_at, NEW.expires_at)
        IS DISTINCT FROM (OLD.id, OLD.source, OLD.part, OLD.row_keys, OLD.about, OLD.erased_at, OLD.expires_at) THEN
        RAISE EXCEPTION 'What was erased never changes: % is refused on %.', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'raise_exception';
    END IF;
    RETURN NEW;
END
$$
"""

TRIGGERS = """
CREATE TRIGGER subjects_restriction_guard_row BEFORE UPDATE OR DELETE ON subjects_restriction
    FOR EACH ROW EXECUTE FUNCTION subjects_restriction_guard();
CREATE TRIGGER subjects_tombstone_guard_row BEFORE UPDATE OR DELETE ON subjects_tombstone
    FOR EACH ROW EXECUTE FUNCTION subjects_tombstone_guard();
"""

WITHOUT = """
DROP TRIGGER subjects_restriction_guard_row ON subjects_restriction;
DROP TRIGGER subjects_tombstone_guard_row ON subjects_tombstone;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("subjects", "0008_channels_they_named")]

    operations: ClassVar = [
        migrations.RunSQL(RESTRICTIONS, "DROP FUNCTION subjects_restriction_guard()"),
        migrations.RunSQL(TOMBSTONES, "DROP FUNCTION subjects_tombstone_guard()"),
        migrations.RunSQL(TRIGGERS, WITHOUT),
    ]
