#!/bin/bash
# test/fuzz/head.sh [ROUNDS [SEED]]: build head.c with the sanitizers and run it; the default takes a few seconds.
set -euo pipefail

# shellcheck source=test/lib/server.sh
source "$(dirname "$0")/../lib/server.sh"
cd "$top"
OL_SERVER_USER=$(server_user)
dir=$(work_dir)/fuzz
mkdir -p "$dir"
gcc -std=gnu99 -O1 -g -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all -D_GNU_SOURCE \
	-Isrc -o "$dir/head" src/server/head.c test/fuzz/head.c
"$dir/head" "${1:-1000000}" "${2:-1}"
