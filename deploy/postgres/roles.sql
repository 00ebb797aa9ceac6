-- The database and its roles. Run by psql 15 or later as a superuser; running it again changes nothing but the passwords.
--
--   psql --file deploy/postgres/roles.sql postgres
--
-- with OXYPRIVACY_OWNER_PASSWORD, OXYPRIVACY_APP_PASSWORD and OXYPRIVACY_RETENTION_PASSWORD in the environment. With
-- OXYPRIVACY_HOSTING_PASSWORD the server also takes customer databases.
--
--   oxyprivacy_owner      migrates and makes partitions; no other process holds it
--   oxyprivacy_app        what the web and the worker are
--   oxyprivacy_retention  what destroys what is due
--   oxyprivacy_hosting    what the worker makes, closes and drops customer databases with
--
-- None of them is a superuser: the triggers that guard the evidence would not bind one.

\set ON_ERROR_STOP on
\getenv owner_password OXYPRIVACY_OWNER_PASSWORD
\getenv app_password OXYPRIVACY_APP_PASSWORD
\getenv retention_password OXYPRIVACY_RETENTION_PASSWORD

SELECT format('CREATE ROLE %I', wanted.name)
  FROM (VALUES ('oxyprivacy_owner'), ('oxyprivacy_app'), ('oxyprivacy_retention')) AS wanted (name)
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name)
\gexec

ALTER ROLE oxyprivacy_owner     LOGIN NOSUPERUSER CREATEDB   NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'owner_password';
ALTER ROLE oxyprivacy_app       LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'app_password';
ALTER ROLE oxyprivacy_retention LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'retention_password';

\getenv hosting_password OXYPRIVACY_HOSTING_PASSWORD
\if :{?hosting_password}
SELECT 'CREATE ROLE oxyprivacy_hosting' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'oxyprivacy_hosting')
\gexec
ALTER ROLE oxyprivacy_hosting LOGIN NOSUPERUSER CREATEDB CREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'hosting_password';
-- Where it is met when it makes or drops another database. Nobody else enters, and customers' roles enter nothing but their own.
SELECT 'CREATE DATABASE oxyprivacy_hosting OWNER oxyprivacy_hosting TEMPLATE template0 ENCODING ''UTF8'''
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'oxyprivacy_hosting')
\gexec
REVOKE ALL ON DATABASE oxyprivacy_hosting FROM PUBLIC;
REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC;
\endif

SELECT 'CREATE DATABASE oxyprivacy OWNER oxyprivacy_owner TEMPLATE template0 ENCODING ''UTF8'''
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'oxyprivacy')
\gexec

\connect oxyprivacy
\ir database.sql
