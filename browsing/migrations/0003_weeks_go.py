from django.db import migrations

# A week goes as a whole only when the visit of its last instant has had its twelve months, by the calendar and the clock of Brussels
# and by the database's own clock. Reckoned from both sides: after 29 February the two differ, and the later one counts.
IS_OVER = """
CREATE FUNCTION public.browsing_require_over(day date) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    starts date := date_trunc('week', day::timestamp)::date;
    week text := 'browsing_visit_' || to_char(starts, 'IYYY"w"IW');
    ends timestamptz := (starts + 7)::timestamp AT TIME ZONE 'UTC';
    bounds text;
BEGIN
    SELECT pg_get_expr(c.relpartbound, c.oid) INTO bounds
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'public.browsing_visit'::regclass AND c.oid = to_regclass('public.' || week);
    IF bounds IS DISTINCT FROM format('FOR VALUES FROM (%L) TO (%L)', starts::timestamp AT TIME ZONE 'UTC', ends) THEN
        RAISE EXCEPTION 'There is no week of visits at %.', day USING ERRCODE = 'raise_exception';
    END IF;
    IF ((ends AT TIME ZONE 'Europe/Brussels') + interval '12 months') AT TIME ZONE 'Europe/Brussels' > clock_timestamp()
       OR (clock_timestamp() AT TIME ZONE 'Europe/Brussels') - interval '12 months' < ends AT TIME ZONE 'Europe/Brussels' THEN
        RAISE EXCEPTION 'The week of % has visits whose twelve months are not over.', starts USING ERRCODE = 'raise_exception';
    END IF;
    RETURN week;
END
$$;
REVOKE ALL ON FUNCTION public.browsing_require_over(date) FROM PUBLIC;
"""

# Nobody writes to the week from now on. What must outlive it is copied into the table that this makes, and that takes its place.
SET_ASIDE = """
CREATE FUNCTION public.browsing_set_aside(day date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    week text := public.browsing_require_over(day);
BEGIN
    EXECUTE format('LOCK TABLE public.%I IN SHARE MODE', week);
    EXECUTE format('CREATE TABLE public.%I (LIKE public.browsing_visit INCLUDING ALL)', week || '_aside');
    RETURN week || '_aside';
END
$$;
REVOKE ALL ON FUNCTION public.browsing_set_aside(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.browsing_set_aside(date) TO oxyprivacy_app;
"""

# In the transaction of the one before. No hold begins meanwhile, and one that began since then stops it.
DROP_WEEK = """
CREATE FUNCTION public.browsing_drop_week(day date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    week text := public.browsing_require_over(day);
    aside text := week || '_aside';
    starts timestamptz := date_trunc('week', day::timestamp) AT TIME ZONE 'UTC';
    is_forgotten boolean;
    has_rows boolean;
    bytes bigint := pg_total_relation_size(to_regclass('public.' || week));
BEGIN
    LOCK TABLE public.browsing_visithold IN SHARE MODE;
    LOCK TABLE ONLY public.browsing_visit IN ACCESS EXCLUSIVE MODE;
    EXECUTE format(
        'SELECT EXISTS (SELECT FROM public.browsing_visithold h JOIN public.%I v'
        ' ON v.at >= h.starts_at AND v.at < h.until AND (h.ip IS NULL OR h.ip = v.ip)'
        ' WHERE h.released_at IS NULL AND h.starts_at < %L AND h.until > %L'
        ' AND NOT EXISTS (SELECT FROM public.%I a WHERE a.id = v.id AND a.at = v.at))',
        week, starts + interval '7 days', starts, aside
    ) INTO is_forgotten;
    IF is_forgotten THEN
        RAISE EXCEPTION 'A hold keeps visits of the week of %.', starts USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    EXECUTE format('ALTER TABLE public.browsing_visit DETACH PARTITION public.%I', week);
    EXECUTE format('DROP TABLE public.%I', week);
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', aside) INTO has_rows;
    IF has_rows THEN
        EXECUTE format('ALTER TABLE public.%I RENAME TO %I', aside, week);
        EXECUTE format(
            'ALTER TABLE public.browsing_visit ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
            week, starts, starts + interval '7 days'
        );
        bytes := bytes - pg_total_relation_size(to_regclass('public.' || week));
    ELSE
        EXECUTE format('DROP TABLE public.%I', aside);
    END IF;
    RETURN bytes;
END
$$;
REVOKE ALL ON FUNCTION public.browsing_drop_week(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.browsing_drop_week(date) TO oxyprivacy_app;
"""


class Migration(migrations.Migration):
    dependencies = [("browsing", "0002_approved_later")]

    operations = [
        migrations.RunSQL(IS_OVER, "DROP FUNCTION browsing_require_over(date)"),
        migrations.RunSQL(SET_ASIDE, "DROP FUNCTION browsing_set_aside(date)"),
        migrations.RunSQL(DROP_WEEK, "DROP FUNCTION browsing_drop_week(date)"),
    ]
