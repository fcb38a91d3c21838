/*-------------------------------------------------------------------------
 * redact.h
 *	  Stored texts without what they say of namespaces out of reach; redact.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_AUTH_REDACT_H
#define OL_AUTH_REDACT_H

extern text *ol_redact(text *body);

#endif
