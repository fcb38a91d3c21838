/*-------------------------------------------------------------------------
 * portion.c
 *	  Where a long array of events is cut, so that it is stored in portions.
 *
 * The worker stores one portion after the other, each in a transaction of its
 * own, and lets others' events in between.  An array is cut only when all of
 * it is JSON: a body that is broken at its end is refused before anything of
 * it is stored.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/compat.h"
#include "base/json.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "ingest/batch.h"
#include "miscadmin.h"
#include "utils/array.h"

PG_FUNCTION_INFO_V1(ol_event_portions);

/* Of each portion: the ordinal of its first event from 0, where it begins, where it ends. */
#define PORTION_NUMBERS 3

/*
 * No event has fewer bytes than this; and an array of a few elements may be
 * anything.  See ol_array_is_crowded().
 */
#define EVENT_MIN_BYTES 32
#define FEW_ELEMENTS 1000

typedef struct Portions
{
	Datum	   *numbers;
	int			n;				/* of them */
	int			max_events;
	int			max_bytes;
	int			nevents;		/* in the last portion */
} Portions;

static void
add_event(Portions *portions, int ordinal, const OlJsonValue *value)
{
	Datum	   *last = portions->numbers + portions->n - PORTION_NUMBERS;

	if (portions->n == 0 || portions->nevents >= portions->max_events ||
		(int64) value->end - DatumGetInt32(last[1]) > portions->max_bytes)
	{
		last = portions->numbers + portions->n;
		last[0] = Int32GetDatum(ordinal);
		last[1] = Int32GetDatum((int32) value->start);
		portions->n += PORTION_NUMBERS;
		portions->nevents = 0;
	}
	last[2] = Int32GetDatum((int32) value->end);
	portions->nevents++;
}

/*
 * Are there more elements than there could be events in so many bytes?  The
 * answer tells of each that is none, in a hundred bytes, so such an array
 * would be answered with fifty times of what was sent.
 */
bool
ol_array_is_crowded(const OlJson *json)
{
	uint32		n = 0;

	OL_JSON_FOREACH(element, json, 1)
		n++;
	return n > FEW_ELEMENTS && json->len / n < EVENT_MIN_BYTES;
}

Datum
ol_event_portions(PG_FUNCTION_ARGS)
{
	bytea	   *body = PG_GETARG_BYTEA_PP(0);
	Portions	portions = {0};
	OlJson		json;
	int			ordinal = 0;

	portions.max_events = PG_GETARG_INT32(1);
	portions.max_bytes = PG_GETARG_INT32(2);
	if (!ol_json_parse(&json, VARDATA_ANY(body), VARSIZE_ANY_EXHDR(body)) ||
		ol_json_type(&json, 1) != OL_JSON_ARRAY || ol_array_is_crowded(&json))
		PG_RETURN_NULL();
	portions.numbers = palloc_extended(sizeof(Datum) * (PORTION_NUMBERS * (Size) json.nvalues + 1),
									   MCXT_ALLOC_HUGE);
	OL_JSON_FOREACH(element, &json, 1)
	{
		CHECK_FOR_INTERRUPTS();
		add_event(&portions, ordinal++, &json.values[element]);
	}
	if (portions.n <= PORTION_NUMBERS)
		PG_RETURN_NULL();
	portions.numbers[portions.n++] = Int32GetDatum(ordinal);
	PG_RETURN_ARRAYTYPE_P(construct_array(portions.numbers, portions.n, INT4OID,
										  sizeof(int32), true, TYPALIGN_INT));
}
