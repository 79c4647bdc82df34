#!/bin/sh
# Restores a dump of backup.sh into an empty database, before any gateway uses it: restore.sh < gateway.dump
#
# DATABASE_URL names the database; REDIS_URL the durable Redis, as the gateways have it. Stop all gateways first.
set -eu

# Otherwise libpq looks for authorities in ~/.postgresql/root.crt.
case $DATABASE_URL in
*sslmode=verify-*) export PGSSLROOTCERT="${PGSSLROOTCERT:-/etc/ssl/certs/ca-certificates.crt}" ;;
esac

pg_restore --exit-on-error --single-transaction --no-owner --no-privileges --dbname="$DATABASE_URL"
cd "$(dirname "$0")/../.."
exec node_modules/.bin/node dist/src/bin/cli.js after-restore
