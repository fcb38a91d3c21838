/*-------------------------------------------------------------------------
 * launch.h
 *	  How server processes are started, and what the core and the server
 *	  module both know about that; see launch.c.
 *
 * The server module includes this file but calls nothing of launch.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_BASE_LAUNCH_H
#define OL_BASE_LAUNCH_H

#include "postmaster/bgworker.h"

#define OL_SERVER_LIBRARY "openlineage_server"
#define OL_GATEWAY_LIBRARY "openlineage_gateway"
#define OL_SERVER_ROLE "openlineage_worker"
#define OL_SERVER_RESTART_SECONDS 5

/* bgw_type; the server's application_name begins with it, too. */
#define OL_SERVER_TYPE "openlineage server"
#define OL_INGEST_TYPE "openlineage ingest"
#define OL_QUERY_TYPE "openlineage query"
#define OL_GATEWAY_TYPE "openlineage gateway"

/* Clients of the gateway whose secrets the environment of the server may tell. */
#define OL_CLIENT_SECRETS \
	{"API_GATEWAY_CLIENT_SECRET", "api-gateway"}, \
	{"MLFLOW_CLIENT_SECRET", "mlflow"}, \
	{"FEAST_CLIENT_SECRET", "feast"}, \
	{"MODELCATALOGUE_CLIENT_SECRET", "modelcatalogue"}

typedef struct OlClientSecret
{
	const char *variable;
	const char *client;
} OlClientSecret;

/* How a gateway gets to know its server; in bgw_extra. */
typedef struct OlGatewayCall
{
	Oid			database;
	Oid			role;
	pid_t		server_pid;
	char		name[NAMEDATALEN];	/* of the database */
} OlGatewayCall;

/* bgw_main_arg of a server that start_server() started. */
#define OL_LAUNCHED_BY_HAND (-1)

/*
 * Shared by the starts of one preloaded server: bgw_main_arg is its index.
 * True after a start that could not connect, or when it let its database go;
 * the next start then watches, without connecting, until it can (vigil.c).
 */
#define OL_VIGIL_NAME "openlineage vigil"
#define OL_MAX_DATABASES 64
typedef struct OlVigil
{
	bool		watching[OL_MAX_DATABASES];
} OlVigil;

/* Processes of this extension in the current database. */
#define OL_MAX_SERVERS 8
typedef struct OlProcesses
{
	int			nservers;		/* one serves, others wait for its end */
	int			server_pids[OL_MAX_SERVERS];
	int			server_pid;		/* of the one that serves, or 0 */
	char		server_note[NAMEDATALEN];	/* its application_name */
	int			ingest;
	int			query;
	int			gateway_pid;	/* or 0 */
	char		gateway_note[NAMEDATALEN];	/* its application_name */
} OlProcesses;

extern void ol_launch_preloaded(void);
extern OlProcesses ol_launch_processes(void);

#endif							/* OL_BASE_LAUNCH_H */
