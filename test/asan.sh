#!/bin/bash
# asan.sh [SUITE...]: the suites on a server 15 built with assertions and sanitizers.
#
# The server comes from Debian's source package (built once, kept under build/).  The extension
# takes its flags from that server's PGXS, so both are sanitized.  Leaks are not looked for: the
# server frees by memory context, and at exit not at all.
set -euo pipefail

# shellcheck source=test/lib/server.sh
source "$(dirname "$0")/lib/server.sh"

OL_SERVER_USER=$(server_user)
export OL_SERVER_USER
work=$(work_dir)
# Debian's source writes some of its own folders into the build, whatever the prefix: so the build
# has Debian's prefix, and DESTDIR keeps all of it out of the system.
root=$work/asan-server
prefix=$root/usr/lib/postgresql/15
flags="-Og -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"

# The programs made on the way are sanitized too, and would end the build by their leaks.
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:detect_stack_use_after_return=0
export UBSAN_OPTIONS=print_stacktrace=1:abort_on_error=1

build_server() {
	local source
	rm -rf "$work/asan-build"
	mkdir -p "$work/asan-build"
	source=$(bash "$top/test/lib/debian_source.sh" postgresql-15 "$work/source") &&
		cd "$work/asan-build" &&
		"$source/configure" --prefix=/usr/lib/postgresql/15 --enable-cassert --enable-debug --without-readline \
			--with-lz4 --with-openssl --with-icu CFLAGS="$flags" LDFLAGS="-fsanitize=address,undefined" &&
		own_make -s -j"$(nproc)" &&
		own_make -s install DESTDIR="$root" &&
		own_make -s -C src/test/isolation install DESTDIR="$root"
}

if [ ! -x "$prefix/bin/postgres" ]; then
	echo "Building a sanitized PostgreSQL 15; this takes some minutes."
	(build_server) >"$work/asan-build.log" 2>&1 || { tail -20 "$work/asan-build.log" >&2; die "the build failed"; }
fi

[ $# -gt 0 ] || set -- regress tap
export OL_TIMEOUT=${OL_TIMEOUT:-180}
PG_CONFIG=$prefix/bin/pg_config OL_KEY=asan15 bash "$top/test/run" "$@"
