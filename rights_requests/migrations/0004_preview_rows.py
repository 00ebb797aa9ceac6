import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import audit.keys

# What two people approved is neither changed nor added to; fewer rows only mean that fewer are erased.
FUNCTION = """
CREATE FUNCTION rights_requests_covered_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' OR EXISTS (
        SELECT FROM public.rights_requests_erasurepreview p WHERE p.request_id = NEW.preview_id AND p.approved_by_id IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'What was approved to be erased is never added to: % is refused on %.', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'raise_exception';
    END IF;
    RETURN NEW;
END
$$
"""

TRIGGER = """
CREATE TRIGGER rights_requests_previewrows_guard_row BEFORE INSERT OR UPDATE ON rights_requests_previewrows
    FOR EACH ROW EXECUTE FUNCTION rights_requests_covered_guard()
"""


class Migration(migrations.Migration):
    dependencies = [("rights_requests", "0003_six_rights")]

    operations = [
        migrations.CreateModel(
            name="PreviewRows",
            fields=[
                ("id", models.UUIDField(default=audit.keys.new_key, editable=False, primary_key=True, serialize=False)),
                ("source", models.CharField(max_length=64)),
                ("part", models.CharField(max_length=64)),
                ("number", models.PositiveIntegerField()),
                ("row_keys", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                (
                    "preview",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="rights_requests.erasurepreview"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("preview", "source", "part", "number"), name="rights_requests_covered_once")
                ],
            },
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION rights_requests_covered_guard()"),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER rights_requests_previewrows_guard_row ON rights_requests_previewrows"),
    ]
