/*-------------------------------------------------------------------------
 * daemon.h
 *	  Starting libmicrohttpd; see daemon.c, and http.h for all else of it.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_DAEMON_H
#define OL_SERVER_DAEMON_H

#include <microhttpd.h>

#include "http.h"

extern bool ol_http_open(OlHttp *http, MHD_AccessHandlerCallback on_request);

#endif							/* OL_SERVER_DAEMON_H */
