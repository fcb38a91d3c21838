# shellcheck shell=bash
# To be sourced by the bench.sh of a bench: a copy of the server with the extension as it is here, under build/;
# the current folder is that of the sources.

# shellcheck source=test/lib/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/../test/lib/server.sh"

cd "$top" || exit
pg_config=$(choose_pg_config ${PG_CONFIG:+"$PG_CONFIG"})
make -s sql-current PG_CONFIG="$pg_config"
prepare_server "${OL_KEY:-pg$(pg_major "$pg_config")}" "$pg_config"
