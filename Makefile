# openlineage: a PostgreSQL extension, built the PGXS way.
#
#   make && make install       into the server that PG_CONFIG belongs to
#   make installcheck          regression and isolation tests against that server, already running
#   make demo, make check      everything else, on servers of their own under build/: test/targets.mk
#
# PGXS allows one MODULE_big per Makefile, so each further module has one of its own: MODULE_DIRS.

all:

PG_CONFIG ?= pg_config

EXTENSION = openlineage
# Not VERSION: PGXS overwrites that.
EXTENSION_VERSION = 1.0
MODULE_big = openlineage
PGFILEDESC = "openlineage - lineage in PostgreSQL"

SOURCE_DIRS = src/base src/store src/ingest src/graph src/auth src/api src/monitor
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard $(addsuffix /*.c,$(SOURCE_DIRS)))))
SHLIB_LINK = -lcrypto -luuid -llz4
MODULE_DIRS = src/server src/gateway src/auth/token fdw

# The install script, in the order of its parts.  DATA_built would be deleted by "make clean", and
# DATA is no prerequisite of "all": "make sql" writes it, "make sql-current" tells when it is stale.
INSTALL_SCRIPT_SQL = openlineage--$(EXTENSION_VERSION).sql
SQL_PARTS = \
	src/base/base.sql \
	src/auth/claims.sql \
	src/auth/access.sql \
	src/store/namespace.sql \
	src/store/node.sql \
	src/store/dataset.sql \
	src/store/job.sql \
	src/store/entity_count.sql \
	src/store/run.sql \
	src/store/facet.sql \
	src/store/tag.sql \
	src/store/search.sql \
	src/store/event.sql \
	src/store/edge.sql \
	src/ingest/versions.sql \
	src/ingest/merge.sql \
	src/ingest/derive.sql \
	src/ingest/ingest.sql \
	src/ingest/command.sql \
	src/graph/graph.sql \
	src/graph/change.sql \
	src/graph/runs.sql \
	src/api/api.sql \
	src/api/change.sql \
	src/api/run.sql \
	src/api/namespace.sql \
	src/api/dataset.sql \
	src/api/job.sql \
	src/api/told.sql \
	src/api/version.sql \
	src/api/stats.sql \
	src/api/event.sql \
	src/api/issue.sql \
	src/api/source.sql \
	src/api/tag.sql \
	src/api/delete.sql \
	src/api/command.sql \
	src/api/search.sql \
	src/api/search_words.sql \
	src/api/lineage.sql \
	src/api/upstream.sql \
	src/api/column.sql \
	src/api/resource.sql \
	src/api/openapi_begin.sql \
	src/api/openapi.json \
	src/api/openapi_end.sql \
	src/monitor/facet.sql \
	src/monitor/run.sql \
	src/monitor/job.sql \
	src/monitor/dataset.sql \
	src/monitor/column.sql \
	src/monitor/stale.sql \
	src/server/server.sql \
	fdw/net/net.sql \
	src/server/audit.sql \
	src/store/export.sql \
	src/store/change.sql \
	src/auth/issuer.sql \
	src/auth/api_key.sql \
	src/auth/login.sql \
	src/gateway/client.sql \
	src/gateway/token.sql \
	src/gateway/config.sql \
	src/store/purge.sql \
	src/store/maintain.sql \
	src/store/retention.sql \
	src/store/dump.sql
DATA = $(INSTALL_SCRIPT_SQL)

# The tests find the extension created (pg_regress does it) in a database of encoding UTF8.
REGRESS = $(sort $(patsubst sql/%.sql,%,$(wildcard sql/*.sql)))
REGRESS_OPTS = --load-extension=openlineage --encoding=UTF8
ISOLATION = $(sort $(patsubst test/specs/%.spec,%,$(wildcard test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test --load-extension=openlineage --encoding=UTF8

include src/flags.mk
EXTRA_CLEAN = $(DEPENDENCY_FILES)

include test/targets.mk

.PHONY: sql sql-current
sql:
	cat $(SQL_PARTS) > $(INSTALL_SCRIPT_SQL).new && mv $(INSTALL_SCRIPT_SQL).new $(INSTALL_SCRIPT_SQL)

sql-current:
	@cat $(SQL_PARTS) | cmp -s - $(INSTALL_SCRIPT_SQL) || \
		{ echo "$(INSTALL_SCRIPT_SQL) differs from its parts: run \"make sql\" and commit it" >&2; exit 1; }

PGXS := $(wildcard $(shell $(PG_CONFIG) --pgxs 2>/dev/null))

ifneq ($(filter check,$(MAKECMDGOALS)),)
# Beside our "check" PGXS is left out (test/targets.mk says why), so its targets get a make of their own.
all install uninstall clean installcheck:
	$(MAKE) $@
else ifneq ($(PGXS),)
include $(PGXS)

all: all-modules
install: install-modules
installdirs: installdirs-modules
uninstall: uninstall-modules
clean: clean-modules

.PHONY: all-modules install-modules installdirs-modules uninstall-modules clean-modules
all-modules install-modules installdirs-modules uninstall-modules clean-modules: %-modules:
	set -e; for dir in $(MODULE_DIRS); do \
		$(MAKE) -C $(srcdir)/$$dir PG_CONFIG='$(PG_CONFIG)' $*; \
	done
else
all install uninstall clean installcheck:
	@echo "$(PG_CONFIG) --pgxs names no file: install the server's headers (make deps), or set PG_CONFIG" >&2; exit 1
endif
