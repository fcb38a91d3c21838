/*-------------------------------------------------------------------------
 * net.h
 *	  Asks another HTTP server, waiting on the latch; see client.c.
 *
 * Every call may raise an error, and leaves nothing behind that the memory
 * context of the client does not free.
 *-------------------------------------------------------------------------*/
#ifndef OL_NET_NET_H
#define OL_NET_NET_H

typedef struct OlNetClient OlNetClient;

typedef struct OlNetRequest
{
	const char *url;			/* no user information in it */
	const char *method;			/* NULL is GET */
	const char *const *headers; /* "Name: value", the last is NULL; or NULL */
	const char *body;			/* NULL: none */
	size_t		body_len;
	size_t		max_body;		/* of the answer; a longer one is an error */
	int			connect_ms;		/* name lookup, connection and TLS */
	int			total_ms;		/* all of it */
	bool		may_be_plain;	/* http:// too, to listed hosts */
} OlNetRequest;

/* Valid until the client's next request. */
typedef struct OlNetReply
{
	int			status;			/* whatever the server said, 3xx included */
	const char *body;			/* ends with a zero byte that is not counted */
	size_t		body_len;
} OlNetReply;

extern OlNetClient *ol_net_create(MemoryContext context);
extern OlNetReply ol_net_ask(OlNetClient *client, const OlNetRequest *request);
extern const char *ol_net_shown_url(OlNetClient *client);

#endif							/* OL_NET_NET_H */
