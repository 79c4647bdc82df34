#!/bin/sh
# A planned failover of the durable Redis that loses nothing: it makes the replica the primary, has you move the name that
# REDIS_URL leads to, and sends away who is still connected to the old primary.
#
#   REDISCLI_AUTH=OPERATOR_PASSWORD failover.sh redis-a.internal COMMAND...
#
# redis-a.internal is the primary now. COMMAND moves the name, and returns when it leads to the new primary; it gets the host and
# the port of that as NEW_HOST and NEW_PORT. REDIS_PORT and REDIS_TLS_OPTIONS have defaults (6379, --tls).
set -eu

# Without COMMAND the gateways would be sent away from the old primary, and nowhere else.
[ $# -ge 2 ] || { echo 'usage: failover.sh PRIMARY COMMAND... (COMMAND moves the name that REDIS_URL leads to)' >&2; exit 2; }
old=$1
shift
port=${REDIS_PORT:-6379}
# ask HOST PORT COMMAND... The value of the setting holds several options.
# shellcheck disable=SC2086
ask() {
  host=$1 at=$2
  shift 2
  redis-cli -h "$host" -p "$at" --user operator --no-auth-warning ${REDIS_TLS_OPTIONS---tls} "$@"
}
old_primary() { ask "$old" "$port" "$@"; }
replication() { old_primary INFO replication | tr -d '\r'; }

[ "$(replication | sed -n 's/^role://p')" = master ] || { echo "failover: $old is not the primary" >&2; exit 1; }

# The primary takes no more writes, waits until the replica has all of them, and becomes its replica.
[ "$(old_primary FAILOVER TIMEOUT 10000)" = OK ] || { echo "failover: $old refuses: has it a replica that is up?" >&2; exit 1; }
while [ "$(replication | sed -n 's/^master_failover_state://p')" != no-failover ]; do sleep 0.1; done
[ "$(replication | sed -n 's/^role://p')" = slave ] || { echo "failover: the replica did not catch up; $old is still the primary" >&2; exit 1; }

NEW_HOST=$(replication | sed -n 's/^master_host://p')
NEW_PORT=$(replication | sed -n 's/^master_port://p')
export NEW_HOST NEW_PORT
"$@" || {
  echo "failover: $NEW_HOST:$NEW_PORT is the primary, but COMMAND failed: move the name, then on $old: CLIENT KILL TYPE normal, CLIENT KILL TYPE pubsub" >&2
  exit 1
}

old_primary CLIENT KILL TYPE normal >&2
old_primary CLIENT KILL TYPE pubsub >&2

# The files of both have to say who follows whom now: a server that restarts goes by its file.
rewrite() {
  [ "$(ask "$1" "$2" CONFIG REWRITE || true)" = OK ] ||
    echo "failover: $1 cannot write its redis.conf: $3, or its restart undoes this failover" >&2
}
rewrite "$NEW_HOST" "$NEW_PORT" 'take replicaof out of it'
rewrite "$old" "$port" "put \"replicaof $NEW_HOST $NEW_PORT\" into it"
echo "failover: $NEW_HOST:$NEW_PORT is the primary"
