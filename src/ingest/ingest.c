/*-------------------------------------------------------------------------
 * ingest.c
 *	  The doors for events: ingest() for SQL, ingest_batch() for the worker,
 *	  ingest_command() for what the API itself has to say.
 *
 * ingest() is all or nothing and raises what is wrong.  ingest_batch() takes
 * many bodies that have nothing to do with each other, one event or an array of
 * them each: events that cannot be read are answered at once, the rest is
 * applied in one subtransaction, and when that fails it is cut in halves until
 * the bad one stands alone.
 *
 * A command is an event that a function of the API wrote.  That it is one is
 * told by the door alone: nothing a producer can put into an event hides it.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/xact.h"
#include "auth/access.h"
#include "auth/change.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "ingest/batch.h"
#include "ingest/permit.h"
#include "ingest/reject.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/json.h"
#include "utils/resowner.h"

PG_FUNCTION_INFO_V1(ol_ingest);
PG_FUNCTION_INFO_V1(ol_ingest_batch);
PG_FUNCTION_INFO_V1(ol_ingest_command);

/* An answer 400 has these members, whatever else it has. */
#define REFUSAL "\"code\":400,\"message\":\"no event of the array can be stored\",\"details\":null,"

/* More events than this are applied one share after the other. */
#define SHARE_MAX_EVENTS 1000

/* An event of ingest_batch() and what became of it. */
typedef struct BatchItem
{
	const char *text;
	uint32		len;
	OlEvent    *event;			/* NULL: could not be read */
	const char *space;			/* namespace, NULL when it could not be read */
	OlFault		fault;			/* sqlstate 0: stored */
} BatchItem;

/* A body: one item, or those of an array. */
typedef struct Body
{
	bool		is_array;
	BatchItem  *items;
	int			nitems;
} Body;

/*
 * Plans that do not depend on how large the tables were when they were made,
 * so one is enough: a batch looks up some hundred keys, and every key has an
 * index.  Ends with AtEOXact_GUC(), or with the (sub)transaction.
 */
static int
prefer_indexes(void)
{
	static const char *const settings[][2] = {
		{"enable_seqscan", "off"}, {"enable_bitmapscan", "off"},
		{"enable_hashjoin", "off"}, {"enable_mergejoin", "off"},
		{"enable_material", "off"}, {"plan_cache_mode", "force_generic_plan"}
	};
	int			level = NewGUCNestLevel();

	for (size_t i = 0; i < lengthof(settings); i++)
		(void) set_config_option(settings[i][0], settings[i][1], PGC_USERSET,
								 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
								 false);
	return level;
}

/* Applies events with the rights of the owner of the tables, in memory of SPI. */
static void
apply_events(OlEvent **events, int n)
{
	OlBatch		batch = {0};
	OlTrusted	trusted;
	int			settings;

	batch.writable = ol_access_writable();
	ol_trusted_begin(&trusted);
	settings = prefer_indexes();
	SPI_connect();
	batch.events = palloc_array(OlEvent *, n);
	memcpy(batch.events, events, sizeof(OlEvent *) * n);
	batch.nevents = n;
	ol_batch_apply(&batch);
	SPI_finish();
	AtEOXact_GUC(true, settings);
	ol_trusted_end(&trusted);
}

static void
raise_fault(const OlFault *fault)
{
	ereport(ERROR,
			(errcode(fault->sqlstate),
			 errmsg("%s", fault->message),
			 fault->detail == NULL ? 0 : errdetail("%s", fault->detail)));
}

/* A command is written by change(), as the owner of the tables. */
static bool
is_permitted(OlEvent *event, bool is_command)
{
	OlTrusted	owner;
	bool		result;

	if (!is_command)
		return ol_event_permit(event);
	ol_change_as_caller(&owner);
	result = ol_event_permit(event);
	ol_trusted_end(&owner);
	return result;
}

static OlEvent *
parse_or_raise(const char *body, uint32 len, bool is_command)
{
	OlEvent    *event = palloc(sizeof(OlEvent));

	if (!ol_event_parse(event, body, len, is_command))
		raise_fault(&event->fault);
	if (!is_permitted(event, is_command))
		ol_access_refuse_write();
	return event;
}

/* The events of an array: each element's own text is the event. */
static List *
parse_array(const char *body, uint32 len, bool is_command)
{
	OlJson		json;
	List	   *events = NIL;

	if (!ol_json_parse(&json, body, len) ||
		ol_json_type(&json, 1) != OL_JSON_ARRAY)
		return list_make1(parse_or_raise(body, len, is_command));
	OL_JSON_FOREACH(element, &json, 1)
	{
		const OlJsonValue *value = &json.values[element];

		CHECK_FOR_INTERRUPTS();
		events = lappend(events, parse_or_raise(body + value->start,
												value->end - value->start,
												is_command));
	}
	return events;
}

