#!/bin/bash
# bench/auth/bench.sh [OPTION...]: bench/auth/run on a copy of the server with the extension as it is here, under build/.
set -euo pipefail

# shellcheck source=bench/lib.sh
source "$(dirname "$0")/../lib.sh"

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
