# Targets of our own: each runs on servers made under build/, none touches one that exists.
#
#   make demo, make demo-stop      the loan-approval story on a running server with its worker
#   make check [SUITES="..."]      every test suite; ends with "N passed, N failed"
#   make fuzz-api                  the suite api with at least 20,000 random requests
#   make bench-api [BENCH=...]     what reads cost at 1,000 and at 100,000 jobs: bench/README.md
#   make bench-ingest [BENCH=...]  how many events a server takes and what each costs: bench/README.md
#   make bench-auth [BENCH=...]    CPU time of login() by algorithm
#   make fuzz-token [FUZZ=...]     changed tokens and key sets under the sanitizers
#   make fuzz-head [FUZZ=...]      changed heads of plain requests, likewise
#   make bench-graph [BENCH=...]   walks over large graphs beside a recursive CTE and plain C
#   make bench-lineage [BENCH=...] what GET /api/v1/lineage costs on a graph posted as events
#   make bench-access [BENCH=...]  what row-level security costs a read: bench/README.md
#   make check-versions            regress, isolation, pgtap and tap on PostgreSQL 16, 17 and 18
#   make check-asan                regress and tap on a sanitized, assertion-enabled server 15
#   make format, make format-check, make lint
#   make deps, make deps-check     the Debian packages that demo, or check, need

.PHONY: demo demo-stop check bench-api bench-ingest fuzz-api check-versions check-asan deps deps-check format format-check lint distclean-build bench-auth fuzz-token fuzz-head bench-lineage bench-access bench-graph

# A server that the user names is used as it is; Debian's is not installed beside it.
ifneq ($(filter command% environment%,$(origin PG_CONFIG)),)
GIVEN = PG_CONFIG='$(PG_CONFIG)' PG_CONFIG_GIVEN=1
else
GIVEN = PG_CONFIG=
endif

deps:
	@$(GIVEN) bash test/lib/deps.sh build

deps-check:
	@$(GIVEN) bash test/lib/deps.sh build check

demo: deps
	@$(GIVEN) bash examples/loan-approval/demo.sh start

demo-stop:
	@$(GIVEN) bash examples/loan-approval/demo.sh stop

# PGXS has a "check" too, which only says that there is none; Makefile leaves PGXS out for this goal.
ifneq ($(filter check,$(MAKECMDGOALS)),)
check: deps-check
	@$(GIVEN) bash test/run $(SUITES)
endif

fuzz-api: deps-check
	@$(GIVEN) OL_FUZZ_CASES=$${OL_FUZZ_CASES:-22000} OL_FUZZ_FLOOR=$${OL_FUZZ_FLOOR:-100} OL_SUITE_SECONDS=7200 bash test/run api

# Lists and details in a small and a large database; BENCH="--small" for a minute instead of an hour.
bench-api: deps-check
	@$(GIVEN) bash bench/api/bench.sh $(BENCH)

# Events per second, latency, CPU, WAL and disk per event; BENCH="--small" for a minute instead of twelve.
bench-ingest: deps-check
	@$(GIVEN) bash bench/ingest/bench.sh $(BENCH)

# A minute; BENCH="--small" for ten seconds, which shows that it works.
bench-auth: deps-check
	@$(GIVEN) bash bench/auth/bench.sh $(BENCH)

# FUZZ="ROUNDS SEED"; 100,000 rounds take half a minute.
fuzz-token: deps-check
	@$(GIVEN) bash test/fuzz/token.sh $(FUZZ)

# FUZZ="ROUNDS SEED"; 1,000,000 rounds take a few seconds.
fuzz-head: deps-check
	@$(GIVEN) bash test/fuzz/head.sh $(FUZZ)

bench-graph: deps-check
	@$(GIVEN) bash bench/graph/bench.sh run $(BENCH)

bench-lineage: deps-check
	@$(GIVEN) bash bench/graph/bench.sh lineage $(BENCH)

# Ratios of CPU time to a literal condition; BENCH="--small" for half a minute instead of five.
bench-access: deps-check
	@$(GIVEN) bash bench/access/bench.sh $(BENCH)

check-versions: deps-check
	@bash test/versions.sh $(VERSIONS)

check-asan: deps-check
	@bash test/lib/deps.sh source
	@bash test/asan.sh $(SUITES)

lint: deps-check
	@$(GIVEN) bash test/run lint

format: deps-check
	@bash test/lint/format.sh write

format-check: deps-check
	@bash test/lint/format.sh diff

# Everything that the targets above made.
distclean-build:
	rm -rf build
