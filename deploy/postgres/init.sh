#!/bin/sh
# Run once by the image of PostgreSQL, when its data folder is new: makes the roles and the database.
set -eu
OXYPRIVACY_OWNER_PASSWORD=$(cat /run/secrets/owner_password)
OXYPRIVACY_APP_PASSWORD=$(cat /run/secrets/app_password)
OXYPRIVACY_RETENTION_PASSWORD=$(cat /run/secrets/retention_password)
OXYPRIVACY_HOSTING_PASSWORD=$(cat /run/secrets/hosting_password)
PGPASSWORD=$(cat /run/secrets/postgres_password)
export OXYPRIVACY_OWNER_PASSWORD OXYPRIVACY_APP_PASSWORD OXYPRIVACY_RETENTION_PASSWORD OXYPRIVACY_HOSTING_PASSWORD PGPASSWORD
psql --no-psqlrc --quiet --username postgres --file /oxyprivacy/roles.sql postgres
