/*-------------------------------------------------------------------------
 * access.h
 *	  What the caller may see and write; see access.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_AUTH_ACCESS_H
#define OL_AUTH_ACCESS_H

extern bool ol_access_may_write(const char *namespace);
extern void ol_access_check_write(const char *namespace);
extern void ol_access_check_purge(const char *namespace);

#endif
