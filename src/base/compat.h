/*-------------------------------------------------------------------------
 * compat.h
 *	  Every difference between PostgreSQL 15, 16, 17 and 18 that matters here.
 *
 * No other file tests PG_VERSION_NUM (export.h apart, which the build puts
 * ahead of everything).  Include it after postgres.h, in place of the header
 * that changed.
 *-------------------------------------------------------------------------*/
#ifndef OL_BASE_COMPAT_H
#define OL_BASE_COMPAT_H

#include "access/genam.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "utils/acl.h"
#include "utils/backend_status.h"
#include "utils/memutils.h"

#if PG_VERSION_NUM >= 160000
#include "catalog/pg_database.h"
#include "catalog/pg_proc.h"
#include "varatt.h"				/* was part of postgres.h */
#endif

/* The server asks a module whether a token may log in. */
#if PG_VERSION_NUM >= 180000
#define OL_COMPAT_OAUTH 1
#endif

/* The index-th entry of the list of running processes, counted from 1. */
static inline LocalPgBackendStatus *
ol_compat_backend_status(int index)
{
#if PG_VERSION_NUM >= 160000
	return pgstat_get_local_beentry_by_index(index);
#else
	return pgstat_fetch_stat_local_beentry(index);
#endif
}

/* A scan of an index that nobody measures. */
static inline IndexScanDesc
ol_compat_index_beginscan(Relation table, Relation index, Snapshot snapshot,
						  int nkeys)
{
#if PG_VERSION_NUM >= 180000
	return index_beginscan(table, index, snapshot, NULL, nkeys, 0);
#else
	return index_beginscan(table, index, snapshot, nkeys, 0);
#endif
}

/*
 * The index entries of a row just inserted.  conflict: becomes true when
 * another session has a key as well; NULL: that is an error.
 */
static inline List *
ol_compat_insert_index_tuples(ResultRelInfo * table, TupleTableSlot *row,
							  EState *estate, bool *conflict)
{
#if PG_VERSION_NUM >= 160000
	return ExecInsertIndexTuples(table, row, estate, false, conflict != NULL,
								 conflict, NIL, false);
#else
	return ExecInsertIndexTuples(table, row, estate, false, conflict != NULL,
								 conflict, NIL);
#endif
}

/* Whether no row has a unique key of this one; waits for those who may. */
static inline bool
ol_compat_is_unique(ResultRelInfo * table, TupleTableSlot *row,
					EState *estate)
{
	ItemPointerData other;

#if PG_VERSION_NUM >= 180000
	return ExecCheckIndexConstraints(table, row, estate, &other,
									 &row->tts_tid, NIL);
#else
	return ExecCheckIndexConstraints(table, row, estate, &other, NIL);
#endif
}

/* Which indexes need an entry of a new version of a row. */
typedef enum OlNewEntries
{
	OL_ENTRIES_NONE,			/* it is found through the version before */
	OL_ENTRIES_SUMMARIZING,		/* those like BRIN */
	OL_ENTRIES_ALL
} OlNewEntries;

/*
 * A new version of a row, as UPDATE writes it, without entries in indexes.
 * Not TM_Ok: the row has changed since it was read, and nothing is written.
 */
static inline TM_Result
ol_compat_update_row(Relation table, TupleTableSlot *was, TupleTableSlot *row,
					 OlNewEntries *entries)
{
	TM_FailureData failure;
	LockTupleMode lock;
	TM_Result	result;
#if PG_VERSION_NUM >= 160000
	TU_UpdateIndexes indexes = TU_None;
#else
	bool		indexes = false;
#endif

	result = table_tuple_update(table, &was->tts_tid, row,
								GetCurrentCommandId(true), InvalidSnapshot,
								InvalidSnapshot, true, &failure, &lock,
								&indexes);
#if PG_VERSION_NUM >= 160000
	*entries = indexes == TU_None ? OL_ENTRIES_NONE :
		indexes == TU_Summarizing ? OL_ENTRIES_SUMMARIZING : OL_ENTRIES_ALL;
#else
	*entries = indexes ? OL_ENTRIES_ALL : OL_ENTRIES_NONE;
#endif
	return result;
}

static inline void
ol_compat_update_index_tuples(ResultRelInfo * table, TupleTableSlot *row,
							  EState *estate, OlNewEntries entries)
{
#if PG_VERSION_NUM >= 160000
	list_free(ExecInsertIndexTuples(table, row, estate, true, false, NULL, NIL,
									entries == OL_ENTRIES_SUMMARIZING));
#else
	list_free(ExecInsertIndexTuples(table, row, estate, true, false, NULL,
									NIL));
#endif
}

/* What triggers need, should a row they are for have changed; ours are locked. */
static inline void
ol_compat_epq_init(EPQState * latest, EState *estate)
{
#if PG_VERSION_NUM >= 160000
	EvalPlanQualInit(latest, estate, NULL, NIL, -1, NIL);
#else
	EvalPlanQualInit(latest, estate, NULL, NIL, -1);
#endif
}

/* The transaction of this process, with or without an xid. */
static inline LocalTransactionId
ol_compat_transaction(void)
{
#if PG_VERSION_NUM >= 170000
	return MyProc->vxid.lxid;
#else
	return MyProc->lxid;
#endif
}

/* A wait event set that lives as long as the process. */
static inline WaitEventSet *
ol_compat_wait_set(int size)
{
#if PG_VERSION_NUM >= 170000
	return CreateWaitEventSet(NULL, size);
#else
	return CreateWaitEventSet(TopMemoryContext, size);
#endif
}

/* May the role connect to the database? */
static inline bool
ol_compat_may_connect(Oid database, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(DatabaseRelationId, database, role,
						   ACL_CONNECT) == ACLCHECK_OK;
#else
	return pg_database_aclcheck(database, role, ACL_CONNECT) == ACLCHECK_OK;
#endif
}

/* May the role execute the function? */
static inline AclResult
ol_compat_may_execute(Oid function, Oid role)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(ProcedureRelationId, function, role, ACL_EXECUTE);
#else
	return pg_proc_aclcheck(function, role, ACL_EXECUTE);
#endif
}

#endif							/* OL_BASE_COMPAT_H */
