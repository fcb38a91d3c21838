/*-------------------------------------------------------------------------
 * status.c
 *	  Says in words what runs, what is missing, and the command that helps.
 *
 * Works on a server that knows nothing of us yet, and for every role that may
 * call status(): it reads settings and the list of processes in C, where an
 * ordinary role would not be shown them.  What it tells is no secret: whether
 * we are preloaded, not what else is.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/xlog.h"
#include "base/compat.h"
#include "catalog/pg_authid.h"
#include "commands/dbcommands.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/varlena.h"

#include "base/launch.h"
#include "base/settings.h"

#define LIBRARY "openlineage"
#define STATE_OK "ok"
#define STATE_INFO "info"
#define STATE_PROBLEM "problem"
#define STATE_MISSING "missing"
#define COLUMNS 4

PG_FUNCTION_INFO_V1(ol_status);

typedef struct StatusReport
{
	ReturnSetInfo *result;
	OlProcesses processes;
	bool		preloaded;
	bool		listed;
} StatusReport;

static void
add_row(StatusReport *report, const char *item, const char *state,
		const char *detail, const char *remedy)
{
	const char *texts[COLUMNS] = {item, state, detail, remedy};
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];

	for (int i = 0; i < COLUMNS; i++)
	{
		nulls[i] = texts[i] == NULL;
		values[i] = nulls[i] ? (Datum) 0 : CStringGetTextDatum(texts[i]);
	}
	tuplestore_putvalues(report->result->setResult, report->result->setDesc,
						 values, nulls);
}

static bool
list_has(const char *list, const char *name)
{
	List	   *names;
	ListCell   *cell;

	if (!SplitGUCList(pstrdup(list), ',', &names))
		return false;
	foreach(cell, names)
	{
		if (strcmp(lfirst(cell), name) == 0)
			return true;
	}
	return false;
}

/* The elements of a list and one more, each as a quoted SQL literal. */
static char *
list_with(const char *list, const char *name)
{
	StringInfoData literals;
	List	   *names;
	ListCell   *cell;

	initStringInfo(&literals);
	if (SplitGUCList(pstrdup(list), ',', &names))
	{
		foreach(cell, names)
			appendStringInfo(&literals, "%s, ", quote_literal_cstr(lfirst(cell)));
	}
	appendStringInfoString(&literals, quote_literal_cstr(name));
	return literals.data;
}

/* What else is preloaded is for those to see who may read all settings. */
static char *
preload_remedy(void)
{
	const char *now = GetConfigOption("shared_preload_libraries", false, false);

	if (*now != '\0' && !has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_SETTINGS))
		return "Add openlineage to shared_preload_libraries and restart PostgreSQL.";
	return psprintf("ALTER SYSTEM SET shared_preload_libraries = %s; then restart PostgreSQL.",
					list_with(now, LIBRARY));
}

static void
report_start(StatusReport *report)
{
	const char *database = get_database_name(MyDatabaseId);

	report->preloaded =
		list_has(GetConfigOption("shared_preload_libraries", false, false), LIBRARY) ||
		list_has(GetConfigOption("shared_preload_libraries", false, false), "$libdir/" LIBRARY);
	if (report->preloaded)
		add_row(report, "preload", STATE_OK,
				"openlineage is in shared_preload_libraries.", NULL);
	else
		add_row(report, "preload", STATE_MISSING,
				"openlineage is not in shared_preload_libraries, so no HTTP server starts together with PostgreSQL.",
				preload_remedy());

	report->listed = list_has(ol_setting_databases, database);
	if (report->listed)
		add_row(report, "database", STATE_OK,
				psprintf("Database \"%s\" is in openlineage.databases.", database),
				NULL);
	else
		add_row(report, "database", STATE_MISSING,
				psprintf("Database \"%s\" is not in openlineage.databases, so it gets no HTTP server when PostgreSQL starts.", database),
				psprintf("ALTER SYSTEM SET openlineage.databases = %s; then restart PostgreSQL.",
						 list_with(ol_setting_databases, database)));
}

static void
report_server(StatusReport *report)
{
	OlProcesses *processes = &report->processes;
	const char *note = processes->server_note;
	const char *const listens = OL_SERVER_TYPE " on ";

	if (processes->server_pid == 0 && processes->nservers > 0)
		add_row(report, "HTTP server", STATE_PROBLEM, "It is starting.", NULL);
	else if (processes->server_pid == 0)
		add_row(report, "HTTP server", STATE_MISSING,
				report->preloaded && report->listed ?
				"It is not running, though it should start together with PostgreSQL; the server log has the reason." :
				"It is not running.",
				"SELECT openlineage.start_server();");
	else if (strncmp(note, listens, strlen(listens)) == 0)
		add_row(report, "HTTP server", STATE_OK,
				psprintf("Process %d listens on %s.", processes->server_pid,
						 note + strlen(listens)), NULL);
	else if (strstr(note, "turned off") != NULL)
		add_row(report, "HTTP server", STATE_PROBLEM,
				"It runs but does not listen: openlineage.port is 0.",
				psprintf("ALTER DATABASE %s SET openlineage.port = 5000; SELECT pg_reload_conf();",
						 quote_identifier(get_database_name(MyDatabaseId))));
	else if (strstr(note, "not loopback") != NULL)
		add_row(report, "HTTP server", STATE_PROBLEM,
				"It runs but does not listen: openlineage.listen_addresses names an address that is not loopback, and that needs openlineage.oauth_required.",
				"ALTER SYSTEM SET openlineage.oauth_required = on; SELECT pg_reload_conf();");
	else
		add_row(report, "HTTP server", STATE_PROBLEM,
				psprintf("It runs but does not listen: %s.",
						 note + Min(strlen(note), strlen(OL_SERVER_TYPE ": "))),
				psprintf("ALTER DATABASE %s SET openlineage.port = %d; SELECT pg_reload_conf();",
						 quote_identifier(get_database_name(MyDatabaseId)),
						 ol_setting_port == 65535 ? 5000 : ol_setting_port + 1));
}

