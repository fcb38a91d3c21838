/*-------------------------------------------------------------------------
 * told.c
 *	  The facets that one stored event told, for questions about the past.
 *
 * Tables keep the latest facet of each name; what a run or a time before
 * said of it stands in the raw event alone.  It is read by the parser that
 * took it, so that what is shown has been cleaned the same way: SQL's own
 * operators refuse texts that hold \u0000 anywhere.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "ingest/event.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(ol_event_facets);

/* Rows of the facets of one entity; io NULL: its own facets. */
static void
return_facets(ReturnSetInfo *result, const char *entity, const OlRef *ref,
			  const char *io, const OlFacets *facets)
{
	for (int i = 0; i < facets->n; i++)
	{
		const OlFacet *facet = &facets->items[i];
		Datum		values[7];
		bool		nulls[7] = {false};

		values[0] = CStringGetTextDatum(entity);
		values[1] = CStringGetTextDatum(ref->space);
		values[2] = CStringGetTextDatum(ref->name);
		nulls[3] = io == NULL;
		values[3] = nulls[3] ? (Datum) 0 : CStringGetTextDatum(io);
		values[4] = CStringGetTextDatum(facet->name);
		values[5] = PointerGetDatum(cstring_to_text_with_len(facet->body,
															 facet->len));
		values[6] = BoolGetDatum(facet->deleted);
		tuplestore_putvalues(result->setResult, result->setDesc, values,
							 nulls);
	}
}

static const char *
io_name(OlIo io)
{
	return io == OL_IO_NONE ? NULL : io == OL_IO_INPUT ? "input" : "output";
}

Datum
ol_event_facets(PG_FUNCTION_ARGS)
{
	text	   *body = PG_GETARG_TEXT_PP(0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	OlEvent		event;

	InitMaterializedSRF(fcinfo, 0);
	if (!ol_event_parse(&event, VARDATA_ANY(body), VARSIZE_ANY_EXHDR(body),
						false))
		return (Datum) 0;		/* no event that was accepted */
	if (event.kind == OL_EVENT_RUN)
		return_facets(result, "run", &event.job, NULL, &event.run_facets);
	if (event.kind != OL_EVENT_DATASET)
		return_facets(result, "job", &event.job, NULL, &event.job_facets);
	for (int i = 0; i < event.ndatasets; i++)
	{
		OlDataset  *dataset = &event.datasets[i];

		return_facets(result, "dataset", &dataset->ref, NULL,
					  &dataset->facets);
		return_facets(result, "dataset", &dataset->ref, io_name(dataset->io),
					  &dataset->io_facets);
	}
	return (Datum) 0;
}
