/*-------------------------------------------------------------------------
 * oauth_keys.h
 *	  Keys of the issuers that pg_hba.conf names; see oauth_keys.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_TOKEN_OAUTH_KEYS_H
#define OL_TOKEN_OAUTH_KEYS_H

#include "nodes/pg_list.h"

#include "fetch.h"

extern void ol_oauth_source(const char *configured, OlKeySource *source);
extern List *ol_oauth_sources(void);
extern const char *ol_oauth_fetch(const OlKeySource *source, int limit_ms,
								  int *nkeys);

#endif
