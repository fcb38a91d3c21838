/*-------------------------------------------------------------------------
 * portion.h
 *	  A long array of events on its way into the store; see portion.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_PORTION_H
#define OL_SERVER_PORTION_H

#include "buffer.h"

struct OlRequest;

typedef struct OlPortions
{
	int		   *numbers;		/* three for each, see ol_event_portions() */
	int			count;
	int			nevents;		/* of the whole array */
	int			next;			/* the portion that is stored next */
	int			received;		/* sums over those stored */
	int			failed;
	int			retriable;
	OlBuffer	failures;		/* members of failed_events */
} OlPortions;

/* The bytes of a request's body that are to be stored next. */
typedef struct OlSlice
{
	const char *data;
	size_t		len;
	char		base[12];		/* ordinal of its first event; "?": to be cut;
								 * "": a whole body */
} OlSlice;

extern OlSlice ol_portions_slice(struct OlRequest *request);
extern bool ol_portions_begin(struct OlRequest *request, const char *numbers);
extern bool ol_portions_add(struct OlRequest *request, const char *failures,
							const char *sums);
extern void ol_portions_refuse(struct OlRequest *request, const char *sqlstate,
							   const char *message, const char *detail);
extern void ol_portions_free(struct OlRequest *request);

#endif							/* OL_SERVER_PORTION_H */
