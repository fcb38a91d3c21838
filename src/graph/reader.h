/*-------------------------------------------------------------------------
 * reader.h
 *	  What the caller may read of a graph; see reader.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GRAPH_READER_H
#define OL_GRAPH_READER_H

#include "auth/access.h"
#include "base/probe.h"
#include "graph/graph.h"

typedef struct OlReader
{
	const char *refusal;		/* why tables must be read by SQL; NULL: they
								 * need not */
	const OlReadable *readable; /* what may be seen; NULL: everything */
} OlReader;

/* Between SPI_connect() and SPI_finish(). */
extern OlReader ol_reader_of(OlGraphKind graph);
extern OlReader ol_reader_of_names(void);

/* The next row of the probe of whose namespace that may be seen. */
extern bool ol_readable_next(const OlReadable *readable, OlProbe *probe,
							 AttrNumber namespace_id);

extern bool ol_reader_may_name(const OlReader *reader, const char *name);

#endif
