/*-------------------------------------------------------------------------
 * gear.h
 *	  Which gear a walk takes; see gear.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_GEAR_H
#define OL_GRAPH_GEAR_H

#include "graph/graph.h"
#include "graph/keep.h"
#include "graph/reader.h"
#include "graph/view.h"

typedef struct OlGearbox
{
	const OlWalkRequest *request;
	OlReader	reader;			/* once reader_is_known */
	bool		reader_is_known;
	bool		is_settled;		/* no graph will be taken any more */
	bool		looked;			/* kept is known */
	int64		threshold;		/* nodes worth a scan; 0: not known yet */
	int64		log_price;		/* nodes worth reading the log; -1: not known */
	OlKept		kept;			/* the base that is walked, or why none */
	OlView	   *view;			/* the graph that is walked, once there is one */
} OlGearbox;

extern OlGearbox *ol_gearbox_create(const OlWalkRequest *request);

/* An OlConsider (bfs.h); the source is the gearbox. */
extern OlView *ol_gearbox_consider(void *gearbox, int nvisited, int nnext);

extern void ol_gearbox_note_end(int64 nvisited);

#endif
