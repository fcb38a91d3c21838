/*-------------------------------------------------------------------------
 * daemon.h
 *	  Starting libmicrohttpd; see daemon.c, and http.h for all else of it.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_DAEMON_H
#define OL_SERVER_DAEMON_H

#include <microhttpd.h>

#include "http.h"

/* Beyond the limit a few more are let in, only to be told that it is full. */
#define OL_HTTP_REFUSABLE 50

/* Seconds without a byte; those in client.c are absolute. */
#define OL_HTTP_INACTIVITY 90

extern bool ol_http_open(OlHttp *http, MHD_AccessHandlerCallback on_request);

#endif							/* OL_SERVER_DAEMON_H */
