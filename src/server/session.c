/*-------------------------------------------------------------------------
 * session.c
 *	  The session of a helper process: its settings, transactions and plans.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/xact.h"
#include "commands/extension.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "session.h"

#define EXTENSION "openlineage"

/* A plan, kept for the next call. */
typedef struct SessionPlan
{
	char		name[NAMEDATALEN];	/* key */
	SPIPlanPtr	plan;
} SessionPlan;

MemoryContext ol_session_context;

static HTAB *plans;

/* What the database or the role may have set otherwise, and answers depend on. */
static const struct
{
	const char *name;
	const char *value;
}			session_settings[] = {
	{"search_path", "pg_catalog, pg_temp"},
	{"row_security", "on"},
	{"TimeZone", "UTC"},
	{"DateStyle", "ISO, YMD"},
	{"IntervalStyle", "postgres"},
	{"extra_float_digits", "1"},
	{"default_transaction_isolation", "read committed"},
	{"jit", "off"},				/* takes longer than any answer should */
};

void
ol_session_prepare(void)
{
	HASHCTL		control = {.keysize = NAMEDATALEN,.entrysize = sizeof(SessionPlan)};

	ol_session_context = AllocSetContextCreate(TopMemoryContext, "openlineage request",
											   ALLOCSET_DEFAULT_SIZES);
	plans = hash_create("openlineage plans", 32, &control,
						HASH_ELEM | HASH_STRINGS);
	for (int i = 0; i < lengthof(session_settings); i++)
		SetConfigOption(session_settings[i].name, session_settings[i].value,
						PGC_USERSET, PGC_S_SESSION);
}

/* Until the end of the transaction. */
void
ol_session_set(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_SUSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
}

/* Everything set here ends with the transaction. */
void
ol_session_begin(bool read_only)
{
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	if (read_only)
		ol_session_set("transaction_read_only", "on");
	else
		ol_session_set("lock_timeout",
					   GetConfigOption("openlineage.write_lock_timeout", false, false));
	if (get_extension_oid(EXTENSION, true) == InvalidOid)
		ereport(ERROR,
				(errcode(MAKE_SQLSTATE('O', 'L', 'E', 'X', 'T')),
				 errmsg("extension \"%s\" is not installed in this database",
						EXTENSION)));
	if (synchronous_commit == SYNCHRONOUS_COMMIT_OFF)
		ol_session_set("synchronous_commit", "on");
	SPI_connect();
	PushActiveSnapshot(GetTransactionSnapshot());
}

/*
 * Nobody is promised that this transaction outlives the server: it waits for no
 * synchronous standby, which may be away for hours.
 */
void
ol_session_commit_here(void)
{
	ol_session_set("synchronous_commit", "local");
}

void
ol_session_end(void)
{
	PopActiveSnapshot();
	SPI_finish();
	CommitTransactionCommand();
}

SPIPlanPtr
ol_session_plan(const char *name, const char *query, int nargs, Oid *types)
{
	SessionPlan *entry;
	bool		found;

	entry = hash_search(plans, name, HASH_ENTER, &found);
	if (!found)
		entry->plan = NULL;
	if (entry->plan == NULL)
	{
		SPIPlanPtr	plan = SPI_prepare(query, nargs, types);

		if (plan == NULL)
			elog(ERROR, "could not prepare \"%s\": %s", query,
				 SPI_result_code_string(SPI_result));
		SPI_keepplan(plan);
		entry->plan = plan;
	}
	return entry->plan;
}

/* A column of the current row, in the request's context; NULL as "". */
char *
ol_session_column(HeapTuple row, int column)
{
	char	   *value = SPI_getvalue(row, SPI_tuptable->tupdesc, column);

	return MemoryContextStrdup(ol_session_context, value == NULL ? "" : value);
}
