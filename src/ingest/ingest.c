/*-------------------------------------------------------------------------
 * ingest.c
 *	  The doors for events: ingest() for SQL, ingest_batch() for the worker.
 *
 * ingest() is all or nothing and raises what is wrong.  ingest_batch() takes
 * many bodies that have nothing to do with each other: those that cannot be
 * read are answered at once, the rest is applied in one subtransaction, and
 * when that fails it is cut in halves until the bad one stands alone.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/xact.h"
#include "auth/access.h"
#include "auth/trusted.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "ingest/batch.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

PG_FUNCTION_INFO_V1(ol_ingest);
PG_FUNCTION_INFO_V1(ol_ingest_batch);

/* A body of ingest_batch() and what became of it. */
typedef struct Body
{
	OlEvent    *event;			/* NULL: could not be read */
	OlFault		fault;			/* sqlstate 0: stored */
} Body;

/* Applies events with the rights of the owner of the tables. */
static void
apply_events(OlEvent **events, int n)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "openlineage batch",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	OlBatch		batch = {0};
	OlTrusted	trusted;

	ol_trusted_begin(&trusted);
	SPI_connect();
	batch.events = MemoryContextAlloc(cxt, sizeof(OlEvent *) * n);
	memcpy(batch.events, events, sizeof(OlEvent *) * n);
	batch.nevents = n;
	ol_batch_apply(&batch);
	SPI_finish();
	ol_trusted_end(&trusted);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(cxt);
}

static void
raise_fault(const OlFault *fault)
{
	ereport(ERROR,
			(errcode(fault->sqlstate),
			 errmsg("%s", fault->message),
			 fault->detail == NULL ? 0 : errdetail("%s", fault->detail)));
}

static OlEvent *
parse_or_raise(const char *body, uint32 len)
{
	OlEvent    *event = palloc(sizeof(OlEvent));

	if (!ol_event_parse(event, body, len))
		raise_fault(&event->fault);
	ol_access_check_write(event->job.space);
	return event;
}

/* The events of an array: each element's own text is the event. */
static List *
parse_array(const char *body, uint32 len)
{
	OlJson		json;
	List	   *events = NIL;

	if (!ol_json_parse(&json, body, len) ||
		ol_json_type(&json, 1) != OL_JSON_ARRAY)
		return list_make1(parse_or_raise(body, len));
	OL_JSON_FOREACH(element, &json, 1)
	{
		const OlJsonValue *value = &json.values[element];

		CHECK_FOR_INTERRUPTS();
		events = lappend(events, parse_or_raise(body + value->start,
												value->end - value->start));
	}
	return events;
}

Datum
ol_ingest(PG_FUNCTION_ARGS)
{
	text	   *body;
	List	   *events;
	OlEvent   **array;
	int			n = 0;
	ListCell   *cell;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("event must not be null")));
	body = PG_GETARG_TEXT_PP(0);
	events = parse_array(VARDATA_ANY(body), VARSIZE_ANY_EXHDR(body));
	if (events == NIL)
		PG_RETURN_INT32(0);
	array = palloc_array(OlEvent *, list_length(events));
	foreach(cell, events)
		array[n++] = lfirst(cell);
	apply_events(array, n);
	PG_RETURN_INT32(n);
}

/* What an error was, for the body that it is about. */
static void
note_error(Body *body, ErrorData *error)
{
	body->fault.sqlstate = error->sqlerrcode;
	body->fault.message = error->message;
	body->fault.detail = error->detail;
}

/*
 * Errors that are about the server, not about an event: nothing of the batch
 * can be stored now, and all of it may be sent again.
 */
static bool
is_about_server(int sqlstate)
{
	int			category = ERRCODE_TO_CATEGORY(sqlstate);

	return category == ERRCODE_INSUFFICIENT_RESOURCES ||
		category == ERRCODE_OPERATOR_INTERVENTION ||
		category == ERRCODE_SYSTEM_ERROR ||
		sqlstate == ERRCODE_READ_ONLY_SQL_TRANSACTION ||
		sqlstate == ERRCODE_LOCK_NOT_AVAILABLE ||
		sqlstate == ERRCODE_UNDEFINED_TABLE ||
		sqlstate == ERRCODE_UNDEFINED_FUNCTION;
}

/* One subtransaction; the error, or NULL when it went well. */
static ErrorData *
try_events(OlEvent **events, int n)
{
	MemoryContext cxt = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(cxt);
	PG_TRY();
	{
		apply_events(events, n);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(cxt);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(cxt);
	CurrentResourceOwner = owner;
	if (error != NULL && is_about_server(error->sqlerrcode))
		ReThrowError(error);
	return error;
}

/* Applies what can be read, as few subtransactions as the bad ones allow. */
static void
apply_bodies(Body **bodies, int n)
{
	OlEvent   **events = palloc_array(OlEvent *, n);
	ErrorData  *error;

	for (int i = 0; i < n; i++)
		events[i] = bodies[i]->event;
	error = try_events(events, n);
	pfree(events);
	if (error == NULL)
		return;
	if (n == 1)
	{
		note_error(bodies[0], error);
		return;
	}
	apply_bodies(bodies, n / 2);
	apply_bodies(bodies + n / 2, n - n / 2);
}

static void
read_body(Body *body, bytea *bytes)
{
	OlEvent    *event = palloc(sizeof(OlEvent));

	memset(body, 0, sizeof(Body));
	if (!ol_event_parse(event, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes)))
	{
		body->fault = event->fault;
		return;
	}
	if (!ol_access_may_write(event->job.space))
	{
		body->fault.sqlstate = ERRCODE_INSUFFICIENT_PRIVILEGE;
		body->fault.message = "permission denied to write this namespace";
		return;
	}
	body->event = event;
}

static void
return_body(ReturnSetInfo *result, int ordinal, const Body *body)
{
	Datum		values[4] = {Int32GetDatum(ordinal)};
	bool		nulls[4] = {false, true, true, true};

	if (body->fault.sqlstate != 0)
	{
		const char *state = body->fault.sqlstate == ERRCODE_NULL_VALUE_NOT_ALLOWED ?
		"OL422" : unpack_sql_state(body->fault.sqlstate);

		values[1] = CStringGetTextDatum(state);
		values[2] = CStringGetTextDatum(body->fault.message);
		nulls[1] = nulls[2] = false;
		if (body->fault.detail != NULL)
		{
			values[3] = CStringGetTextDatum(body->fault.detail);
			nulls[3] = false;
		}
	}
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

Datum
ol_ingest_batch(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	Body	   *bodies;
	Body	  **readable;
	int			nreadable = 0;

	InitMaterializedSRF(fcinfo, 0);
	deconstruct_array(array, BYTEAOID, -1, false, TYPALIGN_INT,
					  &elements, &nulls, &n);
	bodies = palloc_array(Body, n + 1);
	readable = palloc_array(Body *, n + 1);
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("body %d must not be null", i + 1)));
		read_body(&bodies[i], DatumGetByteaPP(elements[i]));
		if (bodies[i].event != NULL)
			readable[nreadable++] = &bodies[i];
	}
	if (nreadable > 0)
		apply_bodies(readable, nreadable);
	for (int i = 0; i < n; i++)
		return_body(result, i + 1, &bodies[i]);
	return (Datum) 0;
}
