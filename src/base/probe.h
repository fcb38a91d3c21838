/*-------------------------------------------------------------------------
 * probe.h
 *	  Rows by the key of an index; see probe.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_BASE_PROBE_H
#define OL_BASE_PROBE_H

#include "access/genam.h"
#include "executor/tuptable.h"

#define OL_PROBE_MAX_KEYS 4

typedef struct OlProbe
{
	Relation	table;
	Relation	index;
	IndexScanDesc scan;
	TupleTableSlot *slot;
	int			nkeys;
	ScanKeyData keys[OL_PROBE_MAX_KEYS];
} OlProbe;

extern void ol_probe_begin(OlProbe *probe, const char *index, int nkeys);
extern void ol_probe_begin_id(OlProbe *probe, Oid id, int nkeys);
extern void ol_probe_seek(OlProbe *probe, const Datum *keys,
						  const bool *nulls);
extern bool ol_probe_next(OlProbe *probe);
extern bool ol_probe_find(OlProbe *probe, const Datum *keys);
extern bool ol_probe_lock(OlProbe *probe);
extern Datum ol_probe_column(OlProbe *probe, int column, bool *isnull);
extern void ol_probe_end(OlProbe *probe);
extern Oid	ol_enum_value(Oid type, const char *label);

#endif
