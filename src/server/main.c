/*-------------------------------------------------------------------------
 * main.c
 *	  The server process of one database: its start, its loop, its end.
 *
 * Each turn of the loop waits for something to happen (at most half a second),
 * accepts connections, lets libmicrohttpd read and write, and moves requests
 * to the helper processes and answers back.  No statement is run in this
 * process, so nothing the database is busy with holds it up.
 *
 * It listens only when all addresses can be had; otherwise it says why, in
 * the log once and in its application_name, and tries again every few seconds.
 *
 * An error ends the process, the postmaster starts it again, and producers
 * send again what was not acknowledged.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <unistd.h>

#include "access/xlog.h"
#include "base/compat.h"
#include "base/launch.h"
#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "direct.h"
#include "http.h"
#include "lane.h"
#include "listen.h"
#include "maintenance.h"
#include "neighbour.h"
#include "process.h"
#include "rules.h"
#include "task.h"

#define LONGEST_WAIT_MS 500
#define CHECK_EVERY_MS 250
#define LISTEN_AGAIN_MS 2000
#define DRAIN_MS 5000
#define LEAVE_MS 200
#define MAX_QUERY_WORKERS 32

typedef struct Server
{
	int			index;			/* of OlVigil, or OL_LAUNCHED_BY_HAND */
	OlHttp		http;
	OlListener	listener;
	char	   *addresses;		/* what the listener was opened with */
	int			port;
	int64_t		listen_again_at;
	int64_t		next_check_at;
	WaitEventSet *wait_set;
	OlLane	   *ingest;
	OlLane	   *queries[MAX_QUERY_WORKERS];
	int			nqueries;
	TimestampTz maintain_at;
	OlTasks		tasks;
	OlNeighbour gateway;
} Server;

extern PGDLLEXPORT void ol_server_main(Datum main_arg);

static bool connected;

