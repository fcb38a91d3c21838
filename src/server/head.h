/*-------------------------------------------------------------------------
 * head.h
 *	  The head of a plain request; see head.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_HEAD_H
#define OL_SERVER_HEAD_H

#include <stddef.h>

#define OL_HEAD_MAX_SIZE 8192
#define OL_HEAD_MAX_LINES 32

typedef enum OlHeadKind
{
	OL_HEAD_PLAIN,
	OL_HEAD_UNFINISHED,			/* so far it may be a plain one */
	OL_HEAD_OTHER				/* or there is no memory for it */
} OlHeadKind;

typedef struct OlHeadLine
{
	const char *name;
	const char *value;
} OlHeadLine;

typedef struct OlHead
{
	size_t		size;			/* its own, up to the body */
	size_t		body_size;
	const char *method;
	const char *target;
	int			count;
	OlHeadLine	lines[OL_HEAD_MAX_LINES];
	char		text[];			/* what everything above points into */
} OlHead;

extern OlHeadKind ol_head_read(const char *data, size_t len, OlHead **head);
extern void ol_head_free(OlHead *head);

#endif							/* OL_SERVER_HEAD_H */
