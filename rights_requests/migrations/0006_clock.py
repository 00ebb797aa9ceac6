from django.db import migrations, models
from django.db.models import Q

# Whoever asks: a date that has passed is a fact. Only a pause that began in time, and is still open when the sum is done, moves it.
DUE_FUNCTION = """
CREATE FUNCTION rights_requests_due_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    today date := (now() AT TIME ZONE 'Europe/Brussels')::date;
BEGIN
    IF NEW.due_on IS DISTINCT FROM OLD.due_on AND OLD.due_on < today AND NOT EXISTS (
        SELECT FROM public.rights_requests_pause p WHERE p.request_id = OLD.id AND p.ended_at IS NULL AND p.asked_on <= OLD.due_on
    ) OR NEW.first_due_on IS DISTINCT FROM OLD.first_due_on AND OLD.first_due_on < today AND NOT EXISTS (
        SELECT FROM public.rights_requests_pause p WHERE p.request_id = OLD.id AND p.ended_at IS NULL AND p.asked_on <= OLD.first_due_on
    ) THEN
        RAISE EXCEPTION 'A due date never moves after it has passed: % is refused on %.', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'raise_exception';
    END IF;
    IF OLD.extended_at IS NOT NULL
        AND (NEW.extended_at, NEW.extension_reason) IS DISTINCT FROM (OLD.extended_at, OLD.extension_reason) THEN
        RAISE EXCEPTION 'An extension is announced once: % is refused on %.', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'raise_exception';
    END IF;
    IF OLD.late_noted_at IS NOT NULL AND NEW.late_noted_at IS DISTINCT FROM OLD.late_noted_at THEN
        RAISE EXCEPTION 'Late stays late: % is refused on %.', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'raise_exception';
    END IF;
    RETURN NEW;
END
$$
"""

DUE_TRIGGER = """
CREATE TRIGGER rights_requests_rightsrequest_due_row
    BEFORE UPDATE OF due_on, first_due_on, extended_at, extension_reason, late_noted_at ON rights_requests_rightsrequest
    FOR EACH ROW EXECUTE FUNCTION rights_requests_due_guard()
"""

PAUSE_FUNCTION = """
CREATE FUNCTION rights_requests_pause_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL
        OR (NEW.request_id, NEW.reason, NEW.doubt, NEW.asked, NEW.proportionate, NEW.asked_on, NEW.at)
            IS DISTINCT FROM (OLD.request_id, OLD.reason, OLD.doubt, OLD.asked, OLD.proportionate, OLD.asked_on, OLD.at) THEN
        RAISE EXCEPTION 'A pause is ended once, and says what it said when it began: % is refused on %.', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'raise_exception';
    END IF;
    RETURN NEW;
END
$$
"""

PAUSE_TRIGGER = """
CREATE TRIGGER rights_requests_pause_guard_row BEFORE UPDATE ON rights_requests_pause
    FOR EACH ROW EXECUTE FUNCTION rights_requests_pause_guard()
"""


class Migration(migrations.Migration):
    dependencies = [("rights_requests", "0005_corrections_and_recipients")]

    operations = [
        migrations.AddField(model_name="rightsrequest", name="paused_on", field=models.DateField(blank=True, null=True)),
        migrations.RemoveIndex(model_name="rightsrequest", name="rights_requests_open"),
        migrations.AddIndex(
            model_name="rightsrequest",
            index=models.Index(
                condition=~Q(status__in=["ANSWERED", "FORWARDED", "LAPSED", "REFUSED", "WITHDRAWN"]),
                fields=["due_on", "reference"],
                include=("status", "assigned_to", "paused_on"),
                name="rights_requests_open",
            ),
        ),
        migrations.RunSQL(DUE_FUNCTION, "DROP FUNCTION rights_requests_due_guard()"),
        migrations.RunSQL(DUE_TRIGGER, "DROP TRIGGER rights_requests_rightsrequest_due_row ON rights_requests_rightsrequest"),
        migrations.RunSQL(PAUSE_FUNCTION, "DROP FUNCTION rights_requests_pause_guard()"),
        migrations.RunSQL(PAUSE_TRIGGER, "DROP TRIGGER rights_requests_pause_guard_row ON rights_requests_pause"),
    ]
