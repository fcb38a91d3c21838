/*-------------------------------------------------------------------------
 * direct.h
 *	  Plain requests, served without libmicrohttpd; see direct.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_DIRECT_H
#define OL_SERVER_DIRECT_H

#include "http.h"

extern bool ol_direct_start(OlHttp *http);
extern void ol_direct_accept(OlHttp *http, int socket);
extern void ol_direct_run(OlHttp *http);
extern void ol_direct_answer(OlHttp *http);
extern void ol_direct_stop(OlHttp *http);

#endif							/* OL_SERVER_DIRECT_H */
