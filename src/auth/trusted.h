/*-------------------------------------------------------------------------
 * trusted.h
 *	  Acting as the owner of the tables; see trusted.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_AUTH_TRUSTED_H
#define OL_AUTH_TRUSTED_H

typedef struct OlTrusted
{
	Oid			user_id;		/* what to go back to */
	int			context;
} OlTrusted;

extern void ol_trusted_begin(OlTrusted *trusted);
extern void ol_trusted_end(const OlTrusted *trusted);

#endif
