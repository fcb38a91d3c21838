/*-------------------------------------------------------------------------
 * launch.c
 *	  Starts and stops the server of a database, and tells what runs.
 *
 * A server comes to life in two ways: registered by the postmaster for each
 * name in openlineage.databases, or by start_server() in any database.  It
 * exits with code 0 when it shall stay away, which is also what SIGTERM asks
 * for; after any other exit the postmaster starts it again.  It registers its
 * helper processes itself (server/lane.c).
 *
 * Processes are recognised by bgw_type, which nobody else can forge.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <signal.h>

#include "base/compat.h"
#include "commands/dbcommands.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/timestamp.h"
#include "utils/varlena.h"

#include "base/launch.h"
#include "base/settings.h"

#define START_TIMEOUT_MS 6000
#define STOP_TIMEOUT_MS 10000
#define POLL_MS 50

static shmem_request_hook_type previous_request_hook;
static shmem_startup_hook_type previous_startup_hook;

PG_FUNCTION_INFO_V1(ol_start_server);
PG_FUNCTION_INFO_V1(ol_stop_server);

static BackgroundWorker
describe_server(const char *database, int index)
{
	BackgroundWorker worker;

	StaticAssertStmt(NAMEDATALEN <= BGW_EXTRALEN,
					 "a database name fits into bgw_extra");
	memset(&worker, 0, sizeof(worker));
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS |
		BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_ConsistentState;
	worker.bgw_restart_time = OL_SERVER_RESTART_SECONDS;
	worker.bgw_main_arg = Int32GetDatum(index);
	snprintf(worker.bgw_name, BGW_MAXLEN, "%s of database \"%.40s\"",
			 OL_SERVER_TYPE, database);
	strlcpy(worker.bgw_type, OL_SERVER_TYPE, BGW_MAXLEN);
	strlcpy(worker.bgw_library_name, OL_SERVER_LIBRARY, BGW_MAXLEN);
	strlcpy(worker.bgw_function_name, "ol_server_main", BGW_MAXLEN);
	strlcpy(worker.bgw_extra, database, BGW_EXTRALEN);
	return worker;
}

static void
request_vigil(void)
{
	if (previous_request_hook)
		previous_request_hook();
	RequestAddinShmemSpace(MAXALIGN(sizeof(OlVigil)));
}

static void
create_vigil(void)
{
	OlVigil    *vigil;
	bool		found;

	if (previous_startup_hook)
		previous_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	vigil = ShmemInitStruct(OL_VIGIL_NAME, sizeof(OlVigil), &found);
	if (!found)
		memset(vigil, 0, sizeof(OlVigil));
	LWLockRelease(AddinShmemInitLock);
}

/* In the postmaster: one server for each listed database. */
void
ol_launch_preloaded(void)
{
	char	   *names = pstrdup(ol_setting_databases);
	List	   *databases;
	ListCell   *cell;
	int			index = 0;

	if (!SplitGUCList(names, ',', &databases))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid list of databases in parameter \"%s\"",
						"openlineage.databases")));
	if (list_length(databases) > OL_MAX_DATABASES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("parameter \"%s\" lists more than %d databases",
						"openlineage.databases", OL_MAX_DATABASES)));

	previous_request_hook = shmem_request_hook;
	shmem_request_hook = request_vigil;
	previous_startup_hook = shmem_startup_hook;
	shmem_startup_hook = create_vigil;

	foreach(cell, databases)
	{
		BackgroundWorker worker = describe_server(lfirst(cell), index++);

		RegisterBackgroundWorker(&worker);
	}
}

/* Only the one that serves has told anything by its application_name. */
static void
note_server(OlProcesses *found, const PgBackendStatus *entry)
{
	if (found->nservers < OL_MAX_SERVERS)
		found->server_pids[found->nservers++] = entry->st_procpid;
	if (strncmp(entry->st_appname, OL_SERVER_TYPE, strlen(OL_SERVER_TYPE)) == 0)
	{
		found->server_pid = entry->st_procpid;
		strlcpy(found->server_note, entry->st_appname, NAMEDATALEN);
	}
}

OlProcesses
ol_launch_processes(void)
{
	OlProcesses found = {0};
	int			nbackends;

	pgstat_clear_snapshot();
	nbackends = pgstat_fetch_stat_numbackends();
	for (int i = 1; i <= nbackends; i++)
	{
		PgBackendStatus *entry = &ol_compat_backend_status(i)->backendStatus;
		const char *type;

		if (entry->st_databaseid != MyDatabaseId ||
			entry->st_backendType != B_BG_WORKER)
			continue;
		type = GetBackgroundWorkerTypeByPid(entry->st_procpid);
		if (type == NULL)
			continue;
		if (strcmp(type, OL_SERVER_TYPE) == 0)
			note_server(&found, entry);
		else if (strcmp(type, OL_INGEST_TYPE) == 0)
			found.ingest++;
		else if (strcmp(type, OL_QUERY_TYPE) == 0)
			found.query++;
		else if (strcmp(type, OL_GATEWAY_TYPE) == 0)
		{
			found.gateway_pid = entry->st_procpid;
			strlcpy(found.gateway_note, entry->st_appname, NAMEDATALEN);
		}
	}
	return found;
}

static void
pause_briefly(void)
{
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
					 POLL_MS, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

static void
register_server(void)
{
	BackgroundWorker worker =
	describe_server(get_database_name(MyDatabaseId), OL_LAUNCHED_BY_HAND);
	BackgroundWorkerHandle *handle;

	worker.bgw_notify_pid = MyProcPid;
	if (!RegisterDynamicBackgroundWorker(&worker, &handle))
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("could not register the server process"),
				 errhint("Raise max_worker_processes (now %d) and restart PostgreSQL.",
						 max_worker_processes)));
}

/* SQL: start_server() */
Datum
ol_start_server(PG_FUNCTION_ARGS)
{
	OlProcesses processes = ol_launch_processes();
	TimestampTz begin = GetCurrentTimestamp();

	if (processes.nservers > 0)
		ereport(NOTICE,
				(errmsg("the server of this database is already running")));
	else
		register_server();

	while (processes.server_pid == 0)
	{
		if (TimestampDifferenceExceeds(begin, GetCurrentTimestamp(),
									   START_TIMEOUT_MS))
		{
			ereport(WARNING,
					(errmsg("the server process was registered but has not started yet"),
					 errhint("See the server log for its reason.  When this transaction also created the extension, commit it first.")));
			PG_RETURN_TEXT_P(cstring_to_text("starting"));
		}
		pause_briefly();
		processes = ol_launch_processes();
	}
	PG_RETURN_TEXT_P(cstring_to_text(processes.server_note));
}

/* SQL: stop_server() */
Datum
ol_stop_server(PG_FUNCTION_ARGS)
{
	OlProcesses processes = ol_launch_processes();
	TimestampTz begin = GetCurrentTimestamp();

	if (processes.nservers == 0)
		PG_RETURN_BOOL(false);
	do
	{
		for (int i = 0; i < processes.nservers; i++)
			(void) kill(processes.server_pids[i], SIGTERM);
		if (TimestampDifferenceExceeds(begin, GetCurrentTimestamp(),
									   STOP_TIMEOUT_MS))
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_IN_USE),
					 errmsg("the server was told to stop but is still running")));
		pause_briefly();
		processes = ol_launch_processes();
	} while (processes.nservers > 0 || processes.ingest > 0 ||
			 processes.query > 0 || processes.gateway_pid != 0);
	PG_RETURN_BOOL(true);
}
