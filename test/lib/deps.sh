#!/bin/bash
# deps.sh GROUP...: install the Debian packages that are missing.  Groups: build check source.
#
# This is the only step that needs root: through sudo where we are not root.  It says what it is
# about to do, and ends at once when nothing is missing.  A server brought by the user (make
# PG_CONFIG=...) is not joined by Debian's.
set -euo pipefail

server_packages=(postgresql-15 postgresql-server-dev-15)
build_packages=(gcc make libc6-dev pkg-config libmicrohttpd-dev zlib1g-dev liblz4-dev uuid-dev
	libcurl4-openssl-dev libssl-dev libyaml-dev curl perl util-linux)
check_packages=(
	postgresql-15-pgtap libtap-parser-sourcehandler-pgtap-perl postgresql-15-plpgsql-check
	pg-bsd-indent clang-tidy coccinelle shellcheck codespell
	python3 python3-venv python3-pip jq git openssl
	nginx-light caddy pgbouncer
	openjdk-17-jdk-headless maven
)
source_packages=(
	dpkg-dev bison flex libreadline-dev libssl-dev libicu-dev libxml2-dev liblz4-dev libperl-dev
	libipc-run-perl xz-utils
)
no_cluster=/etc/postgresql-common/createcluster.d/openlineage-no-cluster.conf

wanted() {
	local group
	for group in "$@"; do
		case $group in
			build)
				[ -n "${PG_CONFIG_GIVEN:-}" ] || printf '%s\n' "${server_packages[@]}"
				printf '%s\n' "${build_packages[@]}" ;;
			check) printf '%s\n' "${check_packages[@]}" ;;
			source) printf '%s\n' "${source_packages[@]}" ;;
			*) echo "deps.sh: no group \"$group\"" >&2; exit 2 ;;
		esac
	done
}

missing() {
	local installed
	# dpkg-query fails when it does not know a package: that one is missing
	installed=$({ dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true; } | sed -n 's/^installed //p' | sort -u)
	printf '%s\n' "$@" | sort -u | comm -23 - <(printf '%s\n' "$installed")
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		env DEBIAN_FRONTEND=noninteractive "$@"
	else
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	fi
}

apt() {
	as_root apt-get -y -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}

# Debian's server package would make and start a cluster "main": not while we install it.
without_main_cluster() {
	as_root mkdir -p "${no_cluster%/*}"
	echo "create_main_cluster = false" | as_root tee "$no_cluster" >/dev/null
	trap 'as_root rm -f "$no_cluster"' EXIT
	"$@"
}

main() {
	local packages
	mapfile -t packages <<<"$(wanted "$@")"
	mapfile -t packages < <(missing "${packages[@]}")
	[ "${#packages[@]}" -gt 0 ] || return 0
	echo "Debian packages to install: ${packages[*]}"
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || { echo "Install them as root: apt-get install ${packages[*]}" >&2; exit 1; }
		echo "This is done through sudo; nothing else needs root."
	fi
	apt update
	without_main_cluster apt install --no-install-recommends "${packages[@]}"
}

main "$@"
