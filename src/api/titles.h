/*-------------------------------------------------------------------------
 * titles.h
 *	  What the jobs and datasets of one answer are called; see titles.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_API_TITLES_H
#define OL_API_TITLES_H

#include "api/form.h"

/* A namespace that the caller may see. */
typedef struct OlSpace
{
	text	   *name;
	OlForm		form;			/* as a JSON string */
} OlSpace;

/* A node that the caller may see, and its namespace. */
typedef struct OlTitle
{
	int32		id;
	int32		space_id;
	int32		job_id;			/* of a step; else 0 */
	bool		is_job;
	bool		is_hidden;		/* deleted softly */
	int			rank;			/* place in the order of labels, from
								 * ol_titles_rank(); -1 before */
	int			member;			/* place in a graph, for whoever makes one; -1 */
	const OlSpace *space;
	text	   *name;
	OlForm		label;			/* kind:NAMESPACE:NAME, plain; {NULL, 0} of a
								 * step */
	OlForm		quoted;			/* that as a JSON string */
	OlForm		members;		/* "namespace" : …, "name" : … */
} OlTitle;

typedef struct OlTitles OlTitles;

extern OlTitles *ol_titles_create(void);
extern void ol_titles_want(OlTitles *names, int32 id);
extern void ol_titles_read(OlTitles *names);
extern OlTitle *ol_titles_find(const OlTitles *names, int32 id);
extern void ol_titles_rank(OlTitle **found, int n);
extern int	ol_title_cmp(const OlTitle *a, const OlTitle *b);

#endif
