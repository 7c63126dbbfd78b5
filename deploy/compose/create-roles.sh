#!/bin/sh
# Runs once, when the database is made: an owner that migrates, and the application's role, which owns nothing.
set -eu
psql --set=ON_ERROR_STOP=1 --username postgres --dbname postgres \
  --set=owner="$OWNER_PASSWORD" --set=app="$APP_PASSWORD" <<'SQL'
CREATE ROLE countersign_owner LOGIN CREATEROLE PASSWORD :'owner';
CREATE ROLE countersign_app LOGIN PASSWORD :'app';
CREATE DATABASE countersign OWNER countersign_owner;
SQL
