#!/bin/bash
# bench/ingest/bench.sh [OPTION...]: bench/ingest/run on a copy of the server with the extension as it is here, under build/.
set -euo pipefail

# shellcheck source=bench/lib.sh
source "$(dirname "$0")/../lib.sh"

OL_LOAD=$OL_WORK/load
export OL_LOAD
${CC:-cc} -O2 -std=gnu11 -Wall -Wextra -Wformat=2 -Werror -o "$OL_LOAD" bench/ingest/load.c bench/ingest/corpus.c
exec bench/ingest/run "$@"
