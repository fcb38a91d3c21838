/*-------------------------------------------------------------------------
 * main.c
 *	  The gateway process of one database: its start, its loop, its end.
 *
 * The server process of the database starts it (server/neighbour.c) when there
 * is something to serve, and it ends when that process does.  It asks the
 * database as openlineage_worker, which may do little; what it passes on is
 * decided by the scopes of the token alone.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <signal.h>

#include "base/compat.h"
#include "base/launch.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/memutils.h"

#include "server/listen.h"
#include "server/process.h"
#include "server/rules.h"

#include "gateway.h"

#define LONGEST_WAIT_MS 250
#define CHECK_EVERY_MS 250
#define AUDIT_EVERY_MS 1000
#define LISTEN_AGAIN_MS 2000
#define DRAIN_MS 5000
#define LEAVE_MS 200

typedef struct Process
{
	OlGateway	gateway;
	OlGatewayCall call;
	OlListener	listener;
	char	   *addresses;
	int			port;
	int64_t		listen_again_at;
	int64_t		check_at;
	int64_t		audit_at;
	WaitEventSet *wait_set;
} Process;

extern PGDLLEXPORT void ol_gateway_main(Datum main_arg);

static void
replace_text(char **text, const char *value)
{
	if (*text != NULL)
		pfree(*text);
	*text = MemoryContextStrdup(TopMemoryContext, value);
}

static void
build_wait_set(Process *process)
{
	if (process->wait_set != NULL)
		FreeWaitEventSet(process->wait_set);
	process->wait_set = ol_compat_wait_set(4 + OL_LISTEN_MAX);
	AddWaitEventToSet(process->wait_set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
	AddWaitEventToSet(process->wait_set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
	AddWaitEventToSet(process->wait_set, WL_SOCKET_READABLE,
					  ol_http_wait_socket(&process->gateway.http), NULL, NULL);
	AddWaitEventToSet(process->wait_set, WL_SOCKET_READABLE, process->gateway.epoll, NULL, NULL);
	for (int i = 0; i < process->listener.count; i++)
		AddWaitEventToSet(process->wait_set, WL_SOCKET_READABLE,
						  process->listener.sockets[i], NULL, process);
}

static void
open_listener(Process *process)
{
	char		problem_before[sizeof(process->listener.problem)];
	char	   *note;

	strlcpy(problem_before, process->listener.problem, sizeof(problem_before));
	ol_listener_close(&process->listener);
	ol_client_end_idle(&process->gateway.http);
	/* all that is served here without a token is meant for everybody */
	ol_listener_open(&process->listener, process->addresses, process->port, true);
	process->listen_again_at = ol_http_now() + LISTEN_AGAIN_MS;
	build_wait_set(process);
	if (process->listener.count > 0)
	{
		note = psprintf("%s on %s port %d", OL_GATEWAY_TYPE, process->addresses, process->port);
		ereport(LOG, (errmsg("openlineage gateway of database \"%s\" listens on %s port %d",
							 process->call.name, process->addresses, process->port)));
	}
	else
	{
		note = psprintf("%s: %s", OL_GATEWAY_TYPE, process->listener.problem);
		if (strcmp(process->listener.problem, problem_before) != 0)
			ereport(WARNING,
					(errcode(ERRCODE_CONFIG_FILE_ERROR),
					 errmsg("openlineage gateway of database \"%s\" does not listen: %s",
							process->call.name, process->listener.problem),
					 errhint("Check openlineage.gateway_port and openlineage.listen_addresses.")));
	}
	ol_process_name(note);
	pfree(note);
}

static void
apply_settings(Process *process)
{
	OlGateway  *gateway = &process->gateway;
	const char *addresses = ol_process_string("openlineage.listen_addresses");
	int			port = ol_process_integer("openlineage.gateway_port");

	ol_rules_load(&gateway->http);
	gateway->http.needs_token = true;
	gateway->http.max_clients = ol_process_integer("openlineage.max_clients");
	gateway->http.max_clients_per_address = ol_process_integer("openlineage.max_clients_per_address");
	gateway->http.public_url = ol_process_string("openlineage.gateway_url");
	gateway->timeout = ol_process_integer("openlineage.proxy_timeout");
	gateway->max_body = (int64_t) ol_process_integer("openlineage.proxy_max_body_size") * 1024;
	replace_text(&gateway->mlflow_url, ol_process_string("openlineage.mlflow_url"));
	replace_text(&gateway->authorities, ol_process_string("openlineage.ca_file"));
	if (process->addresses != NULL && port == process->port &&
		strcmp(addresses, process->addresses) == 0)
		return;
	replace_text(&process->addresses, addresses);
	process->port = port;
	if (gateway->http.daemon != NULL)
		open_listener(process);
}

