/*-------------------------------------------------------------------------
 * known.h
 *	  What this process has seen stored; see known.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_INGEST_KNOWN_H
#define OL_INGEST_KNOWN_H

#include "datatype/timestamp.h"

struct OlName;

extern void ol_known_begin(void);
extern bool ol_known_entity(int node_id, TimestampTz first_at);
extern void ol_known_entity_add(int node_id, TimestampTz created_at);
extern bool ol_known_name(struct OlName *name);
extern void ol_known_name_add(const struct OlName *name);

#endif
