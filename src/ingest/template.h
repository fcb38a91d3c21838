/*-------------------------------------------------------------------------
 * template.h
 *	  What bodies of events are packed with; see template.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_INGEST_TEMPLATE_H
#define OL_INGEST_TEMPLATE_H

#include "base/writer.h"
#include "ingest/event.h"

/* Of one batch. */
typedef struct OlTemplates
{
	Relation	table;
	bool		is_usable;
	bool		is_writing;
	OlWriter	rows;			/* while is_writing */
} OlTemplates;

extern void ol_templates_begin(OlTemplates *templates);
extern bytea *ol_template_pack(OlTemplates *templates, const OlEvent *event,
							   Relation partition, int64 *id);
extern void ol_templates_end(OlTemplates *templates);

#endif
