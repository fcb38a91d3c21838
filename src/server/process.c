/*-------------------------------------------------------------------------
 * process.c
 *	  What all processes of this module do alike.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "catalog/pg_db_role_setting.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"

#include "process.h"

#define CORE_LIBRARY "openlineage"

PG_MODULE_MAGIC;

/*
 * The settings are defined by the core module, which nobody has loaded when
 * the server was started by hand.  To be called before connecting: then the
 * database's own settings find them.
 */
void
ol_process_load_settings(void)
{
	load_file(CORE_LIBRARY, false);
}

/* Also what ALTER DATABASE ... SET says since we connected. */
void
ol_process_reload_settings(void)
{
	Relation	settings;
	Snapshot	snapshot;

	ProcessConfigFile(PGC_SIGHUP);
	StartTransactionCommand();
	settings = table_open(DbRoleSettingRelationId, AccessShareLock);
	snapshot = RegisterSnapshot(GetCatalogSnapshot(DbRoleSettingRelationId));
	ApplySetting(snapshot, MyDatabaseId, InvalidOid, settings, PGC_S_DATABASE);
	UnregisterSnapshot(snapshot);
	table_close(settings, AccessShareLock);
	CommitTransactionCommand();
}

/* In the setting's own unit. */
int
ol_process_integer(const char *setting)
{
	return pg_strtoint32(GetConfigOption(setting, false, false));
}

const char *
ol_process_string(const char *setting)
{
	return GetConfigOption(setting, false, false);
}

/* Shown by pg_stat_activity, to everybody; status() reads it there. */
void
ol_process_name(const char *name)
{
	SetConfigOption("application_name", name, PGC_USERSET, PGC_S_SESSION);
}

/*
 * Does somebody wait for all sessions to leave this database?  DROP, RENAME
 * and CREATE DATABASE ... TEMPLATE hold a lock on it while they wait, which
 * conflicts with the one that every new session takes.
 */
bool
ol_process_database_is_wanted(void)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, InvalidOid, DatabaseRelationId, MyDatabaseId, 0);
	if (LockAcquire(&tag, RowExclusiveLock, true, true) == LOCKACQUIRE_NOT_AVAIL)
		return true;
	LockRelease(&tag, RowExclusiveLock, true);
	return false;
}

/*
 * One server per database: a preloaded one and one started by hand could meet.
 * Holds a lock until the process ends; false while another server holds it.
 * A user lock may be taken on a standby, too, and nobody else uses its space.
 */
bool
ol_process_claim_database(void)
{
	LOCKTAG		tag = {
		.locktag_field1 = MyDatabaseId,
		.locktag_type = LOCKTAG_USERLOCK,
		.locktag_lockmethodid = USER_LOCKMETHOD,
	};

	return LockAcquire(&tag, ExclusiveLock, true, true) != LOCKACQUIRE_NOT_AVAIL;
}

/*
 * False when there is no free slot.  The handle lives in the caller's context;
 * who wants none is not told of start and end, either.
 */
bool
ol_process_start(const OlProcess *process, BackgroundWorkerHandle **worker)
{
	BackgroundWorker entry;

	Assert(process->call_size <= BGW_EXTRALEN);
	memset(&entry, 0, sizeof(entry));
	entry.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	entry.bgw_start_time = process->start_time;
	entry.bgw_restart_time = BGW_NEVER_RESTART;
	entry.bgw_main_arg = process->main_arg;
	entry.bgw_notify_pid = worker == NULL ? 0 : MyProcPid;
	strlcpy(entry.bgw_name, process->type, BGW_MAXLEN);
	strlcpy(entry.bgw_type, process->type, BGW_MAXLEN);
	strlcpy(entry.bgw_library_name, process->library, BGW_MAXLEN);
	strlcpy(entry.bgw_function_name, process->function, BGW_MAXLEN);
	memcpy(entry.bgw_extra, process->call, process->call_size);
	return RegisterDynamicBackgroundWorker(&entry, worker);
}

/* Also one that is about to start; frees the handle of one that has ended. */
bool
ol_process_is_running(BackgroundWorkerHandle **worker)
{
	pid_t		pid;

	if (*worker == NULL)
		return false;
	if (GetBackgroundWorkerPid(*worker, &pid) != BGWH_STOPPED)
		return true;
	pfree(*worker);
	*worker = NULL;
	return false;
}

/* Requests for which the audit had no room. */
void
ol_process_tell_dropped(int *dropped)
{
	if (*dropped > 0)
		ereport(WARNING,
				(errmsg("%d requests are missing in the audit log", *dropped),
				 errdetail("They came faster than rows could be written.")));
	*dropped = 0;
}
