/*-------------------------------------------------------------------------
 * gateway.h
 *	  What the parts of the gateway share.
 *
 * An exchange is one request and its answer.  It is of malloc(), as callbacks
 * of libmicrohttpd and libcurl touch it; both are driven by the one loop of
 * main.c, never at the same time.  A callback of one library does not call the
 * other one: it leaves a mark, and ol_proxy_turn() acts on it.
 *-------------------------------------------------------------------------*/
#ifndef OL_GATEWAY_GATEWAY_H
#define OL_GATEWAY_GATEWAY_H

#include "server/http.h"

#include "pipe.h"
#include "place.h"

/* Where an exchange is. */
typedef enum OlStep
{
	OL_STEP_TAKE,				/* its headers, or the form of a token request */
	OL_STEP_ASK,				/* waits for the database, suspended */
	OL_STEP_PASS,				/* a transfer runs */
	OL_STEP_ANSWER				/* request.reply says what it is told */
} OlStep;

struct curl_slist;
struct OlGateway;

typedef struct OlExchange
{
	OlRequest	request;		/* first: shared files of the server know it */
	struct OlGateway *gateway;
	struct OlExchange *next;
	struct OlExchange *previous;
	char	   *target;			/* as it came */
	const OlPlace *place;
	const char *rest;			/* of the target, for the server behind */
	const char *method;			/* of a static table */
	OlStep		step;
	bool		is_asleep;		/* the connection is suspended */
	bool		answered;		/* a response was queued */
	bool		waits_for_keys; /* of an issuer; see keys.c */
	bool		before_body;	/* suspended when only the headers were there */
	OlBuffer	form;
	int64_t		body_limit;
	int64_t		body_len;		/* so far */

	/* the transfer */
	void	   *easy;			/* CURL * */
	struct curl_slist *up_headers;
	bool		has_body;
	OlPipe		up;
	OlPipe		down;
	OlBuffer	down_headers;	/* lines "Name: value", each terminated */
	OlBuffer	down_connection;	/* what its header Connection names */
	int			down_status;
	int64_t		down_len;		/* -1: not told */
	bool		headers_ended;	/* the answer can begin */
	bool		up_waits;		/* libcurl paused: nothing to send */
	bool		down_waits;		/* libcurl paused: no room */
	bool		is_over;		/* the transfer has ended */
	bool		has_failed;		/* and not well */
	int64_t		active_at;		/* when the other side was heard of last */
} OlExchange;

typedef struct OlGateway
{
	OlHttp		http;			/* first: rules, clients, audit */
	OlExchange *exchanges;
	void	   *multi;			/* CURLM * */
	int			epoll;			/* holds the sockets of libcurl */
	int64_t		timer_at;		/* when libcurl wants to be called, or -1 */
	char	   *mlflow_url;
	const char *mlflow_token;	/* these three as for MLflow's own clients: */
	const char *mlflow_user;	/* of the server's environment, or NULL */
	const char *mlflow_password;
	int64_t		timeout;		/* of servers behind, milliseconds */
	int64_t		max_body;
	char	   *authorities;	/* file of trusted certificates, or "" */
} OlGateway;

/* door.c */
extern bool ol_door_open(OlGateway *gateway);
extern void ol_door_wake(OlExchange *exchange);

/* exchange.c */
extern bool ol_exchange_judge(OlExchange *exchange, const char *method);
extern void ol_exchange_refuse_all(OlGateway *gateway);

/* proxy.c */
extern bool ol_proxy_open(OlGateway *gateway);
extern void ol_proxy_begin(OlExchange *exchange);
extern void ol_proxy_stop(OlExchange *exchange);
extern void ol_proxy_turn(OlGateway *gateway);
extern void ol_proxy_end_late(OlGateway *gateway);
extern long ol_proxy_timeout(const OlGateway *gateway, long longest);

/* upstream.c */
extern bool ol_upstream_prepare(OlExchange *exchange);

/* ask.c */
extern void ol_ask_prepare(void);
extern void ol_ask_turn(OlGateway *gateway);
extern void ol_ask_audit(OlGateway *gateway);

#endif							/* OL_GATEWAY_GATEWAY_H */
