#!/bin/bash
# pgtap.sh: print the folder with pgTAP's control file and script for the server of OL_PG_CONFIG.
#
# Debian's package has them for its own server.  For others pgTAP is built from Debian's source
# package: it is SQL only, but its makefile adapts it to the version.
set -euo pipefail

# shellcheck source=test/lib/server.sh
source "$(dirname "$0")/server.sh"

share=$("$OL_PG_CONFIG" --sharedir)/extension
if [ -f "$share/pgtap.control" ]; then
	echo "$share"
	exit
fi

# Only where the source cannot be had: pgTAP's script has nothing that differs from 15 on.
from_package() {
	local package=/usr/share/postgresql/15/extension
	[ -f "$package/pgtap.control" ] || die "neither the source nor the package of pgTAP is there"
	cp "$package/pgtap.control" "$package"/pgtap--*.sql "$1"
}

from_source() {
	local source
	source=$(bash "$top/test/lib/debian_source.sh" pgtap "$work/source") || return 1
	rm -rf "$1/source"
	cp -a "$source" "$1/source"
	own_make -C "$1/source" -s PG_CONFIG="$OL_PG_CONFIG" all || return 1
	cp "$1/source"/sql/pgtap--*.sql "$1/source/pgtap.control" "$1"
	rm -rf "$1/source"
}

OL_SERVER_USER=$(server_user)
work=$(work_dir)
built=$work/pgtap-$(pg_major "$OL_PG_CONFIG")
if [ ! -d "$built" ]; then
	rm -rf "$built.new"
	mkdir -p "$built.new"
	from_source "$built.new" >"$work/pgtap-build.log" 2>&1 || from_package "$built.new"
	mv "$built.new" "$built"
fi
echo "$built"
