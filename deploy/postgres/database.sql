-- What the roles may do in one database of OxyPrivacy. Run as a superuser in that database, before the first migration;
-- a test database gets exactly the same. Plain SQL for any client; running it again changes nothing.

DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO oxyprivacy_owner, oxyprivacy_app, oxyprivacy_retention', current_database());
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO oxyprivacy_app, oxyprivacy_retention;

-- What the owner makes later, by migrations, is the app's to use but never to alter; a migration takes away what goes too far.
-- Retention gets nothing by itself: the migration that guards a table lets it read there, and delete what has expired.
ALTER DEFAULT PRIVILEGES FOR ROLE oxyprivacy_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO oxyprivacy_app;
ALTER DEFAULT PRIVILEGES FOR ROLE oxyprivacy_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO oxyprivacy_app;
-- A function that runs with its owner's rights is open only to those whom its migration names.
ALTER DEFAULT PRIVILEGES FOR ROLE oxyprivacy_owner
    REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
