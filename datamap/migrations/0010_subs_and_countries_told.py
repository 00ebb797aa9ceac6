from django.db import migrations, models

# Customers are told before somebody works on their data, through whomever, and before it goes to another third country (Art. 28(2), 28(4)).
# What they were told of may not grow on the way: from the day on which a notice of a beginning is published, a new sub-processor has begun after
# its own notice, and a new country outside the European Economic Area has its own. Nobody begins while they may still object. A register in which nothing stands yet is taken over as it is,
# in one statement: that is how one that was lost comes back. A trigger that is STABLE sees the register as it was before that statement.
#
# Nothing leaves either where those through whom a recipient works are in a country for which nothing stands on record: as 0009, for all of them.
FUNCTIONS = """
CREATE FUNCTION datamap_register_is_empty() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT EXISTS (SELECT FROM public.datamap_processor)
$$;
CREATE FUNCTION datamap_customers_count_on(processor public.datamap_processor) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'PROCESSOR' = ANY (processor.our_roles) AND (processor.since IS NOT NULL OR EXISTS (
        SELECT FROM public.datamap_notice n
         WHERE n.processor_id = processor.code AND n.kind IN ('ADD', 'REPLACE') AND n.published_at IS NOT NULL AND n.withdrawn_at IS NULL))
$$;
CREATE FUNCTION datamap_customers_know(sub varchar) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM public.datamap_processor p
                    WHERE p.code = sub AND 'PROCESSOR' = ANY (p.our_roles) AND p.since <= (now() AT TIME ZONE 'Europe/Brussels')::date)
$$;
GRANT EXECUTE ON FUNCTION
    datamap_register_is_empty(), datamap_customers_count_on(public.datamap_processor), datamap_customers_know(varchar) TO oxyprivacy_app;
CREATE OR REPLACE FUNCTION datamap_processor_start() RETURNS trigger
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    today date := (now() AT TIME ZONE 'Europe/Brussels')::date;
    begins boolean := NEW.since IS NOT NULL AND 'PROCESSOR' = ANY (NEW.our_roles)
        AND (TG_OP = 'INSERT' OR NEW.since IS DISTINCT FROM OLD.since OR NOT 'PROCESSOR' = ANY (OLD.our_roles)
             OR (OLD.until < today AND (NEW.until IS NULL OR NEW.until > OLD.until)));
    place text;
BEGIN
    IF TG_OP = 'INSERT' AND public.datamap_register_is_empty() THEN
        RETURN NEW;
    END IF;
    IF begins AND NOT EXISTS (SELECT FROM public.datamap_notice n
                         WHERE n.processor_id = NEW.code AND n.kind IN ('ADD', 'REPLACE') AND n.done_at IS NOT NULL AND n.effective_on <= NEW.since
                           AND (TG_OP = 'INSERT' OR OLD.until IS NULL OR OLD.until >= today OR OLD.until < n.effective_on)) THEN
        RAISE EXCEPTION 'Customers are told before % works on their data.', NEW.code USING ERRCODE = 'raise_exception';
    END IF;
    IF begins AND EXISTS (SELECT FROM public.datamap_processor_sub_processors s
                           WHERE s.from_processor_id = NEW.code AND NOT public.datamap_customers_know(s.to_processor_id)) THEN
        RAISE EXCEPTION 'Customers are told of those through whom % works before it works on their data.', NEW.code
            USING ERRCODE = 'raise_exception';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.countries IS DISTINCT FROM OLD.countries AND public.datamap_customers_count_on(OLD) THEN
        FOREACH place IN ARRAY NEW.countries LOOP
            CONTINUE WHEN place = ANY (OLD.countries) OR place = ANY (ARRAY[
                'AT', 'BE', 'BG', 'CY', 'CZ', 'DE', 'DK', 'EE', 'ES', 'FI', 'FR', 'GR', 'HR', 'HU', 'IE', 'IS', 'IT', 'LI', 'LT', 'LU', 'LV',
                'MT', 'NL', 'NO', 'PL', 'PT', 'RO', 'SE', 'SI', 'SK']);
            CONTINUE WHEN EXISTS (SELECT FROM public.datamap_notice n
                                   WHERE n.processor_id = NEW.code AND n.kind = 'TRANSFER' AND n.country = place
                                     AND n.effective_on <= (n.done_at AT TIME ZONE 'Europe/Brussels')::date);
            RAISE EXCEPTION 'Customers are told before % takes their data to %.', NEW.code, place USING ERRCODE = 'raise_exception';
        END LOOP;
    END IF;
    RETURN NEW;
END
$$;
CREATE FUNCTION datamap_sub_processor_told() RETURNS trigger
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
CREATE TRIGGER datamap_sub_processor_told_row BEFORE INSERT OR UPDATE ON datamap_processor_sub_processors
    FOR EACH ROW EXECUTE FUNCTION datamap_sub_processor_told();
"""
# As migration 0007 made it.
WITHOUT = """
DROP TRIGGER datamap_sub_processor_told_row ON datamap_processor_sub_processors;
DROP FUNCTION datamap_sub_processor_told();
CREATE OR REPLACE FUNCTION datamap_processor_start() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.since IS NOT NULL AND 'PROCESSOR' = ANY (NEW.our_roles)
        AND (TG_OP = 'INSERT' OR NEW.since IS DISTINCT FROM OLD.since OR NOT 'PROCESSOR' = ANY (OLD.our_roles))
        AND NOT EXISTS (SELECT FROM public.datamap_notice n
                         WHERE n.processor_id = NEW.code AND n.kind IN ('ADD', 'REPLACE')
                           AND n.published_at IS NOT NULL AND n.withdrawn_at IS NULL AND n.effective_on <= NEW.since) THEN
        RAISE EXCEPTION 'Customers are told before % works on their data.', NEW.code USING ERRCODE = 'raise_exception';
    END IF;
    RETURN NEW;
END
$$;
DROP FUNCTION datamap_customers_know(varchar);
DROP FUNCTION datamap_customers_count_on(public.datamap_processor);
DROP FUNCTION datamap_register_is_empty();
"""


