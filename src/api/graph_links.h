/*-------------------------------------------------------------------------
 * graph_links.h
 *	  The edges that a lineage graph shows; see graph_links.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_API_GRAPH_LINKS_H
#define OL_API_GRAPH_LINKS_H

#include "api/titles.h"

/* Which edges a graph is made of: those of now unless one of these is given. */
typedef struct OlEdgesOf
{
	bool		of_time;
	TimestampTz when;
	bool		of_runs;
	Datum		runs;			/* uuid[]: as these runs saw them */
} OlEdgesOf;

/* What is at the other end of the edges of a node, by rank. */
typedef struct OlAdjacency
{
	int		   *first;			/* of each rank, and one more */
	int		   *other;			/* ranks, ascending */
} OlAdjacency;

typedef struct OlGraphLinks
{
	OlTitle   **ranked;			/* members and ends, by their ids in the API */
	int			nranked;
	OlAdjacency in;
	OlAdjacency out;
	uint64	   *pairs;			/* (source, target): ids, then ranks */
	Size		npairs;
	Size		capacity;
} OlGraphLinks;

/*
 * Read the edges of these jobs, wherever they lead, and those among these
 * datasets; ends that are not called yet are wanted from names.  Members must
 * have been read, and have their places in OlTitle.member.
 */
extern OlGraphLinks *ol_graph_links_read(OlTitles *names, OlTitle **members,
										 int n, const OlEdgesOf *of);

/* When the ends have been read as well. */
extern void ol_graph_links_rank(OlGraphLinks *links, const OlTitles *names,
								OlTitle **members, int n);

#endif
