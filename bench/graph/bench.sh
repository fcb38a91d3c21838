#!/bin/bash
# bench/graph/bench.sh PROGRAM [OPTION...]: bench/graph/PROGRAM on a copy of the server with the extension as it is here, under build/.
set -euo pipefail

# shellcheck source=test/lib/server.sh
source "$(dirname "$0")/../../test/lib/server.sh"

cd "$top"
pg_config=$(choose_pg_config ${PG_CONFIG:+"$PG_CONFIG"})
make -s sql-current PG_CONFIG="$pg_config"
prepare_server "${OL_KEY:-pg$(pg_major "$pg_config")}" "$pg_config"
program=$1
shift
exec "bench/graph/$program" "$@"
