"""The retention role may read and delete evidence, which expires, and nothing else: the app destroys everything else.

A table that is guarded later gives the role what it needs (``audit.guard.protect``); another table gives it nothing.
"""

from django.db import migrations

TABLES_THAT_THE_GUARD_LEAVES_OUT = """
    SELECT c.oid::regclass AS name
      FROM pg_catalog.pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
       AND c.relowner = current_user::regrole
       AND NOT EXISTS (
           SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND t.tgfoid = 'public.oxyprivacy_guard'::regproc)
"""
SEQUENCES = """
    SELECT c.oid::regclass AS name FROM pg_catalog.pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S' AND c.relowner = current_user::regrole
"""

NARROW = f"""
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM oxyprivacy_retention;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM oxyprivacy_retention;
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN {TABLES_THAT_THE_GUARD_LEAVES_OUT} LOOP
        EXECUTE format('REVOKE ALL ON TABLE %s FROM oxyprivacy_retention', found.name);
    END LOOP;
    FOR found IN {SEQUENCES} LOOP
        EXECUTE format('REVOKE ALL ON SEQUENCE %s FROM oxyprivacy_retention', found.name);
    END LOOP;
END
$$;
"""

WIDEN = f"""
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO oxyprivacy_retention;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO oxyprivacy_retention;
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN {TABLES_THAT_THE_GUARD_LEAVES_OUT} LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE %s TO oxyprivacy_retention', found.name);
    END LOOP;
    FOR found IN {SEQUENCES} LOOP
        EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE %s TO oxyprivacy_retention', found.name);
    END LOOP;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_guard"), ("datamap", "0002_guard")]
    # It gives the role its rights on a table whose guard is another one: taken away again they would be missing.
    run_before = [("subjects", "0003_suppression")]

    operations = [migrations.RunSQL(NARROW, WIDEN)]
