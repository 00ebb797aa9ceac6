from django.db import migrations, models

# The role in which a recipient got what it got is that of its day, whatever the register says of it later. What stands there already is told by
# the role of today: nobody wrote down another.
FUNCTIONS = """
CREATE FUNCTION datamap_disclosure_role() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.role := CASE TG_OP WHEN 'UPDATE' THEN OLD.role
        ELSE COALESCE((SELECT p.role FROM public.datamap_processor p WHERE p.code = NEW.recipient_id), '') END;
    RETURN NEW;
END
$$;
UPDATE datamap_disclosure d SET role = p.role FROM datamap_processor p WHERE p.code = d.recipient_id;
CREATE TRIGGER datamap_disclosure_role_row BEFORE INSERT OR UPDATE ON datamap_disclosure
    FOR EACH ROW EXECUTE FUNCTION datamap_disclosure_role();
"""
WITHOUT = """
DROP TRIGGER datamap_disclosure_role_row ON datamap_disclosure;
DROP FUNCTION datamap_disclosure_role();
"""


class Migration(migrations.Migration):
    dependencies = [("datamap", "0011_subs_stay_told")]

    operations = [
        migrations.AddField(
            model_name="disclosure",
            name="role",
            field=models.CharField(
                blank=True, choices=[("CONTROLLER", "Controller"), ("PROCESSOR", "Processor")], max_length=12, default=""
            ),
        ),
        migrations.RunSQL(FUNCTIONS, WITHOUT),
    ]
