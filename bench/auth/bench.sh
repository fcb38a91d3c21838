#!/bin/bash
# bench/auth/bench.sh [OPTION...]: bench/auth/run on a copy of the server with the extension as it is here, under build/.
set -euo pipefail

# shellcheck source=test/lib/server.sh
source "$(dirname "$0")/../../test/lib/server.sh"

cd "$top"
pg_config=$(choose_pg_config ${PG_CONFIG:+"$PG_CONFIG"})
make -s sql-current PG_CONFIG="$pg_config"
prepare_server "${OL_KEY:-pg$(pg_major "$pg_config")}" "$pg_config"
venv=$OL_WORK/venv-auth
requirements=test/auth/requirements.txt
if ! cmp -s "$requirements" "$venv/requirements.txt"; then
	rm -rf "$venv"
	python3 -m venv "$venv"
	"$venv/bin/pip" install -q --disable-pip-version-check -r "$requirements"
	cp "$requirements" "$venv/requirements.txt"
fi
export PYTHONPATH=$top/test/auth
exec perl test/lib/with_cluster.pl --serve openlineage_bench -- "$venv/bin/python" bench/auth/run.py "$@"
