from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q

import audit.keys

# What a person told us about an address stands until the same person says something else: rows are added, none changes. One may
# go when its day has come, or with the later row that ended it. The app may read and add.
FUNCTION = """
CREATE FUNCTION subjects_suppression_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        RAISE EXCEPTION '% is refused on %: what a person told us never changes.', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'raise_exception';
    END IF;
    IF OLD.expires_at <= statement_timestamp() OR EXISTS (
        SELECT FROM public.subjects_suppression AS later
         WHERE later.digest = OLD.digest AND later.purpose = OLD.purpose AND later.state = 'LIFTED'
           AND later.since >= OLD.since AND later.expires_at <= statement_timestamp()
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'Rows of % are kept until the person says otherwise.', TG_TABLE_NAME
        USING ERRCODE = 'raise_exception';
END
$$
"""

PROTECT = """
CREATE TRIGGER subjects_suppression_guard_row BEFORE UPDATE OR DELETE ON subjects_suppression
    FOR EACH ROW EXECUTE FUNCTION subjects_suppression_guard();
CREATE TRIGGER subjects_suppression_guard_all BEFORE TRUNCATE ON subjects_suppression
    FOR EACH STATEMENT EXECUTE FUNCTION subjects_suppression_guard();
REVOKE ALL ON subjects_suppression FROM PUBLIC, oxyprivacy_app, oxyprivacy_retention;
GRANT SELECT, INSERT ON subjects_suppression TO oxyprivacy_app;
GRANT SELECT, DELETE ON subjects_suppression TO oxyprivacy_retention;
"""

RELEASE = """
DROP TRIGGER subjects_suppression_guard_row ON subjects_suppression;
DROP TRIGGER subjects_suppression_guard_all ON subjects_suppression;
GRANT SELECT, INSERT, UPDATE, DELETE ON subjects_suppression TO oxyprivacy_app, oxyprivacy_retention;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("subjects", "0002_restriction_lifting"), ("audit", "0002_guard")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Suppression",
            fields=[
                ("id", models.UUIDField(default=audit.keys.new_key, editable=False, primary_key=True, serialize=False)),
                ("digest", models.BinaryField(max_length=32)),
                ("key_name", models.CharField(max_length=8)),
                ("purpose", models.CharField(max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[("STANDS", "We do not write"), ("LIFTED", "You asked us to write again")],
                        default="STANDS",
                        max_length=6,
                    ),
                ),
                ("about", models.CharField(max_length=80)),
                ("since", models.DateTimeField()),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "address not written to",
                "verbose_name_plural": "addresses not written to",
                "ordering": ["since", "id"],
                "indexes": [models.Index(fields=["digest", "purpose"], name="subjects_suppression_digest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(("about", ""), _negated=True) & Q(("purpose", ""), _negated=True),
                        name="subjects_suppression_about",
                    ),
                    models.CheckConstraint(
                        condition=Q(("state", "STANDS"), ("expires_at__isnull", False), _connector="OR"),
                        name="subjects_suppression_lifted",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION subjects_suppression_guard()"),
        migrations.RunSQL(PROTECT, RELEASE),
    ]
