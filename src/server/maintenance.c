/*-------------------------------------------------------------------------
 * maintenance.c
 *	  maintain() now and then, in a process that lives for one pass.
 *
 * Moving events into their partitions may take a while and takes strong locks
 * at its end, so neither the process that serves HTTP nor the one that ingests
 * does it.  A call that fails is made up for by the next; where there is no
 * free worker slot for it, that one comes soon.  While one is at work no other
 * is started.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "base/launch.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "maintenance.h"
#include "message.h"
#include "process.h"

#define MAINTENANCE_TYPE "openlineage maintenance"
#define FIRST_AFTER_MS 10000
#define EVERY_MS 3600000
#define AGAIN_MS 60000

extern PGDLLEXPORT void ol_maintenance_main(Datum main_arg);

static bool
start_once(BackgroundWorkerHandle **worker)
{
	OlHelperCall call = {MyDatabaseId, GetSessionUserId(), false};
	const OlProcess process = {
		.type = MAINTENANCE_TYPE,
		.library = OL_SERVER_LIBRARY,
		.function = "ol_maintenance_main",
		.start_time = BgWorkerStart_RecoveryFinished,
		.call = &call,
		.call_size = sizeof(call),
	};

	return ol_process_start(&process, worker);
}

/* Called every turn of the server's loop; next_at is 0 at first. */
void
ol_maintenance_keep_running(TimestampTz *next_at)
{
	static bool was_told;		/* that there is no free worker */
	static BackgroundWorkerHandle *worker;	/* NULL: none is at work */
	MemoryContext before;
	bool		is_started;
	TimestampTz now = GetCurrentTimestamp();

	if (*next_at == 0)
		*next_at = TimestampTzPlusMilliseconds(now, FIRST_AFTER_MS);
	if (now < *next_at || RecoveryInProgress())
		return;
	if (ol_process_is_running(&worker))
	{
		*next_at = TimestampTzPlusMilliseconds(now, EVERY_MS);
		return;
	}
	before = MemoryContextSwitchTo(TopMemoryContext);	/* where the handle
														 * lives */
	is_started = start_once(&worker);
	MemoryContextSwitchTo(before);
	if (is_started)
	{
		*next_at = TimestampTzPlusMilliseconds(now, EVERY_MS);
		was_told = false;
		return;
	}
	*next_at = TimestampTzPlusMilliseconds(now, AGAIN_MS);
	if (!was_told)
		ereport(WARNING,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("maintenance of database \"%s\" waits for a free background worker",
						MyBgworkerEntry->bgw_extra),
				 errhint("Raise max_worker_processes.")));
	was_told = true;
}

/* One transaction; true when the statement, which is about our schema, says so. */
static bool
run(const char *statement)
{
	bool		answer = false;
	bool		isnull;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	SPI_connect();
	PushActiveSnapshot(GetTransactionSnapshot());
	if (OidIsValid(get_extension_oid("openlineage", true)) &&
		SPI_execute(statement, false, 0) == SPI_OK_SELECT && SPI_processed == 1 &&
		SPI_gettypeid(SPI_tuptable->tupdesc, 1) == BOOLOID)
		answer = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0],
											SPI_tuptable->tupdesc, 1, &isnull));
	PopActiveSnapshot();
	SPI_finish();
	CommitTransactionCommand();
	return answer;
}

/* What retention deletes is deleted in portions, so that ingest gets its turn. */
void
ol_maintenance_main(Datum main_arg)
{
	OlHelperCall call;

	memcpy(&call, MyBgworkerEntry->bgw_extra, sizeof(call));
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(call.database, call.role, 0);
	ol_process_name(MAINTENANCE_TYPE);

	/* in a transaction of its own: retention may fail over a lock */
	(void) run("SELECT openlineage.maintain(with_retention => false)");
	while (run("SELECT openlineage.retain_portion()"))
		CHECK_FOR_INTERRUPTS();
	proc_exit(0);
}
