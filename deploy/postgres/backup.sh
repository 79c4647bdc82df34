#!/bin/sh
# A dump of the gateways' database without anybody's usage, in pg_dump's own format: backup.sh > gateway.dump
# Encrypt it (… | age -r RECIPIENT), and keep it for seven days at most: docs/operations/back-up-and-restore.md.
#
# DATABASE_URL names the database.
set -eu

# Otherwise libpq looks for authorities in ~/.postgresql/root.crt.
case $DATABASE_URL in
*sslmode=verify-*) export PGSSLROOTCERT="${PGSSLROOTCERT:-/etc/ssl/certs/ca-certificates.crt}" ;;
esac

# The tables themselves belong to the dump: a gateway finds its schema whole after a restore, and does not make them again.
exec pg_dump --format=custom --no-owner --no-privileges \
  --exclude-table-data='usage_day*' --exclude-table-data='usage_report*' "$DATABASE_URL"
