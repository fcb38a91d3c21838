#!/bin/bash
# bench/api/bench.sh [OPTION...]: bench/api/run on a copy of the server with the extension as it is here, under build/.
set -euo pipefail

# shellcheck source=bench/lib.sh
source "$(dirname "$0")/../lib.sh"
exec bench/api/run "$@"
