#!/bin/bash
# bench/ingest/bench.sh [OPTION...]: bench/ingest/run on a copy of the server with the extension as it is here, under build/.
set -euo pipefail

# shellcheck source=test/lib/server.sh
source "$(dirname "$0")/../../test/lib/server.sh"

cd "$top"
pg_config=$(choose_pg_config ${PG_CONFIG:+"$PG_CONFIG"})
make -s sql-current PG_CONFIG="$pg_config"
prepare_server "${OL_KEY:-pg$(pg_major "$pg_config")}" "$pg_config"
OL_LOAD=$OL_WORK/load
export OL_LOAD
${CC:-cc} -O2 -std=gnu11 -Wall -Wextra -Wformat=2 -Werror -o "$OL_LOAD" bench/ingest/load.c bench/ingest/corpus.c
exec bench/ingest/run "$@"
