#!/bin/bash
# format.sh write | diff | typedefs: C code as pgindent would lay it out.
#
#   write      format every C file in place
#   diff       print what write would change; fails when there is something
#   typedefs   write typedefs.list anew from the debug information of the objects built last
#
# pg_bsd_indent gets PostgreSQL's options.  layout.pl does before and after it what pgindent does,
# which Debian does not package.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
options=(
	-bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 -nfc1 -i4 -l79 -lp -lpl -nip -npro -sac
	-tpg -ts4 "-U$here/typedefs.list"
)

c_files() { { cd "$top" && find src fdw -name '*.[ch]'; } | LC_ALL=C sort; }

formatted() { # FILE: the formatted text
	local work=$1.formatting
	perl "$here/layout.pl" before <"$1" >"$work.c"
	pg_bsd_indent "${options[@]}" "$work.c" "$work.out" >"$work.err" 2>&1 || { cat "$work.err" >&2; rm -f "$work".*; return 1; }
	perl "$here/layout.pl" after <"$work.out"
	rm -f "$work".*
}

each_file() {
	local file bad=0
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
	while read -r file; do
		cp "$top/$file" "$scratch/in"
		formatted "$scratch/in" >"$scratch/out"
		cmp -s "$scratch/in" "$scratch/out" && continue
		"$1" "$file" "$scratch/out" || bad=1
	done < <(c_files)
	return "$bad"
}

write_file() {
	cat "$2" >"$top/$1"
	echo "$1"
}

diff_file() {
	diff -u --label "$1" --label "$1, formatted" "$top/$1" "$2"
}

our_code() { (cd "$top" && c_files | xargs cat); }

# Names that are types to the compiler and that occur in our code, and those it defines itself.
# Not "text": it names variables and members more often, and "text + n" would become "text +n".
typedefs() {
	local objects
	mapfile -t objects < <(find "$top" -path '*/build/*' -name '*.o')
	[ "${#objects[@]}" -gt 0 ] || { echo "format.sh: build first" >&2; exit 1; }
	{
		objdump -Wi "${objects[@]}" 2>/dev/null |
			awk '/DW_TAG_typedef/ {t = 1; next} t && /DW_AT_name/ {print $NF; t = 0}' | LC_ALL=C sort -u |
			LC_ALL=C comm -12 - <(our_code | grep -oE '[A-Za-z_][A-Za-z_0-9]*' | LC_ALL=C sort -u)
		our_code | sed -nE 's/^(\} *|typedef .*[ *(])([A-Z][A-Za-z0-9]+)(\)?\(.*)?;.*/\2/p'
	} | LC_ALL=C sort -u | grep -vx text
}

case ${1:-} in
	write) each_file write_file ;;
	diff) each_file diff_file ;;
	typedefs)
		typedefs >"$here/typedefs.new"
		mv "$here/typedefs.new" "$here/typedefs.list" ;;
	*) echo "usage: format.sh write|diff|typedefs" >&2; exit 2 ;;
esac
