/*-------------------------------------------------------------------------
 * probe.h
 *	  Rows by the key of an index; see probe.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_BASE_PROBE_H
#define OL_BASE_PROBE_H

#include "access/genam.h"
#include "access/itup.h"
#include "executor/tuptable.h"
#include "storage/buf.h"

#define OL_PROBE_MAX_KEYS 4

typedef struct OlProbe
{
	Relation	table;
	Relation	index;
	IndexScanDesc scan;
	TupleTableSlot *slot;
	Buffer		visibility;		/* page of the visibility map */
	bool		has_snapshot;	/* of its own, to be popped */
	uint64		again;			/* key in place.c of the row it is at, or 0 */
	BlockNumber nblocks;		/* of the table, at least; 0: not asked yet */
	int			nkeys;
	ScanKeyData keys[OL_PROBE_MAX_KEYS];
} OlProbe;

extern void ol_probe_begin(OlProbe *probe, const char *index, int nkeys);
extern void ol_probe_begin_id(OlProbe *probe, Oid id, int nkeys);
extern void ol_probe_begin_reading(OlProbe *probe, const char *index,
								   int nkeys, bool keys_only);
extern void ol_probe_seek(OlProbe *probe, const Datum *keys,
						  const bool *nulls);
extern bool ol_probe_next(OlProbe *probe);
extern IndexTuple ol_probe_next_key(OlProbe *probe);
extern bool ol_probe_find(OlProbe *probe, const Datum *keys);
extern bool ol_probe_find_place(OlProbe *probe, const Datum *keys,
								ItemPointer place);
extern bool ol_probe_find_at(OlProbe *probe, ItemPointerData place,
							 const Datum *keys);
extern bool ol_probe_find_again(OlProbe *probe, const Datum *keys);
extern void ol_probe_moved(const OlProbe *probe, ItemPointerData place);
extern void ol_cannot_serialize(void);
extern bool ol_probe_lock(OlProbe *probe);
extern Datum ol_probe_column(OlProbe *probe, int column, bool *isnull);
extern void ol_probe_end(OlProbe *probe);
extern Oid	ol_enum_value(Oid type, const char *label);

#endif