TRANSFERS = """
CREATE OR REPLACE FUNCTION datamap_transfer_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    on_day date := (NEW.at AT TIME ZONE 'Europe/Brussels')::date;
    who record;
    papers text[];
    place text;
BEGIN
    FOR who IN
        WITH RECURSIVE reached(code) AS (
            SELECT NEW.recipient_id
            UNION
            SELECT s.to_processor_id FROM reached r
              JOIN public.datamap_processor_sub_processors s ON s.from_processor_id = r.code
              JOIN public.datamap_processor sub ON sub.code = s.to_processor_id
             WHERE on_day BETWEEN COALESCE(sub.since, on_day) AND COALESCE(sub.until, on_day))
        SELECT p.code, CASE p.countries WHEN '{}' THEN ARRAY[NEW.country]::varchar[] ELSE p.countries END AS works_in
          FROM reached JOIN public.datamap_processor p USING (code)
    LOOP
        papers := ARRAY(
            SELECT c.kind FROM public.datamap_paper c
             WHERE c.processor_id = who.code AND c.valid_from <= on_day
               AND on_day <= COALESCE(c.valid_until, on_day) AND (c.ended_on IS NULL OR on_day < c.ended_on));
        FOREACH place IN ARRAY who.works_in LOOP
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
                 WHERE n.processor_id = who.code AND n.kind = 'TRANSFER' AND n.country = place
                   AND n.done_at IS NOT NULL AND n.effective_on <= on_day);
            RAISE EXCEPTION 'Nothing allows a transfer to where % works on this day.', who.code USING ERRCODE = 'raise_exception';
        END LOOP;
    END LOOP;
    RETURN NEW;
END
$$;
"""
# As migration 0009 made it.
WITHOUT_SUBS = """
CREATE OR REPLACE FUNCTION datamap_transfer_guard() RETURNS trigger
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
"""


class Migration(migrations.Migration):
    dependencies = [("datamap", "0009_transfers_by_country")]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("ADD", "A new processor"),
                    ("REPLACE", "A processor in the place of another"),
                    ("TRANSFER", "Data in another country outside the European Economic Area"),
                ],
                max_length=12,
                verbose_name="kind",
            ),
        ),
        migrations.RunSQL(FUNCTIONS, WITHOUT),
        migrations.RunSQL(TRANSFERS, WITHOUT_SUBS),
    ]
