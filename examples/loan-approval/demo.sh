#!/bin/bash
# demo.sh start | stop: the loan-approval story on a server of its own, with the HTTP worker.
#
# The files under events/ are posted as they are, in the order of their names, as any OpenLineage
# producer would; the answers to questions.sql come from them alone.  "make demo" starts afresh.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=test/lib/server.sh
source "$here/../../test/lib/server.sh"

database=demo
seconds_to_wait=60

locate() {
	OL_SERVER_USER=$(server_user)
	OL_WORK=$(work_dir)
	demo=$OL_WORK/demo
	data=$demo/data
	export OL_SERVER_USER
}

running() { [ -f "$data/postmaster.pid" ] && as_server "$(cat "$demo/bindir")/pg_ctl" -D "$data" status >/dev/null; }

stop() {
	if running; then
		as_server "$(cat "$demo/bindir")/pg_ctl" -D "$data" -m fast -w stop >/dev/null
		[ "${1:-}" = quietly ] || echo "The demo is stopped."
	elif [ "${1:-}" != quietly ]; then
		echo "The demo does not run."
	fi
	[ ! -f "$demo/sockets" ] || rm -rf "$(cat "$demo/sockets")"
	rm -rf "$demo"
}

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The first of 5000, 5001, ... that nobody listens on.
free_port() {
	local port
	for port in $(seq 5000 5099); do
		if port_is_free "$port"; then echo "$port"; return; fi
	done
	die "ports 5000 to 5099 are all in use"
}

make_cluster() {
	mkdir -p "$demo"
	echo "$OL_BINDIR" >"$demo/bindir"
	sockets=$(mktemp -d /tmp/openlineage-demo-XXXXXX) # a socket's path may have 107 bytes only
	echo "$sockets" >"$demo/sockets"
	chmod 755 "$sockets"
	[ "$(id -u)" != 0 ] || chown "$OL_SERVER_USER" "$demo" "$sockets"
	as_server "$OL_BINDIR/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C >"$demo/initdb.log" 2>&1 ||
		die "initdb failed: $(tail -3 "$demo/initdb.log")"
	cat >>"$data/postgresql.conf" <<-CONF
		listen_addresses = ''
		unix_socket_directories = '$sockets'
	CONF
}

server() {
	as_server "$OL_BINDIR/pg_ctl" -D "$data" -l "$data/server.log" -w "$@" >/dev/null ||
		die "the server does not $1: $(tail -5 "$data/server.log")"
}

sql() { "$OL_BINDIR/psql" -Xq -v ON_ERROR_STOP=1 -h "$sockets" -U postgres "$@"; }

make_database() {
	sql -d postgres -c "CREATE DATABASE $database TEMPLATE template0 ENCODING 'UTF8'"
	sql -d "$database" -c "CREATE EXTENSION openlineage"
}

# The worker comes with the preloaded library, once its database is there.
start_worker() {
	cat >>"$data/postgresql.conf" <<-CONF
		shared_preload_libraries = 'openlineage'
		openlineage.databases = '$database'
		openlineage.port = $port
	CONF
	server restart
}

wait_for_worker() {
	local end=$((SECONDS + seconds_to_wait))
	until curl -s -o /dev/null --noproxy '*' --fail "$url/health"; do
		[ "$SECONDS" -lt "$end" ] || die "the worker does not answer at $url: $(tail -5 "$data/server.log")"
		sleep 0.1
	done
}

# Every answer must be 201: the event is durable and visible then.
post_events() {
	local file code count=0
	for file in "$here"/events/*.json; do
		code=$(curl -s -o "$demo/answer" -w '%{http_code}' --noproxy '*' \
			-H 'Content-Type: application/json' --data-binary "@$file" "$url/api/v1/lineage") || true
		[ "$code" = 201 ] || die "${file##*/} was answered $code: $(cat "$demo/answer" 2>/dev/null)"
		count=$((count + 1))
	done
	echo "$count events posted to $url/api/v1/lineage"
}

start() {
	local sockets port url
	prepare_server "pg$(pg_major "$pg_config")" "$pg_config"
	stop quietly
	port=$(free_port)
	url=http://127.0.0.1:$port
	trap 'stop quietly' EXIT
	make_cluster
	server start
	make_database
	start_worker
	wait_for_worker
	post_events
	sql -P pager=off -d "$database" -f "$here/questions.sql"
	trap - EXIT
	echo "The demo goes on running (make demo-stop ends it):"
	echo "  API   curl '$url/api/v1/namespaces'"
	echo "  SQL   $OL_BINDIR/psql -h $sockets -U postgres $database"
}

locate
case ${1:-} in
	start)
		pg_config=$(choose_pg_config ${PG_CONFIG:+"$PG_CONFIG"})
		start ;;
	stop) stop ;;
	*) die "usage: demo.sh start|stop" ;;
esac
