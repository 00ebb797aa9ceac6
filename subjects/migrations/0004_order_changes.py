from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import audit.keys

# Whoever makes or ends a standing order, through whatever way in, leaves a note of it in the same transaction. And when somebody about
# whom something stands gets one more identifier, the copies outside must know that one too.
NOTE = """
CREATE FUNCTION subjects_note_order() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.subjects_orderchange (id, kind, row_key, noted_at)
    VALUES (gen_random_uuid(), TG_ARGV[0], NEW.id, statement_timestamp());
    RETURN NULL;
END
$$
"""

NOTE_IDENTIFIER = """
CREATE FUNCTION subjects_note_identifier() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.subjects_orderchange (id, kind, row_key, noted_at)
    SELECT gen_random_uuid(), standing.kind, standing.id, statement_timestamp() FROM (
        SELECT 'RESTRICTION' AS kind, id FROM public.subjects_restriction WHERE subject_id = NEW.subject_id AND lifted_at IS NULL
        UNION ALL
        SELECT 'OBJECTION', id FROM public.subjects_objection WHERE subject_id = NEW.subject_id AND ended_at IS NULL
        UNION ALL
        SELECT 'HOLD', id FROM public.subjects_legalhold WHERE subject_id = NEW.subject_id AND released_at IS NULL
    ) AS standing;
    RETURN NULL;
END
$$
"""

WATCH = """
CREATE TRIGGER subjects_note_restriction AFTER INSERT OR UPDATE ON subjects_restriction
    FOR EACH ROW EXECUTE FUNCTION subjects_note_order('RESTRICTION');
CREATE TRIGGER subjects_note_objection AFTER INSERT OR UPDATE ON subjects_objection
    FOR EACH ROW EXECUTE FUNCTION subjects_note_order('OBJECTION');
CREATE TRIGGER subjects_note_hold AFTER INSERT OR UPDATE ON subjects_legalhold
    FOR EACH ROW EXECUTE FUNCTION subjects_note_order('HOLD');
CREATE TRIGGER subjects_note_suppression AFTER INSERT ON subjects_suppression
    FOR EACH ROW EXECUTE FUNCTION subjects_note_order('SUPPRESSION');
CREATE TRIGGER subjects_note_identifier AFTER INSERT OR UPDATE ON subjects_identifier
    FOR EACH ROW EXECUTE FUNCTION subjects_note_identifier();
"""

IGNORE = """
DROP TRIGGER subjects_note_restriction ON subjects_restriction;
DROP TRIGGER subjects_note_objection ON subjects_objection;
DROP TRIGGER subjects_note_hold ON subjects_legalhold;
DROP TRIGGER subjects_note_suppression ON subjects_suppression;
DROP TRIGGER subjects_note_identifier ON subjects_identifier;
"""

# What stands already is copied out as well, with the first sweep.
CATCH_UP = """
INSERT INTO subjects_orderchange (id, kind, row_key, noted_at)
SELECT gen_random_uuid(), kind, id, statement_timestamp() FROM (
    SELECT 'RESTRICTION' AS kind, id FROM subjects_restriction WHERE lifted_at IS NULL
    UNION ALL SELECT 'OBJECTION', id FROM subjects_objection WHERE ended_at IS NULL
    UNION ALL SELECT 'HOLD', id FROM subjects_legalhold WHERE released_at IS NULL
    UNION ALL SELECT 'SUPPRESSION', id FROM subjects_suppression
) AS standing
"""

IDENTIFIER_KINDS = [("EMAIL", "E-mail address"), ("ACCOUNT", "Account"), ("PHONE", "Telephone number"), ("VISITOR", "Visitor")]
ORDER_KINDS = [
    ("RESTRICTION", "Restriction"),
    ("OBJECTION", "Objection"),
    ("HOLD", "Legal hold"),
    ("SUPPRESSION", "Address not written to"),
]
RESTRICTION_GROUNDS = [
    ("ACCURACY", "Accuracy contested"),
    ("UNLAWFUL", "Unlawful, but not to be erased"),
    ("CLAIMS", "Needed by the person for a legal claim"),
    ("OBJECTION", "Objection being weighed"),
]
METHODS = [
    ("SIGNED_IN", "Signed in"),
    ("MAILBOX", "Link sent to the address"),
    ("KNOWN_CHANNEL", "Answer through a channel on file"),
    ("DESK", "Checked by the helpdesk"),
    ("ON_FILE", "Confirmed address of the same account"),
    ("RESTORED", "Recognised after a restore"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("subjects", "0003_suppression")]

    operations: ClassVar = [
        migrations.AlterField("identifier", "method", models.CharField(choices=METHODS, max_length=16)),
        migrations.AlterField("restriction", "ground", models.CharField(choices=RESTRICTION_GROUNDS, max_length=16)),
        migrations.CreateModel(
            name="OrderChange",
            fields=[
                ("id", models.UUIDField(default=audit.keys.new_key, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=ORDER_KINDS, max_length=11)),
                ("row_key", models.UUIDField()),
                ("noted_at", models.DateTimeField()),
                ("copied_at", models.DateTimeField(blank=True, null=True)),
                ("number", models.PositiveBigIntegerField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "change of a standing order",
                "verbose_name_plural": "changes of standing orders",
                "indexes": [
                    models.Index(condition=Q(copied_at=None), fields=["noted_at"], name="subjects_orderchange_waiting"),
                    models.Index(fields=["number"], name="subjects_orderchange_number"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LostIdentifier",
            fields=[
                ("id", models.UUIDField(default=audit.keys.new_key, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=IDENTIFIER_KINDS, max_length=8)),
                ("digest", models.BinaryField(max_length=32)),
                ("since", models.DateTimeField()),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lost_identifiers",
                        to="subjects.subject",
                    ),
                ),
            ],
            options={
                "verbose_name": "identifier known by its hash",
                "verbose_name_plural": "identifiers known by their hash",
                "constraints": [models.UniqueConstraint(fields=["digest", "subject"], name="subjects_lost_once")],
            },
        ),
        migrations.RunSQL(NOTE, "DROP FUNCTION subjects_note_order()"),
        migrations.RunSQL(NOTE_IDENTIFIER, "DROP FUNCTION subjects_note_identifier()"),
        migrations.RunSQL(CATCH_UP, migrations.RunSQL.noop),
        migrations.RunSQL(WATCH, IGNORE),
    ]
