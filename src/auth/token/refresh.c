/*-------------------------------------------------------------------------
 * refresh.c
 *	  Keys of issuers are fetched again: regularly, and for an unknown key.
 *
 * jwks_refresh() fetches the keys of all issuers, or of one; the worker calls
 * it every openlineage.jwks_refresh_interval.  What cannot be fetched leaves
 * the keys that are there, with the reason beside; login() takes them until
 * they are openlineage.jwks_max_stale old.  All is fetched before anything is
 * locked, and a set that was asked for earlier never replaces one that was
 * asked for later.
 *
 * A token with an unknown key may be the first after its issuer changed keys.
 * jwks_refresh_unknown() then fetches, once per issuer in ten seconds; it keeps
 * the row of the issuer locked meanwhile, so that whoever comes with the same
 * question waits for the one answer.  It writes, and its caller may be about to
 * roll back or may only read; so login() in a session has it done by a process
 * of its own.  In a background worker login() waits for nobody: there the
 * caller is told (login.c).  So is PostgreSQL 18's authentication: the first
 * client whose key is not known has a process started, and all such clients
 * wait until it is done.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "auth/trusted.h"
#include "base/compat.h"
#include "base/launch.h"
#include "base/rows.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "common/sha2.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "storage/lock.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/varlena.h"

#include "fetch.h"
#include "oauth_keys.h"
#include "refresh.h"
#include "shared.h"

PG_FUNCTION_INFO_V1(ol_jwks_refresh);
PG_FUNCTION_INFO_V1(ol_jwks_refresh_unknown);

extern PGDLLEXPORT void ol_jwks_main(Datum main_arg);

#define REFRESH_TYPE "openlineage keys"
#define LONGEST_WAIT_MS 3000
#define LONGEST_LOGIN_WAIT_MS 2000
#define POLL_MS 20

/* Tells our lock from the one that a server holds on its database. */
#define LOCK_OF_KEYS 1

/* What bgw_extra holds. */
typedef struct RefreshCall
{
	Oid			database;
	Oid			role;
	/* Which issuer: a name may be too long. */
	uint8		issuer_hash[PG_SHA256_DIGEST_LENGTH];
	bool		for_oauth;		/* one of pg_hba.conf instead ... */
	char		database_name[NAMEDATALEN]; /* ... connected to this one */
} RefreshCall;

typedef struct Fetched
{
	OlKeySource source;
	TimestampTz began;
	char	   *jwks;
	const char *problem;
	int			nkeys;			/* -1: not stored */
} Fetched;

static OlStatement list_issuers = {
	"SELECT i.issuer, i.jwks_uri FROM openlineage.issuer AS i"
	" WHERE NOT i.has_given_keys AND ($1 IS NULL OR i.issuer = $1)"
	" ORDER BY i.issuer"
};

static OlStatement claim_issuer = {
	"UPDATE openlineage.issuer AS i SET asked_at = clock_timestamp()"
	" WHERE i.issuer = $1 AND NOT i.has_given_keys"
	" AND (i.asked_at IS NULL OR i.asked_at < clock_timestamp() - interval '10 seconds')"
	" RETURNING i.issuer, i.jwks_uri"
};

/* Whoever changed jwks_uri meanwhile does not get the keys of the old one. */
static OlStatement note_success = {
	"UPDATE openlineage.issuer AS i SET tried_at = $2, fetched_at = $2, problem = NULL"
	" WHERE i.issuer = $1 AND NOT i.has_given_keys"
	" AND i.jwks_uri IS NOT DISTINCT FROM $3"
	" AND (i.fetched_at IS NULL OR i.fetched_at <= $2)"
};

static OlStatement note_failure = {
	"UPDATE openlineage.issuer AS i SET tried_at = $2, problem = $3"
	" WHERE i.issuer = $1 AND (i.tried_at IS NULL OR i.tried_at <= $2)"
};

static OlStatement refresh_by_hash = {
	"SELECT openlineage.jwks_refresh_unknown(i.issuer)"
	" FROM openlineage.issuer AS i"
	" WHERE sha256(convert_to(i.issuer, 'UTF8')) = $1"
};

static OlStatement store_keys = {"SELECT openlineage.store_jwks($1, $2)"};

static Datum
text_or_null(const char *value, char *null)
{
	*null = value == NULL ? 'n' : ' ';
	return value == NULL ? (Datum) 0 : CStringGetTextDatum(value);
}

