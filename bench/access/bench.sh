#!/bin/bash
# bench/access/bench.sh [OPTION...]: bench/access/run on a copy of the server with the extension as it is here, under build/.
set -euo pipefail

# shellcheck source=bench/lib.sh
source "$(dirname "$0")/../lib.sh"
exec bench/access/run "$@"
