/*-------------------------------------------------------------------------
 * access.h
 *	  What the caller may see and write; see access.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_AUTH_ACCESS_H
#define OL_AUTH_ACCESS_H

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

/* For this snapshot and caller; valid until the end of the statement. */
extern const OlReadable *ol_access_readable(void);

extern bool ol_access_may_write(const char *namespace);
extern void ol_access_check_write(const char *namespace);
extern void ol_access_check_purge(const char *namespace);

#endif