static char *
more_workers(int missing)
{
	return psprintf("ALTER SYSTEM SET max_worker_processes = %d; then restart PostgreSQL.",
					max_worker_processes + missing);
}

static void
report_helpers(StatusReport *report)
{
	OlProcesses *processes = &report->processes;
	int			missing = ol_setting_query_workers - processes->query;

	if (processes->server_pid == 0)
		return;
	if (processes->ingest > 0)
		add_row(report, "ingest worker", STATE_OK, "It is running.", NULL);
	else
		add_row(report, "ingest worker", STATE_MISSING,
				"It is not running, so events sent over HTTP are answered with status 503.",
				more_workers(1 + Max(missing, 0)));
	if (missing <= 0)
		add_row(report, "query workers", STATE_OK,
				psprintf("%d are running.", processes->query), NULL);
	else
		add_row(report, "query workers", processes->query == 0 ? STATE_MISSING : STATE_PROBLEM,
				psprintf("%d of %d are running; perhaps max_worker_processes, now %d, is too small.",
						 processes->query, ol_setting_query_workers,
						 max_worker_processes),
				more_workers(missing));
}

/* Not a word where none is wanted. */
static void
report_gateway(StatusReport *report)
{
	const char *note = report->processes.gateway_note;
	const char *const listens = OL_GATEWAY_TYPE " on ";

	if (report->processes.gateway_pid == 0)
		return;
	if (strncmp(note, listens, strlen(listens)) == 0)
		add_row(report, "gateway", STATE_OK,
				psprintf("Process %d listens on %s.", report->processes.gateway_pid,
						 note + strlen(listens)), NULL);
	else
		add_row(report, "gateway", STATE_PROBLEM,
				psprintf("It runs but does not listen (\"%s\"); the server log has the reason.", note),
				psprintf("ALTER DATABASE %s SET openlineage.gateway_port = 8082; SELECT pg_reload_conf();",
						 quote_identifier(get_database_name(MyDatabaseId))));
}

static void
report_admission(StatusReport *report)
{
	const char *const on = "ALTER SYSTEM SET openlineage.oauth_required = on; SELECT pg_reload_conf();";

	if (ol_setting_oauth_required)
		add_row(report, "authentication", STATE_OK,
				"Every HTTP request needs a token; a proxy in front has to keep it from being read on the way.",
				NULL);
	else
		add_row(report, "authentication", STATE_INFO,
				"HTTP requests need a token only while row-level security is enforced, so only loopback addresses are listened on.",
				on);
	if (ol_setting_rate_limit > 0)
		add_row(report, "rate limit", STATE_OK,
				psprintf("A client may send %d HTTP requests per second.",
						 ol_setting_rate_limit), NULL);
	else
		add_row(report, "rate limit", STATE_INFO,
				"A client may send any number of HTTP requests.",
				"ALTER SYSTEM SET openlineage.rate_limit = 100; SELECT pg_reload_conf();");
	if (ol_setting_audit == OL_SETTING_AUDIT_OFF)
		add_row(report, "audit", STATE_INFO,
				"HTTP requests leave no rows in openlineage.audit.",
				"ALTER SYSTEM SET openlineage.audit = changes; SELECT pg_reload_conf();");
	else
		add_row(report, "audit", STATE_OK,
				ol_setting_audit == OL_SETTING_AUDIT_ALL ?
				"Every HTTP request leaves a row in openlineage.audit." :
				"HTTP requests that change something or are denied leave rows in openlineage.audit.",
				NULL);
}

static void
report_durability(StatusReport *report)
{
	if (RecoveryInProgress())
		add_row(report, "standby", STATE_INFO,
				"This server is a standby: reads are answered, events sent over HTTP get status 503.",
				"SELECT pg_promote();");
	if (!enableFsync)
		add_row(report, "durability", STATE_PROBLEM,
				"fsync is off: an acknowledged event can be lost when the machine crashes.",
				"ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf();");
	else
		add_row(report, "durability", STATE_OK,
				"An event is answered after its commit has reached the disk; the ingest worker does not follow synchronous_commit = off.",
				NULL);
}

/* SQL: server_status(); status() adds what SQL can tell */
Datum
ol_status(PG_FUNCTION_ARGS)
{
	StatusReport report = {0};

	InitMaterializedSRF(fcinfo, 0);
	report.result = (ReturnSetInfo *) fcinfo->resultinfo;
	report.processes = ol_launch_processes();
	report_start(&report);
	report_server(&report);
	report_helpers(&report);
	report_admission(&report);
	report_gateway(&report);
	report_durability(&report);
	return (Datum) 0;
}
