/*-------------------------------------------------------------------------
 * neighbour.c
 *	  The gateway beside the server: runs while there is something to serve.
 *
 * That is when a server behind it is configured, when the environment holds the
 * secret of a client, or when openlineage.embedded_issuer says so.  It takes
 * one of max_worker_processes only then, and its port is not opened before.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/launch.h"
#include "neighbour.h"
#include "process.h"

#define RESTART_MS (INT64CONST(1000) * OL_SERVER_RESTART_SECONDS)

static const OlClientSecret secrets[] = {OL_CLIENT_SECRETS};

static bool
is_wanted(void)
{
	if (ol_process_integer("openlineage.gateway_port") == 0)
		return false;
	if (*ol_process_string("openlineage.mlflow_url") != '\0' ||
		strcmp(ol_process_string("openlineage.embedded_issuer"), "on") == 0)
		return true;
	for (int i = 0; i < lengthof(secrets); i++)
	{
		const char *secret = getenv(secrets[i].variable);

		if (secret != NULL && *secret != '\0')
			return true;
	}
	return false;
}

static void
start(OlNeighbour *neighbour)
{
	OlGatewayCall call = {MyDatabaseId, GetSessionUserId(), MyProcPid};
	const OlProcess process = {
		.type = OL_GATEWAY_TYPE,
		.library = OL_GATEWAY_LIBRARY,
		.function = "ol_gateway_main",
		.start_time = BgWorkerStart_ConsistentState,
		.call = &call,
		.call_size = sizeof(call),
	};
	MemoryContext before;

	StaticAssertStmt(sizeof(call) <= BGW_EXTRALEN, "a call fits into bgw_extra");
	strlcpy(call.name, MyBgworkerEntry->bgw_extra, sizeof(call.name));
	before = MemoryContextSwitchTo(TopMemoryContext);
	(void) ol_process_start(&process, &neighbour->worker);
	MemoryContextSwitchTo(before);
}

/* Called now and then. */
void
ol_neighbour_keep_running(OlNeighbour *neighbour)
{
	TimestampTz now = GetCurrentTimestamp();

	if (ol_process_is_running(&neighbour->worker))
	{
		if (!is_wanted())
			TerminateBackgroundWorker(neighbour->worker);
		return;
	}
	if (!is_wanted() || now < neighbour->start_again_at)
		return;
	neighbour->start_again_at = TimestampTzPlusMilliseconds(now, RESTART_MS);
	start(neighbour);
}

/* It finishes what it is doing; nobody waits for that. */
void
ol_neighbour_stop(OlNeighbour *neighbour)
{
	if (ol_process_is_running(&neighbour->worker))
		TerminateBackgroundWorker(neighbour->worker);
}
