from django.db import migrations

# What a colleague approves is what another prepared: neither the paper nor the names under it change afterwards. A preview
# that no longer holds is deleted with all that was signed on it, and made anew.
FUNCTION = """
CREATE FUNCTION rights_requests_preview_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (NEW.request_id, NEW.prepared_by_id, NEW.prepared_at, NEW.parts, NEW.digest)
        IS DISTINCT FROM (OLD.request_id, OLD.prepared_by_id, OLD.prepared_at, OLD.parts, OLD.digest) THEN
        RAISE EXCEPTION 'What was prepared for approval never changes: % is refused on %.', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'raise_exception';
    END IF;
    IF OLD.approved_by_id IS NOT NULL AND NEW.approved_by_id IS DISTINCT FROM OLD.approved_by_id
        OR OLD.approved_at IS NOT NULL AND NEW.approved_at IS DISTINCT FROM OLD.approved_at THEN
        RAISE EXCEPTION 'An approval is given once: % is refused on %.', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'raise_exception';
    END IF;
    RETURN NEW;
END
$$
"""

TRIGGER = """
CREATE TRIGGER rights_requests_erasurepreview_guard_row BEFORE UPDATE ON rights_requests_erasurepreview
    FOR EACH ROW EXECUTE FUNCTION rights_requests_preview_guard()
"""


class Migration(migrations.Migration):
    dependencies = [("rights_requests", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION rights_requests_preview_guard()"),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER rights_requests_erasurepreview_guard_row ON rights_requests_erasurepreview"),
    ]
