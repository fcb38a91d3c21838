/*-------------------------------------------------------------------------
 * client.h
 *	  What a client consists of, for the files of this folder only.
 *
 * Written by callbacks of libcurl are `reply`, `header_bytes`,
 * `headers_ended`, `timer_at`, `failed` and `problem`; the rest is theirs to
 * read.
 *-------------------------------------------------------------------------*/
#ifndef OL_NET_CLIENT_H
#define OL_NET_CLIENT_H

#include <curl/curl.h>

#include "server/buffer.h"

#include "address.h"
#include "net.h"

/* Why a callback stopped the transfer. */
typedef enum OlNetFailure
{
	OL_NET_FINE,
	OL_NET_BODY_TOO_LONG,
	OL_NET_HEADERS_TOO_LONG,
	OL_NET_ADDRESS_REFUSED
} OlNetFailure;

#define OL_NET_NO_TIMER (-1)

struct OlNetClient
{
	MemoryContextCallback release;
	CURLM	   *multi;
	CURL	   *easy;
	CURLU	   *url;
	struct curl_slist *headers;
	int			epoll;			/* holds the sockets of libcurl */
	bool		attached;		/* easy is in multi: a transfer is under way */
	char	   *allowed_hosts;	/* under which connections were opened */
	char	   *shown_url;		/* scheme, host, port and path alone */
	OlAddressKind reach;		/* the furthest address that may be reached */
	size_t		max_body;
	OlBuffer	reply;
	size_t		header_bytes;
	bool		headers_ended;
	int64		timer_at;		/* when libcurl wants to be called, or
								 * OL_NET_NO_TIMER */
	OlNetFailure failed;
	char		problem[CURL_ERROR_SIZE];
};

extern void ol_net_attach_callbacks(OlNetClient *client);
extern CURLcode ol_net_run(OlNetClient *client);
extern void ol_net_raise(OlNetClient *client, CURLcode code) __attribute__((noreturn));

#endif							/* OL_NET_CLIENT_H */
