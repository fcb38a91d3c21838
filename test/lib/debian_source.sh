#!/bin/bash
# debian_source.sh PACKAGE DEST: unpack Debian's source of a package, print the folder it is in.
#
# The system's list of package sources may have no entries for source code; a copy of it that has
# them is used with an apt state of our own, so that nothing of the system is changed.
set -euo pipefail

package=$1
dest=$2
apt_dir=$dest/apt

# Both notations: "deb http..." lines, and "Types: deb" paragraphs.
source_lists() {
	mkdir -p "$apt_dir/parts" "$apt_dir/lists/partial" "$apt_dir/cache/archives/partial"
	: >"$apt_dir/sources.list"
	if [ -f /etc/apt/sources.list ]; then
		sed -nE 's/^deb(-src)? /deb-src /p' /etc/apt/sources.list | sort -u >"$apt_dir/sources.list"
	fi
	if [ -f /etc/apt/sources.list.d/debian.sources ]; then
		sed -E 's/^Types:.*/Types: deb-src/' /etc/apt/sources.list.d/debian.sources >"$apt_dir/parts/debian.sources"
	fi
}

apt() {
	apt-get -q -o Acquire::Retries=3 -o APT::Sandbox::User=root \
		-o Dir::Etc::SourceList="$apt_dir/sources.list" -o Dir::Etc::SourceParts="$apt_dir/parts" \
		-o Dir::State::Lists="$apt_dir/lists" -o Dir::Cache="$apt_dir/cache" "$@"
}

# All versions offered, newest first: a mirror may lack the sources of the newest.
versions() {
	apt-cache -o Dir::Etc::SourceList="$apt_dir/sources.list" -o Dir::Etc::SourceParts="$apt_dir/parts" \
		-o Dir::State::Lists="$apt_dir/lists" -o Dir::Cache="$apt_dir/cache" showsrc "$package" |
		sed -n 's/^Version: //p' | sort -Vru
}

fetch() {
	local version
	for version in $(versions); do
		if apt source "$package=$version"; then return; fi
		rm -rf "${dest:?}/${package:?}"/*
	done
	return 1
}

unpacked() { find "$dest/$package" -mindepth 1 -maxdepth 1 -type d 2>/dev/null | head -1; }

if [ -z "$(unpacked)" ]; then
	mkdir -p "$dest/$package"
	source_lists
	{
		apt update
		cd "$dest/$package"
		fetch
	} >"$dest/$package.log" 2>&1 || { tail -5 "$dest/$package.log" >&2; exit 1; }
fi
unpacked