/* Closed and opened again only when address or port changed. */
static void
build_wait_set(Server *server)
{
	if (server->wait_set != NULL)
		FreeWaitEventSet(server->wait_set);
	server->wait_set = ol_compat_wait_set(4 + OL_LISTEN_MAX);
	AddWaitEventToSet(server->wait_set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
	AddWaitEventToSet(server->wait_set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
	AddWaitEventToSet(server->wait_set, WL_SOCKET_READABLE,
					  ol_http_wait_socket(&server->http), NULL, NULL);
	AddWaitEventToSet(server->wait_set, WL_SOCKET_READABLE,
					  server->http.direct_socket, NULL, NULL);
	for (int i = 0; i < server->listener.count; i++)
		AddWaitEventToSet(server->wait_set, WL_SOCKET_READABLE,
						  server->listener.sockets[i], NULL, NULL);
}

static void
tell_listening(Server *server, const char *problem_before)
{
	OlListener *listener = &server->listener;
	char	   *note;

	if (listener->count > 0)
	{
		note = psprintf("%s on %s port %d", OL_SERVER_TYPE, server->addresses,
						server->port);
		ereport(LOG, (errmsg("openlineage server of database \"%s\" listens on %s port %d",
							 MyBgworkerEntry->bgw_extra, server->addresses,
							 server->port)));
	}
	else if (listener->problem[0] == '\0')
		note = psprintf("%s: turned off, openlineage.port is 0", OL_SERVER_TYPE);
	else
	{
		note = psprintf("%s: %s", OL_SERVER_TYPE, listener->problem);
		if (strcmp(listener->problem, problem_before) != 0)
			ereport(WARNING,
					(errcode(ERRCODE_CONFIG_FILE_ERROR),
					 errmsg("openlineage server of database \"%s\" does not listen: %s",
							MyBgworkerEntry->bgw_extra, listener->problem),
					 errhint("%s", listener->hint)));
	}
	ol_process_name(note);
	pfree(note);
}

static void
open_listener(Server *server)
{
	char		problem_before[sizeof(server->listener.problem)];

	strlcpy(problem_before, server->listener.problem, sizeof(problem_before));
	ol_listener_close(&server->listener);
	ol_client_end_idle(&server->http);
	ol_listener_open(&server->listener, server->addresses, server->port,
					 server->http.needs_token);
	server->listen_again_at = ol_http_now() + LISTEN_AGAIN_MS;
	build_wait_set(server);
	tell_listening(server, problem_before);
}

/* Lanes beyond the wanted number end when they are idle. */
static void
apply_query_workers(Server *server)
{
	int			wanted = ol_process_integer("openlineage.query_workers");

	while (server->nqueries < wanted)
		server->queries[server->nqueries++] = ol_lane_create(false);
	while (server->nqueries > wanted &&
		   server->queries[server->nqueries - 1]->njobs == 0)
		ol_lane_stop(server->queries[--server->nqueries], &server->http,
					 OL_STATE_STOPPING);
}

static void
apply_settings(Server *server)
{
	const char *addresses = ol_process_string("openlineage.listen_addresses");
	int			port = ol_process_integer("openlineage.port");
	OlHttp	   *http = &server->http;
	bool		needed_token = http->needs_token;

	ol_rules_load(http);
	http->pool.limit = (size_t) ol_process_integer("openlineage.max_body_size") * 1024;
	http->pool.total_limit = (size_t) ol_process_integer("openlineage.max_pending_size") * 1024;
	http->max_clients = ol_process_integer("openlineage.max_clients");
	http->max_clients_per_address = ol_process_integer("openlineage.max_clients_per_address");
	http->max_write_delay = ol_process_integer("openlineage.max_write_delay");
	apply_query_workers(server);

	if (server->addresses != NULL && port == server->port &&
		http->needs_token == needed_token &&
		strcmp(addresses, server->addresses) == 0)
		return;
	if (server->addresses != NULL)
		pfree(server->addresses);
	server->addresses = MemoryContextStrdup(TopMemoryContext, addresses);
	server->port = port;
	if (http->daemon != NULL)
		open_listener(server);
}

static void
wait_for_events(Server *server)
{
	WaitEvent	events[4 + OL_LISTEN_MAX];
	long		timeout = ol_http_timeout(&server->http, LONGEST_WAIT_MS);
	int			count;

	count = WaitEventSetWait(server->wait_set, timeout, events, lengthof(events),
							 PG_WAIT_EXTENSION);
	for (int i = 0; i < count; i++)
	{
		if (events[i].events & WL_LATCH_SET)
			ResetLatch(MyLatch);
		else if ((events[i].events & WL_SOCKET_READABLE) &&
				 events[i].fd != ol_http_wait_socket(&server->http) &&
				 events[i].fd != server->http.direct_socket)
			ol_direct_accept(&server->http, events[i].fd);
	}
}

static void
refuse_all(OlHttp *http, OlQueue *queue, const char *sqlstate)
{
	OlRequest  *request;

	while ((request = ol_queue_take(queue)) != NULL)
	{
		ol_portions_refuse(request, sqlstate, "", NULL);
		ol_http_finish(http, request);
	}
}

static void
refuse_queries(OlHttp *http, const char *sqlstate)
{
	refuse_all(http, &http->reads, sqlstate);
	refuse_all(http, &http->changes, sqlstate);
	refuse_all(http, &http->parked, sqlstate);
}

static int
running_queries(const Server *server)
{
	int			running = 0;

	for (int i = 0; i < server->nqueries; i++)
		if (server->queries[i]->segment != NULL)
			running++;
	return running;
}

/*
 * Who comes next.  A change may wait for a lock that ingest holds, and work of
 * our own for an issuer, so they leave one query worker to reads wherever there
 * is more than one.
 */
static OlQueue *
next_queue(Server *server)
{
	OlHttp	   *http = &server->http;
	const OlRequest *read = http->reads.first;
	const OlRequest *change = http->changes.first;
	int			changing = 0;

	for (int i = 0; i < server->nqueries; i++)
		if (server->queries[i]->is_changing || server->queries[i]->task != NULL)
			changing++;
	if (change == NULL || changing >= Max(running_queries(server) - 1, 1))
		return &http->reads;
	return read != NULL && read->queued_at <= change->queued_at ?
		&http->reads : &http->changes;
}

/* What the server has to do itself takes one worker for a moment. */
static void
give_work(Server *server, OlLane *lane)
{
	OlTask	   *task = ol_tasks_next(&server->tasks, &server->http);
	OlQueue    *queue = next_queue(server);

	if (task != NULL)
		ol_lane_begin_task(lane, task);
	else if (queue->first != NULL)
		ol_lane_begin_query(lane, &server->http, queue);
}

/* Takes answers back, then hands out what waits for a helper. */
static void
move_requests(Server *server)
{
	OlHttp	   *http = &server->http;
	bool		any_query = false;

	ol_lane_advance(server->ingest, http);
	for (int i = 0; i < server->nqueries; i++)
		ol_lane_advance(server->queries[i], http);
	ol_tasks_look(&server->tasks, http);

	if (http->writes.first != NULL && ol_lane_is_ready(server->ingest))
		ol_lane_begin_batch(server->ingest, http);
	if (server->ingest->segment == NULL)
		refuse_all(http, &http->writes, OL_STATE_NO_HELPER);
	for (int i = 0; i < server->nqueries; i++)
	{
		OlLane	   *lane = server->queries[i];

		if (ol_lane_is_ready(lane))
			give_work(server, lane);
		any_query = any_query || lane->segment != NULL;
	}
	if (!any_query)
		refuse_queries(http, OL_STATE_NO_HELPER);
}

static void
write_health(Server *server)
{
	OlHttp	   *http = &server->http;
	bool		ingest = server->ingest->segment != NULL;

	http->standby = RecoveryInProgress();
	snprintf(http->health, sizeof(http->health),
			 "{\"status\":\"%s\",\"ingest\":\"%s\",\"queryWorkers\":%d}",
			 ingest && running_queries(server) > 0 ? "ok" : "degraded",
			 http->standby ? "standby" : ingest ? "running" : "stopped",
			 running_queries(server));
}

/* Requests that wait are refused, and those whose bodies are here only now. */
static void
stop_work(Server *server)
{
	OlHttp	   *http = &server->http;

	http->stopped = true;
	ol_lane_stop(server->ingest, http, OL_STATE_STOPPING);
	for (int i = 0; i < server->nqueries; i++)
		ol_lane_stop(server->queries[i], http, OL_STATE_STOPPING);
	refuse_all(http, &http->writes, OL_STATE_STOPPING);
	refuse_queries(http, OL_STATE_STOPPING);
}

/* Exits so that the postmaster starts us again, when the database is free. */
static void
leave_database(Server *server)
{
	OlHttp	   *http = &server->http;
	int64_t		end = ol_http_now() + LEAVE_MS;

	ereport(LOG, (errmsg("openlineage server lets go of database \"%s\"",
						 MyBgworkerEntry->bgw_extra),
				  errdetail("Somebody wants to drop, rename or copy it.")));
	http->stopping = true;
	ol_neighbour_stop(&server->gateway);
	ol_vigil_request(server->index, true);
	ol_listener_close(&server->listener);
	stop_work(server);
	ol_direct_answer(http);
	ol_http_flush(http, end);
	ol_direct_stop(http);
	ol_http_stop(http);
	proc_exit(1);
}

/* What need not be looked at in every turn. */
static void
check_now_and_then(Server *server)
{
	if (ol_http_now() < server->next_check_at)
		return;
	server->next_check_at = ol_http_now() + CHECK_EVERY_MS;
	ol_client_end_late(&server->http);
	if (ol_process_database_is_wanted())
		leave_database(server);
	if (server->http.stopping)
		return;
	ol_maintenance_keep_running(&server->maintain_at);
	ol_neighbour_keep_running(&server->gateway);
	apply_query_workers(server);
	ol_lane_keep_running(server->ingest);
	for (int i = 0; i < server->nqueries; i++)
	{
		ol_lane_keep_running(server->queries[i]);
		ol_lane_give_way(server->queries[i]);
	}
	if (server->listener.problem[0] != '\0' &&
		ol_http_now() >= server->listen_again_at)
		open_listener(server);
	write_health(server);
}

static void
run_turn(Server *server)
{
	wait_for_events(server);
	QueryCancelPending = false; /* we run no statement */
	CHECK_FOR_INTERRUPTS();
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ol_process_reload_settings();
		apply_settings(server);
	}
	ol_direct_run(&server->http);
	ol_http_run(&server->http);
	move_requests(server);
	if (server->http.resumed)
	{
		ol_direct_answer(&server->http);
		ol_http_run(&server->http);
	}
	check_now_and_then(server);
}

static bool
is_drained(const Server *server)
{
	if (server->http.writes.first != NULL || server->http.reads.first != NULL ||
		server->http.changes.first != NULL || server->http.parked.first != NULL ||
		server->ingest->njobs > 0)
		return false;
	for (int i = 0; i < server->nqueries; i++)
		if (server->queries[i]->njobs > 0)
			return false;
	return server->http.nclients == 0 &&
		(running_queries(server) == 0 ||
		 ol_tasks_have_ended(&server->tasks, &server->http));
}

/* Requests under way are finished, nothing new is taken. */
static void
stop_in_order(Server *server)
{
	OlHttp	   *http = &server->http;
	int64_t		end = ol_http_now() + DRAIN_MS;

	if (ol_process_database_is_wanted())
		leave_database(server);
	http->stopping = true;
	ol_neighbour_stop(&server->gateway);
	ol_listener_close(&server->listener);
	build_wait_set(server);
	while (!is_drained(server) && ol_http_now() < end)
	{
		ol_client_end_idle(http);
		run_turn(server);
	}
	stop_work(server);
	ol_http_run(http);
	ol_direct_stop(http);
	ol_http_stop(http);
	ereport(LOG, (errmsg("openlineage server of database \"%s\" has stopped",
						 MyBgworkerEntry->bgw_extra)));
	proc_exit(0);
}

/*
 * A server started by hand that cannot connect any more, because its database
 * was dropped, must not be started again and again: code 0 ends that.
 */
static void
stay_away(int code, Datum index)
{
	if (code != 0 && !connected && DatumGetInt32(index) == OL_LAUNCHED_BY_HAND)
		proc_exit(0);
}

static void
connect_database(int index)
{
	const char *database = MyBgworkerEntry->bgw_extra;

	on_proc_exit(stay_away, Int32GetDatum(index));
	if (index != OL_LAUNCHED_BY_HAND)
		ol_vigil_attach();
	if (ol_vigil_is_needed(index))
		ol_vigil_watch(index, database);
	ol_vigil_request(index, true);
	BackgroundWorkerInitializeConnection(database, OL_SERVER_ROLE, 0);
	ol_vigil_request(index, false);
	connected = true;
}

/* Where another server serves this database, waits until that has gone. */
static void
wait_for_turn(int index)
{
	while (!ol_process_claim_database())
	{
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
						 CHECK_EVERY_MS, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
		if (ol_process_database_is_wanted())
		{
			ol_vigil_request(index, true);
			proc_exit(1);
		}
		if (ShutdownRequestPending)
			proc_exit(0);
	}
}

void
ol_server_main(Datum main_arg)
{
	Server	   *server;

	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	BackgroundWorkerUnblockSignals();
	ol_process_load_settings();
	connect_database(DatumGetInt32(main_arg));
	wait_for_turn(DatumGetInt32(main_arg));

	server = MemoryContextAllocZero(TopMemoryContext, sizeof(Server));
	MemoryContextSwitchTo(TopMemoryContext);
	server->index = DatumGetInt32(main_arg);
	server->ingest = ol_lane_create(true);
	ol_tasks_init(&server->tasks);
	apply_settings(server);
	if (!ol_http_start(&server->http) || !ol_direct_start(&server->http))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("could not start libmicrohttpd")));
	check_now_and_then(server);
	open_listener(server);
	pgstat_report_activity(STATE_IDLE, NULL);
	while (!ShutdownRequestPending)
		run_turn(server);
	stop_in_order(server);
}
