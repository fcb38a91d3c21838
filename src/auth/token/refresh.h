/*-------------------------------------------------------------------------
 * refresh.h
 *	  Keys of issuers are fetched again; see refresh.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_TOKEN_REFRESH_H
#define OL_TOKEN_REFRESH_H

extern void ol_refresh_unknown(const char *issuer);
#ifdef OL_COMPAT_OAUTH
extern void ol_refresh_for_oauth(const char *issuer, const char *client_database);
#endif

#endif
