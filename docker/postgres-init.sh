#!/bin/sh
# Roles and database, made once when the data volume is empty; run by the postgres image.
# config/database.py makes the same for the embedded server; a test compares the two.
set -eu

secrets=${SECRETS_DIR:-/run/secrets}
export OWNER_PASSWORD="$(cat "$secrets/owner_password")"
export APP_PASSWORD="$(cat "$secrets/app_password")"

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
    --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
-- From the environment: an argument could be read in the process list.
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD

-- Owns the tables and migrates; no process that serves requests has its password.
CREATE ROLE mechanostat_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB
    PASSWORD :'owner_password';
-- Serves requests and works queues, under row-level security.
CREATE ROLE mechanostat_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOINHERIT
    PASSWORD :'app_password';
-- Entered by the app for one transaction, to see what athletes granted.
CREATE ROLE mechanostat_coach NOLOGIN NOSUPERUSER NOBYPASSRLS;
GRANT mechanostat_coach TO mechanostat_app;

ALTER ROLE mechanostat_app SET statement_timeout = '20s';
ALTER ROLE mechanostat_app SET lock_timeout = '3s';
ALTER ROLE mechanostat_app SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE mechanostat_app SET synchronous_commit = 'on';
ALTER ROLE mechanostat_app SET timezone = 'UTC';
ALTER ROLE mechanostat_app SET plan_cache_mode = 'force_generic_plan';
ALTER ROLE mechanostat_app SET enable_bitmapscan = off;
ALTER ROLE mechanostat_owner SET lock_timeout = '5s';
ALTER ROLE mechanostat_owner SET timezone = 'UTC';

CREATE DATABASE mechanostat OWNER mechanostat_owner;
SQL
