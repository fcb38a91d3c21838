#!/bin/bash
# versions.sh [MAJOR...]: build and test on other versions of PostgreSQL (16 17 18).
#
# OL_VERSION_SUITES chooses the suites.  Each version has its own copy and objects under build/.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
read -r -a suites <<<"${OL_VERSION_SUITES:-regress isolation pgtap tap}"
passed=0
failed=0

add_counts() { # LINE: "N passed, N failed"
	local counts
	read -r -a counts <<<"${1//[!0-9 ]/}"
	passed=$((passed + ${counts[0]:-0}))
	failed=$((failed + ${counts[1]:-1}))
}

run_version() {
	local major=$1 bin output
	output=$(mktemp)
	echo "PostgreSQL $major"
	if bin=$(bash "$here/pg.sh" "$major"); then
		PG_CONFIG=$bin/pg_config OL_KEY=pg$major bash "$here/run" "${suites[@]}" | tee "$output" || true
	fi
	add_counts "$(tail -1 "$output" | grep -xE '[0-9]+ passed, [0-9]+ failed' || echo "0 passed, 1 failed")"
	rm -f "$output"
}

[ $# -gt 0 ] || set -- 16 17 18
for major in "$@"; do
	run_version "$major"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