/* ol_statement_execute() with a last argument that may be null. */
static uint64
execute_with(OlStatement *statement, int nargs, Oid *types, Datum *values,
			 const char *last)
{
	char		nulls[4] = "   ";
	int			result;

	types[nargs - 1] = TEXTOID;
	values[nargs - 1] = text_or_null(last, &nulls[nargs - 1]);
	if (statement->plan == NULL)
	{
		SPIPlanPtr	plan = SPI_prepare(statement->sql, nargs, types);

		if (plan == NULL || SPI_keepplan(plan) != 0)
			elog(ERROR, "could not prepare \"%s\"", statement->sql);
		statement->plan = plan;
	}
	result = SPI_execute_plan(statement->plan, values, nulls, false, 0);
	if (result < 0)
		elog(ERROR, "could not execute \"%s\": %s", statement->sql,
			 SPI_result_code_string(result));
	return SPI_processed;
}

/* The rows of the last statement: issuer, jwks_uri. */
static Fetched *
take_issuers(int *count)
{
	Fetched    *fetched;

	*count = (int) SPI_processed;
	fetched = palloc0(sizeof(Fetched) * (*count + 1));
	for (int i = 0; i < *count; i++)
	{
		fetched[i].source.issuer = ol_result_text(i, 1);
		fetched[i].source.jwks_uri = ol_result_text(i, 2);
		fetched[i].nkeys = -1;
	}
	return fetched;
}

static void
fetch_one(Fetched *fetched, int limit_ms)
{
	fetched->began = GetCurrentTimestamp();
	fetched->problem = ol_fetch_jwks(&fetched->source, limit_ms,
									 &fetched->jwks);
}

static void
store_one(Fetched *fetched)
{
	Oid			types[3] = {TEXTOID, TIMESTAMPTZOID, TEXTOID};
	Datum		values[3];

	values[0] = CStringGetTextDatum(fetched->source.issuer);
	values[1] = TimestampTzGetDatum(fetched->began);
	if (fetched->problem != NULL)
		execute_with(&note_failure, 3, types, values, fetched->problem);
	else if (execute_with(&note_success, 3, types, values,
						  fetched->source.jwks_uri) > 0)
	{
		types[1] = TEXTOID;
		values[1] = CStringGetTextDatum(fetched->jwks);
		ol_statement_execute(&store_keys, 2, types, values, false);
		fetched->nkeys = ol_result_int(0, 1);
	}
}

static void
put_result(ReturnSetInfo *result, const char *issuer, const char *used_by,
		   int nkeys, const char *problem)
{
	Datum		values[4];
	bool		nulls[4] = {false};

	values[0] = CStringGetTextDatum(issuer);
	values[1] = CStringGetTextDatum(used_by);
	values[2] = Int32GetDatum(nkeys);
	nulls[2] = nkeys < 0;
	nulls[3] = problem == NULL;
	if (problem != NULL)
		values[3] = CStringGetTextDatum(problem);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* Those of pg_hba.conf, all or one; without a result problems are logged. */
static void
refresh_for_oauth(const char *only, int limit_ms, ReturnSetInfo *result)
{
#ifdef OL_COMPAT_OAUTH
	ListCell   *cell;

	foreach(cell, ol_oauth_sources())
	{
		OlKeySource *source = lfirst(cell);
		const char *problem;
		int			nkeys = -1;

		if (only != NULL && strcmp(only, source->issuer) != 0)
			continue;
		problem = ol_oauth_fetch(source, limit_ms, &nkeys);
		if (result != NULL)
			put_result(result, source->issuer, "pg_hba.conf",
					   problem == NULL ? nkeys : -1, problem);
		else if (problem != NULL)
			ereport(LOG,
					(errmsg("could not fetch the keys of issuer \"%s\"",
							source->issuer),
					 errdetail("Problem: %s.", problem)));
	}
#endif
}

Datum
ol_jwks_refresh(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid			types[1] = {TEXTOID};
	Datum		values[1];
	OlTrusted	trusted;
	Fetched    *fetched;
	char	   *only = PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0));
	int			count;

	InitMaterializedSRF(fcinfo, 0);
	PreventCommandIfReadOnly("jwks_refresh()");
	ol_trusted_begin(&trusted);
	SPI_connect();
	execute_with(&list_issuers, 1, types, values, only);
	fetched = take_issuers(&count);
	for (int i = 0; i < count; i++)
		fetch_one(&fetched[i], OL_FETCH_MS);
	for (int i = 0; i < count; i++)
	{
		store_one(&fetched[i]);
		put_result(result, fetched[i].source.issuer, "login()",
				   fetched[i].nkeys, fetched[i].problem);
	}
	refresh_for_oauth(only, OL_FETCH_MS, result);
	SPI_finish();
	ol_trusted_end(&trusted);
	return (Datum) 0;
}

