/*-------------------------------------------------------------------------
 * session.h
 *	  What the parts of a helper process share; see session.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_SESSION_H
#define OL_SERVER_SESSION_H

#include "access/htup.h"
#include "executor/spi.h"

#include "message.h"

#define OL_READER "openlineage_reader"
#define OL_WRITER "openlineage_writer"
#define OL_ADMIN "openlineage_admin"

/* Reset after each request; answers lie in here. */
extern MemoryContext ol_session_context;

extern void ol_session_prepare(void);
extern void ol_session_begin(bool read_only);
extern void ol_session_commit_here(void);
extern void ol_session_end(void);
extern void ol_session_set(const char *name, const char *value);
extern SPIPlanPtr ol_session_plan(const char *name, const char *query,
								  int nargs, Oid *types);
extern char *ol_session_column(HeapTuple row, int column);

/* query.c */
extern void ol_query_run(const OlMessage *request, OlMessage *answer);

/* batch.c */
extern void ol_batch_run(const OlMessage *request, OlMessage *answer);
extern int	ol_batch_bodies(const OlMessage *request);

#endif							/* OL_SERVER_SESSION_H */
