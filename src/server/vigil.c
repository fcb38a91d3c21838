/*-------------------------------------------------------------------------
 * vigil.c
 *	  Waits, without a database, until a server can connect to its database.
 *
 * A preloaded server may come before its database or its role: before CREATE
 * EXTENSION, or after DROP DATABASE.  Connecting would then fail every five
 * seconds and fill the log.  So after one failure the next start comes here,
 * connected to no database, looks now and then, and exits when all is there;
 * the start after that connects.  A process cannot change its database, so it
 * takes these two.
 *
 * Which of the two a start is lies in shared memory (OlVigil in launch.h).
 * Each server writes only its own entry, so there is no lock.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "base/compat.h"
#include "base/launch.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_database.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/relcache.h"

#include "process.h"

#define LOOK_EVERY_MS 1000

static OlVigil *vigil;

/* Created by the postmaster (launch.c), so a preloaded server finds it. */
void
ol_vigil_attach(void)
{
	bool		found;

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	vigil = ShmemInitStruct(OL_VIGIL_NAME, sizeof(OlVigil), &found);
	LWLockRelease(AddinShmemInitLock);
}

bool
ol_vigil_is_needed(int index)
{
	return index >= 0 && vigil->watching[index];
}

void
ol_vigil_request(int index, bool needed)
{
	if (index >= 0)
		vigil->watching[index] = needed;
}

/*
 * The row of a shared catalog with this name, copied, or NULL.  After a start
 * of PostgreSQL nobody may have opened a database yet, and then catalogs of
 * the whole server can be read from end to end but not through an index.
 */
static HeapTuple
find_row(Oid catalog, AttrNumber column, const char *name)
{
	Relation	relation = table_open(catalog, AccessShareLock);
	TableScanDesc scan = table_beginscan_catalog(relation, 0, NULL);
	HeapTuple	row;

	while ((row = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		bool		isnull;
		Datum		value = heap_getattr(row, column,
										 RelationGetDescr(relation), &isnull);

		if (namestrcmp(DatumGetName(value), name) == 0)
			break;
	}
	if (row != NULL)
		row = heap_copytuple(row);
	table_endscan(scan);
	table_close(relation, AccessShareLock);
	return row;
}

/* Reads through indexes: a session that failed for this has opened a database. */
static bool
may_connect(Form_pg_database database, Form_pg_authid role)
{
	return !criticalSharedRelcachesBuilt ||
		ol_compat_may_connect(database->oid, role->oid);
}

/* What is missing, or NULL. */
static const char *
find_obstacle(const char *database_name)
{
	HeapTuple	database;
	HeapTuple	role;
	const char *obstacle = NULL;

	StartTransactionCommand();
	database = find_row(DatabaseRelationId, Anum_pg_database_datname,
						database_name);
	role = find_row(AuthIdRelationId, Anum_pg_authid_rolname, OL_SERVER_ROLE);
	if (database == NULL)
		obstacle = "The database does not exist.";
	else if (!((Form_pg_database) GETSTRUCT(database))->datallowconn)
		obstacle = "The database does not allow connections.";
	else if (role == NULL)
		obstacle = "Role \"" OL_SERVER_ROLE "\" does not exist; CREATE EXTENSION openlineage makes it.";
	else if (!((Form_pg_authid) GETSTRUCT(role))->rolcanlogin)
		obstacle = "Role \"" OL_SERVER_ROLE "\" may not log in; ALTER ROLE ... LOGIN gives it the right.";
	else if (!may_connect((Form_pg_database) GETSTRUCT(database),
						  (Form_pg_authid) GETSTRUCT(role)))
		obstacle = "Role \"" OL_SERVER_ROLE "\" may not connect; GRANT CONNECT ON DATABASE gives it the right.";
	CommitTransactionCommand();
	return obstacle;
}

/* Returns never: exits so that the postmaster starts the server again. */
void
ol_vigil_watch(int index, const char *database)
{
	const char *told = NULL;

	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	for (;;)
	{
		const char *obstacle = find_obstacle(database);

		if (obstacle == NULL)
			break;
		if (obstacle != told)
			ereport(LOG,
					(errmsg("openlineage server of database \"%s\" is waiting",
							database),
					 errdetail("%s", obstacle)));
		told = obstacle;
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
						 LOOK_EVERY_MS, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
		if (ShutdownRequestPending)
			proc_exit(0);
	}
	ol_vigil_request(index, false);
	proc_exit(1);
}
