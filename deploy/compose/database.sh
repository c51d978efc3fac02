#!/bin/sh
# Run once by the server's image: the hosts' own user, who is no superuser, so that row-level
# security holds for it (docs/settings.md, "PostgreSQL").
set -eu
psql -v ON_ERROR_STOP=1 --username postgres -v password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE duban LOGIN PASSWORD :'password';
CREATE DATABASE duban OWNER duban;
SQL
