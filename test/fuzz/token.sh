#!/bin/bash
# test/fuzz/token.sh [ROUNDS [SEED]]: build token.c with the sanitizers and run it; the default takes half a minute.
set -euo pipefail

# shellcheck source=test/lib/server.sh
source "$(dirname "$0")/../lib/server.sh"
cd "$top"
pg_config=$(choose_pg_config ${PG_CONFIG:+"$PG_CONFIG"})
OL_SERVER_USER=$(server_user)
dir=$(work_dir)/fuzz
mkdir -p "$dir"
sources=(src/auth/token/{base64url,jwk,jwt,path,signature}.c src/base/json.c test/fuzz/token.c)
gcc -std=gnu99 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -D_GNU_SOURCE \
	-isystem "$("$pg_config" --includedir-server)" -Isrc -o "$dir/token" "${sources[@]}" \
	-L"$("$pg_config" --pkglibdir)" -L"$("$pg_config" --libdir)" -L"$(dirname "$("$pg_config" --pkglibdir)")/lib" \
	-lpgcommon -lpgport -lcrypto -lm
python=$dir/../venv-auth/bin/python
[ -x "$python" ] || die "run \"make check SUITES=auth\" first: it makes the environment that makes tokens"
PYTHONPATH=test/auth "$python" - >"$dir/tokens" <<'PYTHON'
import tokens
issuer = tokens.Issuer("https://issuer.example", "openlineage")
print(tokens.dump(issuer.jwks()))
for alg in tokens.ALGORITHMS:
    print(issuer.token(alg))
PYTHON
ASAN_OPTIONS=detect_leaks=0 "$dir/token" "${1:-100000}" "${2:-1}" "$dir/tokens"
