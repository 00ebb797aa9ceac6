"""An approval is a second person's later act, whichever way a link case comes into the table."""

from __future__ import annotations

from django.db import migrations, models

# Nothing is born approved: what a check of one row cannot tell from an honest approval, the way in does.
ASKED_FIRST = """
CREATE FUNCTION public.browsing_linkcase_asked() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.approved_at IS NOT NULL OR NEW.approved_by <> '' THEN
        RAISE EXCEPTION 'A link case is asked for first: a second person approves it later.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER browsing_linkcase_asked_row BEFORE INSERT ON public.browsing_linkcase
    FOR EACH ROW EXECUTE FUNCTION public.browsing_linkcase_asked();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("browsing", "0001_visits"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="linkcase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_at", None),
                    models.Q(("approved_at__gte", models.F("asked_at")), ("approved_at__lt", models.F("open_until"))),
                    _connector="OR",
                ),
                name="browsing_link_approved_later",
            ),
        ),
        migrations.RunSQL(ASKED_FIRST, "DROP FUNCTION browsing_linkcase_asked() CASCADE"),
    ]
