/*-------------------------------------------------------------------------
 * keys.c
 *	  Fetching the keys of an issuer while a request waits.
 *
 * A token with an unknown key may be the first after a rotation.  login() does
 * not fetch; it names the issuer, a process of a moment fetches, and then the
 * token is looked at once more.  One such process runs at a time, and the
 * database sees to it that an issuer is asked once in ten seconds at most.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <signal.h>

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "base/launch.h"
#include "server/process.h"
#include "server/session.h"

#include "keys.h"

#define KEYS_TYPE "openlineage keys"

typedef struct KeysCall
{
	Oid			database;
	Oid			role;
	char		issuer[BGW_EXTRALEN - 2 * sizeof(Oid)];
} KeysCall;

extern PGDLLEXPORT void ol_gateway_keys_main(Datum main_arg);

static BackgroundWorkerHandle *fetcher;
static char fetched_issuer[BGW_EXTRALEN];	/* whose keys it fetches */

static bool
start_fetcher(const char *issuer)
{
	KeysCall	call = {MyDatabaseId, GetSessionUserId()};
	const OlProcess process = {
		.type = KEYS_TYPE,
		.library = OL_GATEWAY_LIBRARY,
		.function = "ol_gateway_keys_main",
		.start_time = BgWorkerStart_RecoveryFinished,
		.call = &call,
		.call_size = sizeof(call),
	};
	MemoryContext before;
	bool		started;

	if (strlcpy(call.issuer, issuer, sizeof(call.issuer)) >= sizeof(call.issuer))
		return false;
	before = MemoryContextSwitchTo(TopMemoryContext);
	started = ol_process_start(&process, &fetcher);
	MemoryContextSwitchTo(before);
	if (started)
		strlcpy(fetched_issuer, issuer, sizeof(fetched_issuer));
	return started;
}

/*
 * False when no process can be had, as on a standby, where it would not start.
 * The exchange is asked about again, once; or until the process has ended that
 * fetches keys of another issuer.
 */
bool
ol_keys_fetch(OlExchange *exchange, const char *issuer)
{
	if (RecoveryInProgress() ||
		(!ol_process_is_running(&fetcher) && !start_fetcher(issuer)))
		return false;
	exchange->request.asked_again = strcmp(fetched_issuer, issuer) == 0;
	exchange->waits_for_keys = true;
	return true;
}

bool
ol_keys_are_coming(const OlExchange *exchange)
{
	return exchange->waits_for_keys && ol_process_is_running(&fetcher);
}

/* The process of a moment. */
void
ol_gateway_keys_main(Datum main_arg)
{
	KeysCall	call;
	Oid			types[1] = {TEXTOID};
	Datum		values[1];

	memcpy(&call, MyBgworkerEntry->bgw_extra, sizeof(call));
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	ol_process_load_settings();
	BackgroundWorkerInitializeConnectionByOid(call.database, call.role, 0);
	ol_session_prepare();
	ol_session_begin(false);
	ol_session_commit_here();
	values[0] = CStringGetTextDatum(call.issuer);
	pgstat_report_activity(STATE_RUNNING, KEYS_TYPE);
	(void) SPI_execute_with_args("SELECT openlineage.jwks_refresh_unknown($1)", 1,
								 types, values, NULL, false, 1);
	ol_session_end();
	proc_exit(0);
}
