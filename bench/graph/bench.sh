#!/bin/bash
# bench/graph/bench.sh PROGRAM [OPTION...]: bench/graph/PROGRAM on a copy of the server with the extension as it is here, under build/.
set -euo pipefail

# shellcheck source=bench/lib.sh
source "$(dirname "$0")/../lib.sh"

program=$1
shift
exec "bench/graph/$program" "$@"