static Datum
ingest(FunctionCallInfo fcinfo, bool is_command)
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
	events = parse_array(VARDATA_ANY(body), VARSIZE_ANY_EXHDR(body),
						 is_command);
	if (events == NIL)
		PG_RETURN_INT32(0);
	array = palloc_array(OlEvent *, list_length(events));
	foreach(cell, events)
		array[n++] = lfirst(cell);
	apply_events(array, n);
	PG_RETURN_INT32(n);
}

Datum
ol_ingest(PG_FUNCTION_ARGS)
{
	return ingest(fcinfo, false);
}

Datum
ol_ingest_command(PG_FUNCTION_ARGS)
{
	return ingest(fcinfo, true);
}

/* What an error was, for the event that it is about. */
static void
note_error(BatchItem *item, ErrorData *error)
{
	item->fault.sqlstate = error->sqlerrcode;
	item->fault.message = error->message;
	item->fault.detail = error->detail;
}

/*
 * Errors that are about the server, not about an event: nothing of the batch
 * can be stored now, and all of it may be sent again.  In a deadlock it is
 * the locks of what was applied before that others wait for.
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
		sqlstate == ERRCODE_T_R_DEADLOCK_DETECTED ||
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

/*
 * What was removed meanwhile is made again at the second try, and a partition
 * that maintain() made meanwhile is found.
 */
static bool
is_gone_at_second_try(int sqlstate)
{
	return sqlstate == ERRCODE_FOREIGN_KEY_VIOLATION ||
		sqlstate == ERRCODE_CHECK_VIOLATION;
}

/* Applies what can be read, as few subtransactions as the bad ones allow. */
static void
apply_items(BatchItem **items, int n)
{
	OlEvent   **events = palloc_array(OlEvent *, n);
	ErrorData  *error;

	for (int i = 0; i < n; i++)
		events[i] = items[i]->event;
	error = try_events(events, n);
	if (error != NULL && n == 1 && is_gone_at_second_try(error->sqlerrcode))
		error = try_events(events, n);
	pfree(events);
	if (error == NULL)
		return;
	if (n == 1)
	{
		note_error(items[0], error);
		return;
	}
	apply_items(items, n / 2);
	apply_items(items + n / 2, n - n / 2);
}

/* Of a body of many that are no events not much may be left. */
static void
drop_event(OlEvent *event)
{
	if (event->json.values != NULL)
		pfree(event->json.values);
	pfree(event);
}

static void
read_item(BatchItem *item, const char *text, uint32 len)
{
	OlEvent    *event = palloc(sizeof(OlEvent));

	memset(item, 0, sizeof(BatchItem));
	item->text = text;
	item->len = len;
	if (!ol_event_parse(event, text, len, false))
	{
		item->fault = event->fault;
		drop_event(event);
		return;
	}
	item->space = event->job.space;
	if (!ol_event_permit(event))
	{
		item->fault.sqlstate = ERRCODE_INSUFFICIENT_PRIVILEGE;
		item->fault.message = "permission denied to write this namespace";
		drop_event(event);
		return;
	}
	item->event = event;
}

/* All of the array has one answer. */
static void
refuse_array(Body *body, const char *text, uint32 len)
{
	body->is_array = false;
	body->nitems = 1;
	body->items = palloc0(sizeof(BatchItem));
	body->items->text = text;
	body->items->len = len;
	body->items->fault.sqlstate = ERRCODE_INVALID_PARAMETER_VALUE;
	body->items->fault.message = "most elements of the array are too short to be events";
	body->items->fault.detail = "Each element must be an OpenLineage event, a JSON object.";
}

/* A text that is no array is one event, and says itself what is wrong with it. */
static void
read_body(Body *body, bytea *bytes)
{
	const char *text = VARDATA_ANY(bytes);
	uint32		len = VARSIZE_ANY_EXHDR(bytes);
	uint32		blank = 0;
	OlJson		json;

	while (blank < len && strchr(" \t\r\n", text[blank]) != NULL &&
		   text[blank] != '\0')
		blank++;
	body->is_array = blank < len && text[blank] == '[' &&
		ol_json_parse(&json, text, len);
	body->nitems = 0;
	if (!body->is_array)
	{
		body->nitems = 1;
		body->items = palloc(sizeof(BatchItem));
		read_item(body->items, text, len);
		return;
	}
	if (ol_array_is_crowded(&json))
	{
		pfree(json.values);
		refuse_array(body, text, len);
		return;
	}
	body->items = palloc_array(BatchItem, json.nvalues);
	OL_JSON_FOREACH(element, &json, 1)
	{
		const OlJsonValue *value = &json.values[element];

		CHECK_FOR_INTERRUPTS();
		read_item(&body->items[body->nitems++], text + value->start,
				  value->end - value->start);
	}
	pfree(json.values);
}

static void
apply_bodies(Body *bodies, int n)
{
	BatchItem  *share[SHARE_MAX_EVENTS];
	int			nshare = 0;

	for (int i = 0; i < n; i++)
	{
		for (int j = 0; j < bodies[i].nitems; j++)
		{
			if (bodies[i].items[j].event == NULL)
				continue;
			share[nshare++] = &bodies[i].items[j];
			if (nshare == SHARE_MAX_EVENTS)
			{
				apply_items(share, nshare);
				nshare = 0;
			}
		}
	}
	if (nshare > 0)
		apply_items(share, nshare);
}

