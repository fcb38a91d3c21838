/*-------------------------------------------------------------------------
 * rights.h
 *	  What one caller may read and write in one state of the rules; rights.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_AUTH_RIGHTS_H
#define OL_AUTH_RIGHTS_H

#include "auth/claims.h"
#include "nodes/pg_list.h"

typedef enum OlPrivilege
{
	OL_PRIVILEGE_READ,
	OL_PRIVILEGE_WRITE
} OlPrivilege;

struct exact_hash;

/* Namespaces of one privilege. */
typedef struct OlReach
{
	bool		all;			/* the rest does not matter */
	struct exact_hash *names;	/* exact names */
	List	   *patterns;		/* the others; C strings */
	int			nbits;			/* ids from here on are not in it */
	uint64	   *bits;			/* bit of a namespace id */
} OlReach;

typedef struct OlRights
{
	bool		is_enforced;	/* false: what follows decides nothing */
	bool		is_admin;		/* everything, what is of no namespace too */
	bool		is_resolved;	/* reach was filled */
	OlReach		reach[2];		/* by OlPrivilege; write is part of read */
} OlRights;

extern OlRights *ol_rights_make(Oid role, const OlClaims *claims);
extern void ol_rights_resolve(OlRights *rights, Oid role,
							  const OlClaims *claims, MemoryContext cxt);
extern bool ol_reach_has_name(const OlReach *reach, const char *name);
extern List *ol_reach_exact_names(const OlReach *reach);

static inline bool
ol_reach_has_id(const OlReach *reach, int32 id)
{
	if (reach->all)
		return true;
	return id >= 0 && id < reach->nbits &&
		(reach->bits[id / 64] >> (id % 64) & 1) != 0;
}

#endif
