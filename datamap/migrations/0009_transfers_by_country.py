from django.db import migrations

# Nothing leaves to a country for which nothing stands on record (Chapter V, policy VIII): neither a decision on its protection, nor clauses, nor
# a notice in effect. Who works nowhere in particular works where the person is. Written as of its day, and asked when it leaves: see
# ``datamap.processors.transfer_basis``, which says the same before.
FUNCTIONS = """
CREATE FUNCTION datamap_transfer_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    on_day date := (NEW.at AT TIME ZONE 'Europe/Brussels')::date;
    works_in text[] := (SELECT p.countries FROM public.datamap_processor p WHERE p.code = NEW.recipient_id);
    papers text[] := ARRAY(
        SELECT c.kind FROM public.datamap_paper c
         WHERE c.processor_id = NEW.recipient_id AND c.valid_from <= on_day
           AND on_day <= COALESCE(c.valid_until, on_day) AND (c.ended_on IS NULL OR on_day < c.ended_on));
    place text;
BEGIN
    IF works_in = '{}' THEN
        works_in := ARRAY[NEW.country];
    END IF;
    FOREACH place IN ARRAY works_in LOOP
        CONTINUE WHEN place = ANY (ARRAY[
            'AT', 'BE', 'BG', 'CY', 'CZ', 'DE', 'DK', 'EE', 'ES', 'FI', 'FR', 'GR', 'HR', 'HU', 'IE', 'IS', 'IT', 'LI', 'LT', 'LU', 'LV',
            'MT', 'NL', 'NO', 'PL', 'PT', 'RO', 'SE', 'SI', 'SK']);
        CONTINUE WHEN place <> '' AND 'CLAUSES' = ANY (papers);
        CONTINUE WHEN EXISTS (
            SELECT FROM public.datamap_adequacydecision d
             WHERE d.country = place AND d.is_confirmed AND d.valid_from <= on_day AND on_day <= COALESCE(d.valid_until, on_day)
               AND (NOT d.is_partial OR 'FRAMEWORK' = ANY (papers)));
        CONTINUE WHEN EXISTS (
            SELECT FROM public.datamap_notice n
             WHERE n.processor_id = NEW.recipient_id AND n.kind = 'TRANSFER' AND n.country = place
               AND n.done_at IS NOT NULL AND n.effective_on <= on_day);
        RAISE EXCEPTION 'Nothing allows a transfer to where % works on this day.', NEW.recipient_id USING ERRCODE = 'raise_exception';
    END LOOP;
    RETURN NEW;
END
$$;
CREATE TRIGGER datamap_transfer_guard_row BEFORE INSERT ON datamap_disclosure
    FOR EACH ROW EXECUTE FUNCTION datamap_transfer_guard();
"""
WITHOUT = """
DROP TRIGGER datamap_transfer_guard_row ON datamap_disclosure;
DROP FUNCTION datamap_transfer_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("datamap", "0008_ledger")]

    operations = [migrations.RunSQL(FUNCTIONS, WITHOUT)]
