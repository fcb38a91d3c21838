/*-------------------------------------------------------------------------
 * field.h
 *	  Columns and their hubs, one by one and without a statement; see field.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_FIELD_H
#define OL_GRAPH_FIELD_H

#include "graph/pairs.h"
#include "graph/reader.h"

typedef struct OlFields OlFields;

/* A row of openlineage.dataset_field, but for its name. */
typedef struct OlColumn
{
	int32		id;
	int32		dataset_id;
	bool		is_hub;			/* the column named '' */
} OlColumn;

extern OlFields *ol_fields_open(const OlReader *reader);
extern void ol_fields_close(OlFields *fields);
extern bool ol_fields_find(OlFields *fields, int32 id, OlColumn *field);
extern text *ol_fields_name(OlFields *fields);
extern int32 ol_fields_find_name(OlFields *fields, int32 dataset_id,
								 const char *name, int len);
extern void ol_fields_hubs(OlFields *fields, const int32 *ids, int n,
						   OlPairs *hubs);
extern bool ol_fields_members(OlFields *fields, int32 id, int32 from,
							  OlPairs *members);

#endif
