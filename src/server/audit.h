/*-------------------------------------------------------------------------
 * audit.h
 *	  Who asked for what, until it is written down; see audit.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_AUDIT_H
#define OL_SERVER_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

typedef enum OlAuditMode
{
	OL_AUDIT_OFF,
	OL_AUDIT_CHANGES,			/* what changes something, or was denied */
	OL_AUDIT_ALL
} OlAuditMode;

/* One request, at its answer.  NULL or "" is what is not known. */
typedef struct OlAuditNote
{
	const char *user;
	const char *client;
	const char *address;
	const char *method;
	const char *route;
	const char *const *target;	/* what stands in the place of the braces */
	int			ntarget;
	int			status;
	bool		is_change;
	bool		is_ingest;
	int64_t		milliseconds;
} OlAuditNote;

struct OlAuditRow;

/* All zero is an empty log. */
typedef struct OlAudit
{
	OlAuditMode mode;
	struct OlAuditRow *rows;
	int			nrows;
	int			capacity;
	int			dropped;		/* requests for which there was no room */
} OlAudit;

extern void ol_audit_note(OlAudit *audit, const OlAuditNote *note);
extern bool ol_audit_is_empty(const OlAudit *audit);
extern bool ol_audit_is_large(const OlAudit *audit);
extern void ol_audit_take(OlAudit *audit, OlBuffer *json);

#endif							/* OL_SERVER_AUDIT_H */
