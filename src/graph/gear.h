/*-------------------------------------------------------------------------
 * gear.h
 *	  Which gear a walk takes; see gear.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_GEAR_H
#define OL_GRAPH_GEAR_H

#include "graph/graph.h"
#include "graph/reader.h"
#include "graph/view.h"

typedef struct OlGearbox
{
	const OlWalkRequest *request;
	OlReader	reader;			/* once reader_is_known */
	bool		reader_is_known;
	bool		is_settled;		/* no graph will be made any more */
	int64		threshold;		/* nodes worth a scan; 0: not known yet */
	OlView	   *view;			/* the graph that is walked, once there is one */
} OlGearbox;

extern OlGearbox *ol_gearbox_create(const OlWalkRequest *request);

/* An OlConsider (bfs.h); the source is the gearbox. */
extern const OlView *ol_gearbox_consider(void *gearbox, int nvisited,
										 int nnext);

extern void ol_gearbox_note_end(const OlGearbox *gearbox,
								const OlWalkResult *result);

#endif