/* True when it fetched; false when somebody else had, or there is no such issuer. */
Datum
ol_jwks_refresh_unknown(PG_FUNCTION_ARGS)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1];
	OlTrusted	trusted;
	Fetched    *fetched;
	int			count;

	PreventCommandIfReadOnly("jwks_refresh_unknown()");
	if (PG_ARGISNULL(0))
		PG_RETURN_BOOL(false);
	ol_trusted_begin(&trusted);
	SPI_connect();
	values[0] = PG_GETARG_DATUM(0);
	ol_statement_execute(&claim_issuer, 1, types, values, false);
	fetched = take_issuers(&count);
	if (count > 0)
	{
		fetch_one(fetched, OL_FETCH_WAITED_FOR_MS);
		store_one(fetched);
	}
	SPI_finish();
	ol_trusted_end(&trusted);
	PG_RETURN_BOOL(count > 0);
}

/* -- a process of its own ---------------------------------------------------- */

/* Until the latch is set, or some time has passed. */
static void
pause_until(TimestampTz deadline, long longest_ms)
{
	long		left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(),
													   deadline);

	(void) WaitLatch(MyLatch,
					 WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
					 Min(left, longest_ms), PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

static void
wait_for_end(BackgroundWorkerHandle *handle, TimestampTz deadline)
{
	pid_t		pid;

	while (GetBackgroundWorkerPid(handle, &pid) != BGWH_STOPPED &&
		   GetCurrentTimestamp() < deadline)
		pause_until(deadline, LONGEST_WAIT_MS);
}

static void
describe_worker(BackgroundWorker *worker, const RefreshCall *call)
{
	StaticAssertStmt(sizeof(RefreshCall) <= BGW_EXTRALEN, "it must fit");
	memset(worker, 0, sizeof(BackgroundWorker));
	worker->bgw_flags = BGWORKER_SHMEM_ACCESS |
		BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker->bgw_start_time = BgWorkerStart_ConsistentState;
	worker->bgw_restart_time = BGW_NEVER_RESTART;
	strlcpy(worker->bgw_name, REFRESH_TYPE, BGW_MAXLEN);
	strlcpy(worker->bgw_type, REFRESH_TYPE, BGW_MAXLEN);
	strlcpy(worker->bgw_library_name, "openlineage_auth", BGW_MAXLEN);
	strlcpy(worker->bgw_function_name, "ol_jwks_main", BGW_MAXLEN);
	memcpy(worker->bgw_extra, call, sizeof(RefreshCall));
}

/* There may be no free place for a process at once. */
static void
fetch_in_process(const RefreshCall *call, TimestampTz deadline)
{
	BackgroundWorkerHandle *handle;
	BackgroundWorker worker;

	describe_worker(&worker, call);
	worker.bgw_notify_pid = MyProcPid;
	while (!RegisterDynamicBackgroundWorker(&worker, &handle))
	{
		if (GetCurrentTimestamp() >= deadline)
			return;
		pause_until(deadline, POLL_MS);
	}
	wait_for_end(handle, deadline);
	pfree(handle);
}

static void
hash_issuer(const char *issuer, RefreshCall *call)
{
	bytea	   *hash = DatumGetByteaPP(DirectFunctionCall1(sha256_bytea,
														   CStringGetTextDatum(issuer)));

	memcpy(call->issuer_hash, VARDATA_ANY(hash), sizeof(call->issuer_hash));
}

#ifdef OL_COMPAT_OAUTH

/*
 * Fetching needs a database with the extension: one that has a server, else the
 * client's.
 */
static void
start_for_oauth(const char *issuer, const char *client_database,
				TimestampTz deadline)
{
	const char *databases = GetConfigOption("openlineage.databases", true, false);
	RefreshCall call = {InvalidOid};
	BackgroundWorker worker;
	List	   *names = NIL;

	hash_issuer(issuer, &call);
	call.for_oauth = true;
	if (databases == NULL ||
		!SplitGUCList(pstrdup(databases), ',', &names) || names == NIL)
		names = list_make1(unconstify(char *, client_database));
	strlcpy(call.database_name, linitial(names), sizeof(call.database_name));
	describe_worker(&worker, &call);
	while (!RegisterDynamicBackgroundWorker(&worker, NULL) &&
		   GetCurrentTimestamp() < deadline)
		pause_until(deadline, POLL_MS);
}

/*
 * Called while a client is being authenticated.  Returns when the keys have
 * been fetched or could not be, at the latest after two seconds, and at once
 * when they were less than ten seconds ago.
 */
void
ol_refresh_for_oauth(const char *issuer, const char *client_database)
{
	TimestampTz deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
													   LONGEST_LOGIN_WAIT_MS);

	if (ol_shared_may_ask(issuer))
		start_for_oauth(issuer, client_database, deadline);
	while (ol_shared_is_awaited(issuer) && GetCurrentTimestamp() < deadline)
		pause_until(deadline, POLL_MS);
}

