/*-------------------------------------------------------------------------
 * access.h
 *	  What the caller may see and write; see access.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_AUTH_ACCESS_H
#define OL_AUTH_ACCESS_H

#include "auth/rights.h"
#include "utils/array.h"

/* The namespaces whose rows the caller may read. */
typedef struct OlReadable
{
	bool		everything;		/* the rest does not matter */
	int			nbits;			/* ids from here on may not be read */
	const uint64 *bits;			/* bit of a namespace id */
} OlReadable;

static inline bool
ol_readable_has(const OlReadable *readable, int32 namespace_id)
{
	if (readable->everything)
		return true;
	return namespace_id >= 0 && namespace_id < readable->nbits &&
		(readable->bits[namespace_id / 64] >> (namespace_id % 64) & 1) != 0;
}

/* For this snapshot and caller; the bits stay until the end of the transaction. */
extern const OlReadable *ol_access_readable(void);

/* The same for what the caller may write. */
extern const OlReadable *ol_access_writable(void);

/* Their ids, of those that everything does not stand for. */
extern ArrayType *ol_readable_ids(const OlReadable *readable);

/* Those of all namespaces when it is everything. */
extern ArrayType *ol_readable_ids_or_all(void);

/* By claims and grants, whether they are enforced or not. */
extern const OlReach *ol_access_reach(OlPrivilege privilege);

extern bool ol_access_is_open(void);
extern bool ol_access_may_read(const char *namespace);
extern bool ol_access_may_write(const char *namespace);
extern void ol_access_refuse_write(void);
extern void ol_access_check_write(const char *namespace);
extern void ol_access_check_purge(const char *namespace);

#endif