/* What is wrong with the event itself stays wrong however often it is sent. */
static bool
is_retriable(const OlFault *fault)
{
	int			category = ERRCODE_TO_CATEGORY(fault->sqlstate);

	return category != ERRCODE_DATA_EXCEPTION &&
		category != ERRCODE_PROGRAM_LIMIT_EXCEEDED &&
		fault->sqlstate != ERRCODE_INSUFFICIENT_PRIVILEGE;
}

/* Keeps what was wrong with the events that are of no use to send again. */
static void
log_rejections(const Body *bodies, int n)
{
	List	   *rejections = NIL;

	for (int i = 0; i < n; i++)
	{
		for (int j = 0; j < bodies[i].nitems; j++)
		{
			const BatchItem *item = &bodies[i].items[j];
			OlRejection *rejection;

			if (item->fault.sqlstate == 0 || is_retriable(&item->fault))
				continue;
			rejection = palloc(sizeof(OlRejection));
			rejection->text = item->text;
			rejection->len = item->len;
			rejection->space = item->space;
			rejection->fault = &item->fault;
			rejections = lappend(rejections, rejection);
		}
	}
	ol_rejections_store(rejections);
}

static void
append_failure(StringInfo list, int index, const OlFault *fault)
{
	bool		retriable = is_retriable(fault);

	if (retriable)
		ereport(LOG,
				(errmsg("could not store an event: %s", fault->message),
				 errdetail("SQLSTATE is %s.", unpack_sql_state(fault->sqlstate))));
	appendStringInfo(list, "%s{\"index\":%d,\"reason\":",
					 list->len > 0 ? "," : "", index);
	/* PostgreSQL's own words may tell of SQL and files */
	escape_json(list, retriable ? "the event could not be stored now" : fault->message);
	appendStringInfo(list, ",\"retriable\":%s}", retriable ? "true" : "false");
}

/*
 * The answer to an array, as the HTTP API of OpenLineage words it.  When
 * nothing was stored, state says whether to send it again: that of a bad
 * request, or one that gets better by waiting.  Else it is 0.
 */
static char *
array_answer(const Body *body, int *state)
{
	StringInfoData failures;
	int			failed = 0;
	int			retriable = 0;

	initStringInfo(&failures);
	for (int i = 0; i < body->nitems; i++)
	{
		const OlFault *fault = &body->items[i].fault;

		if (fault->sqlstate == 0)
			continue;
		append_failure(&failures, i, fault);
		failed++;
		retriable += is_retriable(fault);
	}
	*state = failed == 0 || failed < body->nitems ? 0 :
		retriable == 0 ? ERRCODE_INVALID_PARAMETER_VALUE :
		ERRCODE_T_R_SERIALIZATION_FAILURE;
	return psprintf("{%s\"status\":\"%s\",\"summary\":{\"received\":%d,\"successful\":%d,"
					"\"failed\":%d,\"retriable\":%d,\"non_retriable\":%d},"
					"\"failed_events\":[%s]}",
					*state == ERRCODE_INVALID_PARAMETER_VALUE ? REFUSAL : "",
					failed == 0 ? "success" :
					failed < body->nitems ? "partial_success" : "failure",
					body->nitems, body->nitems - failed, failed, retriable,
					failed - retriable, failures.data);
}

static void
return_body(ReturnSetInfo *result, int ordinal, const Body *body)
{
	Datum		values[5] = {Int32GetDatum(ordinal)};
	bool		nulls[5] = {false, true, true, true, true};
	const OlFault *fault = &body->items[0].fault;
	int			state;

	if (body->is_array)
	{
		values[4] = CStringGetTextDatum(array_answer(body, &state));
		nulls[4] = false;
		if (state != 0)
			values[1] = CStringGetTextDatum(unpack_sql_state(state));
		nulls[1] = state == 0;
	}
	else if (fault->sqlstate != 0)
	{
		const char *state = fault->sqlstate == ERRCODE_NULL_VALUE_NOT_ALLOWED ?
		"OL422" : unpack_sql_state(fault->sqlstate);

		values[1] = CStringGetTextDatum(state);
		values[2] = CStringGetTextDatum(fault->message);
		nulls[1] = nulls[2] = false;
		if (fault->detail != NULL)
		{
			values[3] = CStringGetTextDatum(fault->detail);
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

	InitMaterializedSRF(fcinfo, 0);
	deconstruct_array(array, BYTEAOID, -1, false, TYPALIGN_INT,
					  &elements, &nulls, &n);
	bodies = palloc_array(Body, n + 1);
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("body %d must not be null", i + 1)));
		read_body(&bodies[i], DatumGetByteaPP(elements[i]));
	}
	apply_bodies(bodies, n);
	log_rejections(bodies, n);
	for (int i = 0; i < n; i++)
		return_body(result, i + 1, &bodies[i]);
	return (Datum) 0;
}
