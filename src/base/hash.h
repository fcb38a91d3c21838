/*-------------------------------------------------------------------------
 * hash.h
 *	  128-bit content hashes and name-based ids; see hash.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_BASE_HASH_H
#define OL_BASE_HASH_H

#include "lib/stringinfo.h"
#include "utils/uuid.h"

/* A hash is kept and compared as a uuid: 16 bytes, by value order of memcmp. */
typedef pg_uuid_t OlHash;

extern OlHash ol_hash(const void *data, size_t len);
extern int	ol_hash_cmp(const OlHash *a, const OlHash *b);
extern void ol_hash_part(StringInfo parts, const char *part, int len);
extern bool ol_uuid_parse(const char *text, pg_uuid_t *uuid);
extern pg_uuid_t ol_version_id(const char *kind, text *space, text *name,
							   const pg_uuid_t *content);
extern pg_uuid_t ol_run_uuid(const char *text, bool *is_uuid);

#endif
