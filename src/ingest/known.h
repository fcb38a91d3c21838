/*-------------------------------------------------------------------------
 * known.h
 *	  What this process has seen stored; see known.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_INGEST_KNOWN_H
#define OL_INGEST_KNOWN_H

#include "ingest/event.h"

struct OlName;

typedef struct OlKnownSetKey
{
	int			node_id;		/* of the job */
	Oid			partition;		/* of event_store */
	OlHash		hash;			/* of the datasets */
} OlKnownSetKey;

typedef struct OlKnownSet
{
	OlKnownSetKey key;
	int64		id;				/* 0: none that is known */
	int			nseen;			/* events that could have had it */
	char		status;			/* of simplehash */
} OlKnownSet;

extern void ol_known_begin(void);
extern bool ol_known_entity(int node_id, TimestampTz first_at);
extern void ol_known_entity_add(int node_id, TimestampTz created_at);
extern bool ol_known_name(struct OlName *name);
extern void ol_known_name_add(const struct OlName *name);
extern void ol_known_edges_begin(void);
extern bool ol_known_edge(int src, int dst, OlEdgeKind kind, TimestampTz at);
extern void ol_known_edge_add(int src, int dst, OlEdgeKind kind,
							  TimestampTz at);
extern OlKnownSet *ol_known_set(const OlKnownSetKey *key);

#endif
