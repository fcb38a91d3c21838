/*-------------------------------------------------------------------------
 * known.h
 *	  What this process has seen stored; see known.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_INGEST_KNOWN_H
#define OL_INGEST_KNOWN_H

#include "datatype/timestamp.h"

extern bool ol_known_entity(int node_id, TimestampTz first_at);
extern void ol_known_entity_add(int node_id, TimestampTz created_at);

#endif
