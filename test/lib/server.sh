# shellcheck shell=bash
# To be sourced: a server of our own under build/, with the extension installed in it.
#
#   prepare_server pg15 "$PG_CONFIG"     copy the server, build, install; then, exported:
#     OL_BINDIR        bin folder of the copy          OL_PG_CONFIG  of the original (PGXS)
#     OL_TMP           folder for data directories     OL_SERVER_USER who runs servers if we are root
#
# The copy keeps the folders' places relative to each other, so that the server finds its parts,
# and "make install DESTDIR=" finds it.  No existing server and no system folder is written to.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

die() { echo "${0##*/}: $*" >&2; exit 1; }

# Servers refuse to run as root.
server_user() {
	local user
	if [ "$(id -u)" != 0 ]; then id -un; return; fi
	for user in ${OL_SERVER_USER:-} postgres nobody; do
		if id -u "$user" >/dev/null 2>&1; then echo "$user"; return; fi
	done
	die "no user to run a server: set OL_SERVER_USER"
}

as_server() {
	if [ "$(id -u)" = 0 ]; then (cd / && exec runuser -u "$OL_SERVER_USER" -- "$@"); else "$@"; fi
}

# build/, or where the server's user cannot reach the checkout, a folder under TMPDIR.
work_dir() {
	local dir=$top/build
	if mkdir -p "$dir" 2>/dev/null && [ -w "$dir" ] && as_server test -r "$dir" -a -x "$dir"; then
		echo "$dir"
		return
	fi
	dir=${TMPDIR:-/tmp}/openlineage-$(id -u)-$(cksum <<<"$top" | cut -d' ' -f1)
	(umask 022 && mkdir -p "$dir")
	[ -O "$dir" ] || die "$dir belongs to somebody else"
	echo "$dir"
}

# The server to copy: the one given, else pg_config's, else the newest in Debian's places.
choose_pg_config() {
	local candidate major
	for candidate in "$@" pg_config /usr/lib/postgresql/{18,17,16,15}/bin/pg_config; do
		command -v "$candidate" >/dev/null || continue
		[ -x "$("$candidate" --bindir)/postgres" ] || continue
		[ -f "$("$candidate" --pgxs)" ] || continue
		major=$(pg_major "$candidate")
		if [ "$major" -ge 15 ] && [ "$major" -le 18 ]; then echo "$candidate"; return; fi
	done
	die "no PostgreSQL 15 to 18 with headers found: run \"make deps\", or set PG_CONFIG"
}

pg_major() { "$1" --version | sed -E 's/^PostgreSQL ([0-9]+).*/\1/'; }

# A copy is as good as its original: same program, same version.
server_stamp() { echo "$1 $("$1" --version) $("$1" --bindir)"; }

copy_server() {
	local pg_config=$1 dest=$2 dir
	[ "$(cat "$dest/.copied" 2>/dev/null)" != "$(server_stamp "$pg_config")" ] || return 0
	rm -rf "$dest"
	for dir in "$("$pg_config" --bindir)" "$("$pg_config" --pkglibdir)" "$("$pg_config" --sharedir)"; do
		mkdir -p "$dest$dir"
		tar -C "$dir" -cf - --exclude=./bitcode --exclude=./pgxs --exclude=./man . | tar -C "$dest$dir" -xf - --no-same-owner
	done
	copy_own_libraries "$pg_config" "$dest"
	mend_psql "$dest$("$pg_config" --bindir)/psql"
	chmod -R a+rX "$dest"
	server_stamp "$pg_config" >"$dest/.copied"
}

# Libraries that are not the system's (libpq of a server installed elsewhere) keep their place too.
copy_own_libraries() {
	local pg_config=$1 dest=$2 lib place
	{ ldd "$("$pg_config" --bindir)"/* "$("$pg_config" --pkglibdir)"/*.so 2>/dev/null || true; } |
		sed -nE 's/.* => (\/[^ ]+) .*/\1/p' | sort -u | grep -vE '^/(usr/)?lib' |
		while read -r lib; do
			place=$dest$(realpath -s "$lib")
			mkdir -p "${place%/*}"
			cp -L "$lib" "$place"
		done || true
}

# The psql of one of the wheels (17) does not run; any other speaks to every server.
mend_psql() {
	local psql=$1 other
	# in a shell of its own, which keeps the news of the crash to itself
	# shellcheck disable=SC2016
	bash -c '"$1" --version || exit 1' - "$psql" >/dev/null 2>&1 && return
	for other in /usr/lib/postgresql/{18,17,16,15}/bin/psql; do
		[ -x "$other" ] || continue
		printf '#!/bin/sh\nexec %s "$@"\n' "$other" >"$psql.new"
		chmod 755 "$psql.new"
		mv "$psql.new" "$psql"
		return
	done
	die "$psql does not run, and there is no other"
}

# pgTAP and the like are files in the original's extension folder that may have come later.
copy_extension() {
	local from=$1 name=$2
	cp "$from/$name".control "$from/$name"--*.sql "$OL_DEST$("$OL_PG_CONFIG" --sharedir)/extension/"
}

source_files() {
	find Makefile openlineage.control openlineage--*.sql src fdw test/targets.mk -type f \
		! -name '*.o' ! -name '*.d' ! -name '*.so' ! -name '*.bc' | LC_ALL=C sort
}

# Objects are made in a copy of the sources, one for each server: PGXS cannot keep them apart.
# A file is copied only when it differs, so that make sees what is new.
sync_sources() {
	local dest=$1 file
	mkdir -p "$dest"
	while read -r file; do
		cmp -s "$top/$file" "$dest/$file" && continue
		case $file in Makefile | */Makefile | *.mk) find "$dest" \( -name '*.o' -o -name '*.so' \) -delete ;; esac
		install -D -m 644 "$top/$file" "$dest/$file"
	done < <(cd "$top" && source_files)
	comm -13 <(cd "$top" && source_files) <(cd "$dest" && source_files) | (cd "$dest" && xargs -r rm -f)
}

# Make without what the make that started us was told.
own_make() { env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make "$@"; }

build_extension() {
	local pg_config=$1 obj=$2 dest=$3
	own_make -C "$obj" -s -j2 PG_CONFIG="$pg_config" with_llvm=no all &&
		own_make -C "$obj" -s PG_CONFIG="$pg_config" with_llvm=no DESTDIR="$dest" install
}

prepare_server() {
	local key=$1
	OL_PG_CONFIG=$2
	OL_SERVER_USER=$(server_user)
	export OL_PG_CONFIG OL_SERVER_USER
	OL_WORK=$(work_dir)
	OL_DEST=$OL_WORK/$key
	OL_TMP=$OL_WORK/tmp
	OL_BINDIR=$OL_DEST$("$OL_PG_CONFIG" --bindir)
	export OL_WORK OL_DEST OL_TMP OL_BINDIR
	mkdir -p "$OL_TMP"
	[ "$(id -u)" != 0 ] || chown "$OL_SERVER_USER" "$OL_TMP"
	exec 9>"$OL_WORK/.lock"
	flock 9
	copy_server "$OL_PG_CONFIG" "$OL_DEST"
	sync_sources "$OL_WORK/$key-obj"
	if ! build_extension "$OL_PG_CONFIG" "$OL_WORK/$key-obj" "$OL_DEST" >"$OL_WORK/$key-build.log" 2>&1; then
		grep -E -A3 'error|Error' "$OL_WORK/$key-build.log" | head -40 >&2
		die "the build failed; all of it is in $OL_WORK/$key-build.log"
	fi
	exec 9>&-
}
