# Compiler flags of every module here; included before PGXS with OBJS already set.

WARNINGS = -Wall -Wextra -Wformat=2 -Wimplicit-fallthrough=5 -Wlogical-op -Wduplicated-cond -Werror
# PG_FUNCTION_ARGS is not used by every function, and the server's own macros and tables of
# settings compare mixed signs and leave out last members.
WARNINGS += -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers

# Debian's PGXS tracks no headers: let the compiler write down what each file includes.
DEPENDENCY_FILES = $(OBJS:.o=.d)
PG_CFLAGS += -std=gnu99 $(WARNINGS) -fvisibility=hidden -MMD -MP -include $(SOURCE_ROOT)/export.h

# Only what is marked PGDLLEXPORT is visible; version 15 leaves that mark empty (see also export.h).
PG_CPPFLAGS += -I$(SOURCE_ROOT) -DPGDLLEXPORT='__attribute__((visibility("default")))'
SOURCE_ROOT ?= $(srcdir)/src

# The server's headers are not ours to warn about.
PG_CPPFLAGS += -isystem $(shell $(PG_CONFIG) --includedir-server 2>/dev/null)

# Bitcode for the just-in-time compiler needs the clang that the server was built with; where it
# is not installed, do without, as "make with_llvm=no" does.
PGXS_GLOBAL = $(wildcard $(dir $(shell $(PG_CONFIG) --pgxs 2>/dev/null))../Makefile.global)
ifneq ($(PGXS_GLOBAL),)
BITCODE_CLANG := $(shell sed -n 's/^CLANG *= *//p' $(PGXS_GLOBAL))
ifeq ($(and $(BITCODE_CLANG),$(shell command -v $(BITCODE_CLANG))),)
override with_llvm = no
endif
endif

-include $(wildcard $(DEPENDENCY_FILES))
