from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q

KINDS = [
    ("RESTRICTION", "Restriction"),
    ("OBJECTION", "Objection"),
    ("HOLD", "Legal hold"),
    ("SUPPRESSION", "Address not written to"),
    ("IMPORT", "Address not imported again"),
]

# Whoever says that a database is the one in service, and by whatever way in, leaves an event of it in the same transaction.
NOTE = """
CREATE FUNCTION subjects_note_home() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.audit_event (id, at, action, about, actor_kind, actor_id, actor_role, actor_entity, actor_country, details, expires_at)
    VALUES (gen_random_uuid(), statement_timestamp(), 'database.opened', 'database:' || NEW.server || '/' || NEW.database,
            'SYSTEM', left(regexp_replace(session_user, '[^A-Za-z0-9_.-]', '-', 'g'), 64), '', '', '',
            jsonb_build_object('ledger', NEW.ledger, 'backup', NEW.backup), statement_timestamp() + interval '6 years');
    RETURN NULL;
END
$$
"""

GUARD = """
CREATE TRIGGER subjects_home_noted AFTER INSERT OR UPDATE ON subjects_home
    FOR EACH ROW EXECUTE FUNCTION subjects_note_home();
REVOKE ALL ON subjects_home FROM PUBLIC, oxyprivacy_app, oxyprivacy_retention;
GRANT SELECT ON subjects_home TO oxyprivacy_app, oxyprivacy_retention;
"""

# The database that is migrated is the one in service: a backup brings the line along, and then this is not run.
SETTLE = """
INSERT INTO subjects_home (id, server, database, opened_at, backup, ledger)
SELECT 1, control.system_identifier::text, here.oid::bigint, statement_timestamp(), '', 0
  FROM pg_control_system() AS control, pg_database AS here WHERE here.datname = current_database()
"""

WATCH = """
CREATE TRIGGER subjects_note_import AFTER INSERT OR UPDATE ON subjects_importblock
    FOR EACH ROW EXECUTE FUNCTION subjects_note_order('IMPORT');
INSERT INTO subjects_orderchange (id, kind, row_key, noted_at)
SELECT gen_random_uuid(), 'IMPORT', id, statement_timestamp() FROM subjects_importblock;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("subjects", "0005_by_hand"), ("audit", "0002_guard")]

    operations: ClassVar = [
        migrations.AlterField("orderchange", "kind", models.CharField(choices=KINDS, max_length=11)),
        migrations.CreateModel(
            name="Home",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ("server", models.CharField(max_length=24)),
                ("database", models.PositiveBigIntegerField()),
                ("opened_at", models.DateTimeField()),
                ("backup", models.CharField(blank=True, max_length=80)),
                ("ledger", models.PositiveBigIntegerField(default=0)),
            ],
            options={
                "verbose_name": "database in service",
                "verbose_name_plural": "database in service",
                "constraints": [models.CheckConstraint(condition=Q(id=1), name="subjects_home_one")],
            },
        ),
        migrations.RunSQL(NOTE, "DROP FUNCTION subjects_note_home()"),
        migrations.RunSQL(SETTLE, migrations.RunSQL.noop),
        migrations.RunSQL(GUARD, "DROP TRIGGER subjects_home_noted ON subjects_home"),
        migrations.RunSQL(WATCH, "DROP TRIGGER subjects_note_import ON subjects_importblock"),
    ]
