/*-------------------------------------------------------------------------
 * http.h
 *	  Requests and connections; see http.c and client.c.
 *
 * Nothing here belongs to PostgreSQL: all of it lives in memory of malloc()
 * and is touched by callbacks of libmicrohttpd.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_HTTP_H
#define OL_SERVER_HTTP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "address.h"
#include "audit.h"
#include "body.h"
#include "limit.h"
#include "portion.h"
#include "reply.h"
#include "routes.h"

struct MHD_Connection;
struct MHD_Daemon;
struct MHD_Response;
struct OlClient;
struct OlDirect;
struct OlHead;

/* One request, from its first line until its answer is sent. */
typedef struct OlRequest
{
	struct OlRequest *next;		/* in one of the queues of OlHttp */
	struct MHD_Connection *connection;
	struct OlHead *head;		/* read by direct.c: no connection */
	struct OlClient *client;
	OlUri		uri;
	bool		uri_is_bad;		/* it does not decode */
	OlMatch		match;
	OlBody		body;
	OlPortions *portions;		/* of a long array; NULL: it is none, or not
								 * cut yet */
	OlBuffer	query;			/* parameters as JSON, for a query worker */
	OlAddress	address;		/* who sent it, a trusted proxy aside */
	OlBuffer	token;			/* of its header; not terminated */
	uint64_t	token_hash;		/* 0: there is none */
	const char *token_fault;	/* why what came is no token */
	bool		token_is_long;	/* that is why */
	OlBuffer	user;			/* whom the token speaks for; terminated */
	OlBuffer	client_id;
	OlBuffer	issuer;			/* whose keys it waits for; terminated */
	bool		asked_again;	/* they were fetched */
	bool		begun;			/* its headers have been judged */
	bool		suspended;		/* waits for us */
	int64_t		begun_at;		/* milliseconds, see ol_http_now() */
	int64_t		queued_at;
	OlReply		reply;
} OlRequest;

/* What a client is doing; each phase may last only so long. */
typedef enum OlPhase
{
	OL_PHASE_HEADERS,
	OL_PHASE_BODY,
	OL_PHASE_WORK,				/* on our side: no deadline */
	OL_PHASE_ANSWER,
	OL_PHASE_IDLE				/* kept alive between two requests */
} OlPhase;

typedef struct OlClient
{
	struct OlClient *next;
	struct OlClient *previous;
	struct sockaddr_storage address;
	int			socket;
	OlPhase		phase;
	int64_t		deadline;
	bool		refused;		/* one connection too many */
	bool		ended;			/* shut down, libmicrohttpd will notice */
	OlRequest  *request;		/* the current one */
	struct OlDirect *direct;	/* NULL: libmicrohttpd has it */
} OlClient;

typedef struct OlQueue
{
	OlRequest  *first;
	OlRequest  *last;
	int			count;
} OlQueue;

typedef struct OlHttp
{
	struct MHD_Daemon *daemon;
	int			direct_socket;	/* of epoll, see direct.c */
	OlBodyPool	pool;
	OlQueue		writes;			/* complete, wait for the ingest worker */
	OlQueue		reads;			/* complete, wait for a query worker */
	OlQueue		changes;		/* also, but never take all of them */
	OlQueue		parked;			/* wait for keys of an issuer */
	OlQueue		answered;		/* of direct.c, have a reply to be sent */
	OlClient   *clients;
	int			nclients;
	int			max_clients;
	int			max_clients_per_address;
	int			max_write_delay;	/* milliseconds */
	bool		stopping;		/* no request is taken any more */
	bool		stopped;		/* none is worked on any more */
	bool		standby;
	bool		resumed;		/* somebody has an answer: run the daemon */
	char		health[256];	/* the answer to GET /health */
	bool		needs_token;	/* every request does */
	const char *public_url;		/* base of our URLs; empty: by the header Host */
	OlProxies	proxies;
	OlLimiter	limiter;
	OlAudit		audit;
} OlHttp;

extern int64_t ol_http_now(void);
extern bool ol_http_start(OlHttp *http);
extern void ol_http_add_headers(const OlHttp *http,
								struct MHD_Response *response,
								OlRequest *request);
extern int	ol_http_wait_socket(OlHttp *http);
extern long ol_http_timeout(OlHttp *http, long longest);
extern void ol_http_accept(OlHttp *http, int socket);
extern void ol_http_run(OlHttp *http);
extern void ol_http_finish(OlHttp *http, OlRequest *request);
extern void ol_http_flush(OlHttp *http, int64_t end);
extern void ol_http_stop(OlHttp *http);

extern void ol_queue_put(OlQueue *queue, OlRequest *request);
extern OlRequest *ol_queue_take(OlQueue *queue);

/* client.c */
extern OlClient *ol_client_add(OlHttp *http, int socket,
							   const struct sockaddr *address);
extern void ol_client_remove(OlHttp *http, OlClient *client);
extern void ol_client_enter(OlClient *client, OlPhase phase);
extern void ol_client_end_late(OlHttp *http);
extern void ol_client_end_idle(OlHttp *http);

/* guard.c */
extern void ol_guard_find_address(const OlHttp *http, OlRequest *request);
extern const char *ol_guard_header(OlRequest *request, const char *name);
extern bool ol_guard_framing(OlRequest *request);
extern bool ol_guard_peer(const OlHttp *http, OlRequest *request);
extern bool ol_guard_site(const OlHttp *http, OlRequest *request);
extern bool ol_guard_admit(OlHttp *http, OlRequest *request, const char *method);
extern void ol_guard_add_challenge(const OlHttp *http,
								   struct MHD_Response *response,
								   OlRequest *request);
extern void ol_guard_tell_base(const OlHttp *http, OlRequest *request);
extern void ol_guard_note(OlHttp *http, OlRequest *request, const char *method);
extern void ol_guard_forget(OlRequest *request);

/* request.c */
extern OlRequest *ol_request_create(OlHttp *http, const char *target);
extern void ol_request_judge(OlHttp *http, OlRequest *request,
							 const char *method);
extern void ol_request_feed(OlRequest *request, const char *data, size_t len);
extern void ol_request_complete(OlHttp *http, OlRequest *request);
extern void ol_request_park(OlHttp *http, OlRequest *request, const char *issuer);
extern void ol_request_ask_again(OlHttp *http, const OlBuffer *issuer);
extern void ol_request_free(OlRequest *request);

#endif							/* OL_SERVER_HTTP_H */
