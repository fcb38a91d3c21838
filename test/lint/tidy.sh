#!/bin/bash
# tidy.sh FILE...: clang-tidy with the flags of the build that clang knows.  With assertions, so
# that it takes for granted what they say.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
exec clang-tidy --quiet --config-file="$here/clang-tidy.yaml" "$@" -- \
	-std=gnu99 -DUSE_ASSERT_CHECKING -Isrc -isystem "$OL_INCLUDES" -D_GNU_SOURCE -include src/export.h \
	-D'PGDLLEXPORT=__attribute__((visibility("default")))' 2>/dev/null
