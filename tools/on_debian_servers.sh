#!/bin/sh
# Runs a command against the PostgreSQL and Redis of Debian's packages: tools/on_debian_servers.sh COMMAND ...
# Both are started for it alone, in a temporary directory, at free ports of this machine, behind a password, and
# stop with it, however it ends. Nothing is installed, and no cluster or service of the machine is touched.
# fsync is off: what these servers hold is thrown away. Of several versions the oldest that we support is taken.
set -eu

say() { echo "debian servers: $*" >&2; }

postgres=
for version in 15 16 17 18; do
    [ -z "$postgres" ] && [ -x "/usr/lib/postgresql/$version/bin/initdb" ] && postgres=/usr/lib/postgresql/$version/bin
done
if [ -z "$postgres" ] || ! command -v redis-server >/dev/null; then
    say "PostgreSQL 15 or newer, or Redis, isn't here. On Debian, as root:"
    say "    apt-get install --no-install-recommends postgresql redis-server"
    exit 1
fi

# PostgreSQL refuses to run as root, so both run as the account that its package has made. They hear no Ctrl-C meant
# for the command, and end when this shell is gone.
as_server="setsid setpriv --pdeathsig INT"
[ "$(id -u)" = 0 ] && as_server="$as_server --reuid postgres --regid postgres --clear-groups"

home=$(mktemp -d /tmp/yesfirst-debian.XXXXXX)
stop() {
    trap '' INT TERM
    for server in ${running:-}; do kill -INT "$server" 2>/dev/null && wait "$server" || true; done
    rm -rf "$home"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
(umask 077; echo "$password" > "$home/password")
free_port='import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
postgres_port=$(python3 -c "$free_port") redis_port=$(python3 -c "$free_port")
printf 'bind 127.0.0.1\nport %s\nrequirepass %s\nsave ""\ndir %s\n' "$redis_port" "$password" "$home" > "$home/redis.conf"
chmod 600 "$home/redis.conf"
[ "$(id -u)" = 0 ] && chown -R postgres: "$home"

$as_server "$postgres/initdb" --pgdata "$home/data" --username postgres --pwfile "$home/password" --encoding UTF8 \
    --locale C.UTF-8 --auth scram-sha-256 --no-sync >"$home/initdb.log" || { cat "$home/initdb.log" >&2; exit 1; }
$as_server "$postgres/postgres" -D "$home/data" -p "$postgres_port" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= -c max_connections=200 -c fsync=off >"$home/postgres.log" 2>&1 &
running=$!
$as_server redis-server "$home/redis.conf" >"$home/redis.log" 2>&1 &
running="$running $!"

for try in $(seq 100); do
    redis_answer=$(REDISCLI_AUTH="$password" redis-cli -p "$redis_port" ping 2>/dev/null || true)
    "$postgres/pg_isready" -q -h 127.0.0.1 -p "$postgres_port" && [ "$redis_answer" = PONG ] && break
    if [ "$try" = 100 ]; then
        say "they don't answer"
        tail -n 20 "$home/postgres.log" "$home/redis.log" >&2
        exit 1
    fi
    sleep 0.1
done
say "$("$postgres/postgres" --version); $(redis-server --version | cut -d' ' -f1-3)"

# As in production: a user that may make roles and databases, and is no superuser.
export PGPASSWORD="$password"
echo "CREATE ROLE yesfirst LOGIN CREATEDB CREATEROLE PASSWORD '$password'; CREATE DATABASE yesfirst OWNER yesfirst" |
    "$postgres/psql" -q -X -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$postgres_port" -U postgres postgres
unset PGPASSWORD

export YESFIRST_DATABASE_URL="postgresql://yesfirst:$password@127.0.0.1:$postgres_port/yesfirst"
export YESFIRST_REDIS_URL="redis://:$password@127.0.0.1:$redis_port/0"
"$@"