static void
wait_for_events(Process *process)
{
	WaitEvent	events[4 + OL_LISTEN_MAX];
	long		timeout = ol_proxy_timeout(&process->gateway, LONGEST_WAIT_MS);
	int			count;

	timeout = ol_http_timeout(&process->gateway.http, timeout);
	count = WaitEventSetWait(process->wait_set, timeout, events, lengthof(events),
							 PG_WAIT_EXTENSION);
	for (int i = 0; i < count; i++)
	{
		if (events[i].events & WL_LATCH_SET)
			ResetLatch(MyLatch);
		else if (events[i].user_data == NULL)
			continue;
		else if (events[i].events & WL_SOCKET_READABLE)
			ol_http_accept(&process->gateway.http, events[i].fd);
	}
}

/* The server ends together with us, and we with it. */
static bool
server_is_gone(const Process *process)
{
	return kill(process->call.server_pid, 0) != 0;
}

static void
end_connections(Process *process)
{
	OlHttp	   *http = &process->gateway.http;

	http->stopping = true;
	ol_listener_close(&process->listener);
	ol_exchange_refuse_all(&process->gateway);
	ol_http_flush(http, ol_http_now() + LEAVE_MS);
	ol_exchange_refuse_all(&process->gateway);
	ol_http_stop(http);
}

static void
check_now_and_then(Process *process)
{
	int64_t		now = ol_http_now();

	if (now < process->check_at)
		return;
	process->check_at = now + CHECK_EVERY_MS;
	ol_client_end_late(&process->gateway.http);
	ol_proxy_end_late(&process->gateway);
	if (ol_process_database_is_wanted() || server_is_gone(process))
	{
		end_connections(process);
		proc_exit(1);
	}
	if (now >= process->audit_at || ol_audit_is_large(&process->gateway.http.audit))
	{
		process->audit_at = now + AUDIT_EVERY_MS;
		ol_ask_audit(&process->gateway);
	}
	if (process->listener.problem[0] != '\0' && now >= process->listen_again_at &&
		!process->gateway.http.stopping)
		open_listener(process);
}

static void
run_turn(Process *process)
{
	OlGateway  *gateway = &process->gateway;

	wait_for_events(process);
	QueryCancelPending = false; /* of a question that has ended by now */
	CHECK_FOR_INTERRUPTS();
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ol_process_reload_settings();
		apply_settings(process);
	}
	ol_http_run(&gateway->http);
	ol_ask_turn(gateway);
	ol_proxy_turn(gateway);
	if (gateway->http.resumed)
		ol_http_run(&gateway->http);
	check_now_and_then(process);
}

/* Transfers under way are finished, nothing new is taken. */
static void
stop_in_order(Process *process)
{
	int64_t		end = ol_http_now() + DRAIN_MS;

	process->gateway.http.stopping = true;
	ol_listener_close(&process->listener);
	build_wait_set(process);
	while (process->gateway.exchanges != NULL && ol_http_now() < end)
	{
		ol_client_end_idle(&process->gateway.http);
		run_turn(process);
	}
	ol_ask_audit(&process->gateway);
	end_connections(process);
	proc_exit(0);
}

void
ol_gateway_main(Datum main_arg)
{
	Process    *process;
	OlGatewayCall call;

	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	memcpy(&call, MyBgworkerEntry->bgw_extra, sizeof(call));
	BackgroundWorkerUnblockSignals();
	ol_process_load_settings();
	BackgroundWorkerInitializeConnectionByOid(call.database, call.role, 0);

	process = MemoryContextAllocZero(TopMemoryContext, sizeof(Process));
	MemoryContextSwitchTo(TopMemoryContext);
	process->call = call;
	process->gateway.mlflow_token = getenv("MLFLOW_TRACKING_TOKEN");
	process->gateway.mlflow_user = getenv("MLFLOW_TRACKING_USERNAME");
	process->gateway.mlflow_password = getenv("MLFLOW_TRACKING_PASSWORD");
	ol_ask_prepare();
	apply_settings(process);
	if (!ol_proxy_open(&process->gateway) || !ol_door_open(&process->gateway))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("could not start libmicrohttpd and libcurl")));
	open_listener(process);
	pgstat_report_activity(STATE_IDLE, NULL);
	while (!ShutdownRequestPending)
		run_turn(process);
	stop_in_order(process);
}