#endif							/* OL_COMPAT_OAUTH */

/*
 * Returns when the keys have been fetched, at the latest after three seconds.
 * Of the sessions that come at once one has it done, the others wait for it.
 */
void
ol_refresh_unknown(const char *issuer)
{
	TimestampTz deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
													   LONGEST_WAIT_MS);
	RefreshCall call = {MyDatabaseId};
	LOCKTAG		tag;
	bool		waited = false;

	call.role = get_role_oid(OL_SERVER_ROLE, true);
	if (RecoveryInProgress() || !OidIsValid(call.role))
		return;
	hash_issuer(issuer, &call);
	memset(&tag, 0, sizeof(tag));
	tag.locktag_field1 = MyDatabaseId;
	memcpy(&tag.locktag_field2, call.issuer_hash, sizeof(tag.locktag_field2));
	tag.locktag_field3 = LOCK_OF_KEYS;
	tag.locktag_type = LOCKTAG_USERLOCK;
	tag.locktag_lockmethodid = USER_LOCKMETHOD;
	while (LockAcquire(&tag, ExclusiveLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
	{
		if (GetCurrentTimestamp() >= deadline)
			return;
		waited = true;
		pause_until(deadline, POLL_MS);
	}
	if (!waited)
		fetch_in_process(&call, deadline);
	LockRelease(&tag, ExclusiveLock, false);
}

/* Of the issuers of pg_hba.conf the one that is meant. */
static void
refresh_called_for(const RefreshCall *call)
{
#ifdef OL_COMPAT_OAUTH
	ListCell   *cell;

	foreach(cell, ol_oauth_sources())
	{
		OlKeySource *source = lfirst(cell);
		RefreshCall other;

		hash_issuer(source->issuer, &other);
		if (memcmp(call->issuer_hash, other.issuer_hash,
				   sizeof(call->issuer_hash)) == 0)
			refresh_for_oauth(source->issuer, OL_FETCH_MS, NULL);
	}
#endif
}

static void
do_call(const RefreshCall *call)
{
	Oid			types[1] = {BYTEAOID};
	Datum		values[1];

	if (!OidIsValid(get_extension_oid("openlineage", true)))
		return;
	if (call->for_oauth)
	{
		refresh_called_for(call);
		return;
	}
	values[0] = PointerGetDatum(cstring_to_text_with_len((const char *) call->issuer_hash,
														 sizeof(call->issuer_hash)));
	ol_statement_execute(&refresh_by_hash, 1, types, values, false);
}

/*
 * Runs as the worker's role, which may read the names of issuers.  It ends with
 * its transaction, and with an error where that fails.
 */
void
ol_jwks_main(Datum main_arg)
{
	RefreshCall call;

	memcpy(&call, MyBgworkerEntry->bgw_extra, sizeof(call));
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	if (call.for_oauth)
		BackgroundWorkerInitializeConnection(call.database_name, OL_SERVER_ROLE, 0);
	else
		BackgroundWorkerInitializeConnectionByOid(call.database, call.role, 0);
	/* the database may have one of its own */
	SetConfigOption("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION);

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	SPI_connect();
	PushActiveSnapshot(GetTransactionSnapshot());
	pgstat_report_activity(STATE_RUNNING, REFRESH_TYPE);
	do_call(&call);
	PopActiveSnapshot();
	SPI_finish();
	CommitTransactionCommand();
	proc_exit(0);
}
