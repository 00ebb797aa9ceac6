from django.db import migrations, models

# Whoever works on customers' data through another may do so while that one works on it with their knowledge: it does not lose our role as
# processor, nor its first day, while it is linked, nor the role while customers are being told of it. Who lost it begins again after a notice of
# a later day: this function alone writes the day on which that was. Of two who change both ends of a link at once, the second sees what the
# first did: the link takes both rows, and what is asked of a row is asked after it was taken.
FUNCTIONS = """
CREATE FUNCTION datamap_processor_leaves() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    today date := (now() AT TIME ZONE 'Europe/Brussels')::date;
    had_role boolean := 'PROCESSOR' = ANY (OLD.our_roles);
    has_role boolean := 'PROCESSOR' = ANY (NEW.our_roles);
    leaves boolean := had_role AND OLD.since <= today AND (NEW.since IS NULL OR NEW.since > today OR NOT has_role);
BEGIN
    NEW.left_customers_on := CASE WHEN leaves THEN today ELSE OLD.left_customers_on END;
    IF leaves AND EXISTS (
        SELECT FROM public.datamap_processor_sub_processors s JOIN public.datamap_processor u ON u.code = s.from_processor_id
         WHERE s.to_processor_id = OLD.code AND u.code <> OLD.code AND COALESCE(u.until, today) >= today
           AND public.datamap_customers_count_on(u)) THEN
        RAISE EXCEPTION 'Others work on customers'' data through %: it goes on being told of.', OLD.code USING ERRCODE = 'raise_exception';
    END IF;
    IF had_role AND NOT has_role AND EXISTS (
        SELECT FROM public.datamap_notice n
         WHERE n.processor_id = NEW.code AND n.kind IN ('ADD', 'REPLACE') AND n.published_at IS NOT NULL AND n.withdrawn_at IS NULL
           AND n.done_at IS NULL) THEN
        RAISE EXCEPTION 'Customers are being told that % works on their data.', NEW.code USING ERRCODE = 'raise_exception';
    END IF;
    IF NEW.since IS NOT NULL AND has_role AND OLD.left_customers_on IS NOT NULL AND (NOT had_role OR NEW.since IS DISTINCT FROM OLD.since)
        AND NOT EXISTS (
            SELECT FROM public.datamap_notice n
             WHERE n.processor_id = NEW.code AND n.kind IN ('ADD', 'REPLACE') AND n.done_at IS NOT NULL
               AND n.effective_on > OLD.left_customers_on AND n.effective_on <= NEW.since) THEN
        RAISE EXCEPTION 'Customers are told before % works on their data again.', NEW.code USING ERRCODE = 'raise_exception';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER datamap_processor_leaves_row BEFORE UPDATE ON datamap_processor
    FOR EACH ROW EXECUTE FUNCTION datamap_processor_leaves();
CREATE OR REPLACE FUNCTION datamap_sub_processor_told() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM public.datamap_processor p WHERE p.code IN (NEW.from_processor_id, NEW.to_processor_id) ORDER BY p.code FOR SHARE;
    IF EXISTS (SELECT FROM public.datamap_processor p WHERE p.code = NEW.from_processor_id AND public.datamap_customers_count_on(p))
        AND NOT public.datamap_customers_know(NEW.to_processor_id) THEN
        RAISE EXCEPTION 'Customers are told of % before % works on their data through it.', NEW.to_processor_id, NEW.from_processor_id
            USING ERRCODE = 'raise_exception';
    END IF;
    RETURN NEW;
END
$$;
"""
# As migration 0010 made it.
WITHOUT = """
DROP TRIGGER datamap_processor_leaves_row ON datamap_processor;
DROP FUNCTION datamap_processor_leaves();
CREATE OR REPLACE FUNCTION datamap_sub_processor_told() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM public.datamap_processor p WHERE p.code = NEW.from_processor_id AND public.datamap_customers_count_on(p))
        AND NOT public.datamap_customers_know(NEW.to_processor_id) THEN
        RAISE EXCEPTION 'Customers are told of % before % works on their data through it.', NEW.to_processor_id, NEW.from_processor_id
            USING ERRCODE = 'raise_exception';
    END IF;
    RETURN NEW;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("datamap", "0010_subs_and_countries_told")]

    operations = [
        migrations.AddField(
            model_name="processor",
            name="left_customers_on",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="worked on customers’ data until"),
        ),
        migrations.RunSQL(FUNCTIONS, WITHOUT),
    ]
