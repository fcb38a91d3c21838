/*-------------------------------------------------------------------------
 * batch.c
 *	  Stores a batch of bodies in one transaction.
 *
 * Bodies that came with the same token are a group; each group is stored with
 * the rights of its token, all in one transaction, so that many producers
 * still share one commit.  A token that is refused takes only its own group
 * with it: login runs in a subtransaction.  Where no body has a token there
 * is one group and nothing to log in, as if there were no tokens at all.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/xact.h"
#include "base/compat.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "login.h"
#include "reply.h"

/* Marquez' answer to an event, and that of OpenLineage to an array of them. */
#define STORED_STATUS "201"
#define ARRAY_STATUS "200"
#define REFUSED_STATUS "400"	/* no event of the array can be stored */

/* What ingest_batch() says of an array to be sent again: answered like an event. */
#define SEND_AGAIN "40001"

#define INGEST_QUERY \
	"SELECT b.ordinal, b.sqlstate, b.message, b.detail, b.answer" \
	" FROM openlineage.ingest_batch($1) AS b"

/* Bounds of a portion of a long array: half a second of work or so. */
#define PORTION_MAX_EVENTS 500
#define PORTION_MAX_BYTES (1024 * 1024)

#define PORTIONS_QUERY \
	"SELECT openlineage.event_portions($1, $2, $3)"
#define PORTION_QUERY \
	"SELECT r.failed_events, concat_ws(' ', r.received, r.failed, r.retriable)" \
	" FROM openlineage.portion_result($1::json, $2) AS r"

/* What one body is answered. */
typedef struct BodyAnswer
{
	const char *sqlstate;
	const char *text;
	const char *detail;
	const char *status;
} BodyAnswer;

/* Bodies of one token. */
typedef struct BodyGroup
{
	OlCaller	caller;
	uint32		hash;			/* of the token */
	int		   *bodies;			/* ordinals in the batch */
	int			nbodies;
	OlLogin		login;
} BodyGroup;

typedef struct Batch
{
	const OlMessage *request;
	int			nbodies;
	BodyAnswer *answers;
	BodyGroup  *groups;
	int			ngroups;
	int		   *group_of;		/* of each body */
} Batch;

int
ol_batch_bodies(const OlMessage *request)
{
	return (request->count - OL_BATCH_BODIES) / OL_BODY_FIELDS;
}

static const shm_mq_iovec *
body_field(const Batch *batch, int body, int field)
{
	return &batch->request->fields[OL_BATCH_BODIES + body * OL_BODY_FIELDS + field];
}

static bool
same_caller(const OlCaller *a, const OlCaller *b)
{
	return a->token.len == b->token.len &&
		memcmp(a->token.data, b->token.data, a->token.len) == 0 &&
		strcmp(a->fault, b->fault) == 0;
}

static int
find_group(Batch *batch, const OlCaller *caller)
{
	uint32		hash = hash_bytes((const unsigned char *) caller->token.data,
								  caller->token.len);
	BodyGroup  *group;

	for (int i = 0; i < batch->ngroups; i++)
		if (batch->groups[i].hash == hash &&
			same_caller(&batch->groups[i].caller, caller))
			return i;
	group = &batch->groups[batch->ngroups];
	memset(group, 0, sizeof(*group));
	group->caller = *caller;
	group->hash = hash;
	group->bodies = palloc(batch->nbodies * sizeof(int));
	group->login.user = group->login.client = "";
	return batch->ngroups++;
}

static Batch *
read_batch(const OlMessage *request)
{
	Batch	   *batch = palloc0(sizeof(Batch));
	OlCaller	caller = {0};

	batch->request = request;
	batch->nbodies = ol_batch_bodies(request);
	batch->answers = palloc0(batch->nbodies * sizeof(BodyAnswer));
	batch->groups = palloc(batch->nbodies * sizeof(BodyGroup));
	batch->group_of = palloc(batch->nbodies * sizeof(int));
	caller.is_required = request->fields[OL_BATCH_REQUIRED].len > 0;
	caller.needs = request->fields[OL_BATCH_NEEDS].data;
	for (int i = 0; i < batch->nbodies; i++)
	{
		BodyGroup  *group;

		caller.token = *body_field(batch, i, OL_BODY_TOKEN);
		caller.fault = body_field(batch, i, OL_BODY_FAULT)->data;
		batch->group_of[i] = find_group(batch, &caller);
		group = &batch->groups[batch->group_of[i]];
		group->bodies[group->nbodies++] = i;
	}
	return batch;
}

static bytea *
copy_bytes(const shm_mq_iovec *text)
{
	bytea	   *body = palloc(text->len + VARHDRSZ);

	SET_VARSIZE(body, text->len + VARHDRSZ);
	memcpy(VARDATA(body), text->data, text->len);
	return body;
}

static Datum
body_array(const Batch *batch, const BodyGroup *group)
{
	Datum	   *elements = palloc(group->nbodies * sizeof(Datum));
	ArrayType  *array;

	for (int i = 0; i < group->nbodies; i++)
	{
		elements[i] = PointerGetDatum(copy_bytes(body_field(batch, group->bodies[i], OL_BODY_TEXT)));
	}
	array = construct_array(elements, group->nbodies, BYTEAOID, -1, false,
							TYPALIGN_INT);
	for (int i = 0; i < group->nbodies; i++)
		pfree(DatumGetPointer(elements[i]));
	return PointerGetDatum(array);
}

/* What became of one body; that of an array is answered whole. */
static BodyAnswer
take_result(HeapTuple row, bool is_portion)
{
	char	   *sqlstate = ol_session_column(row, 2);
	char	   *message = ol_session_column(row, 3);
	char	   *detail = ol_session_column(row, 4);
	char	   *array = ol_session_column(row, 5);
	BodyAnswer	answer = {*sqlstate == '\0' ? OL_STATE_DONE : sqlstate, message, detail, STORED_STATUS};

	if (*array != '\0' && (is_portion || strcmp(sqlstate, SEND_AGAIN) != 0))
	{
		answer.sqlstate = OL_STATE_DONE;
		answer.text = array;
		answer.detail = "";
		answer.status = *sqlstate == '\0' ? ARRAY_STATUS : REFUSED_STATUS;
	}
	else if (*sqlstate != '\0' && ol_reply_is_defect(sqlstate))
		ereport(LOG,
				(errmsg("could not store an event: %s", message),
				 errdetail("SQLSTATE is %s. %s", sqlstate, detail)));
	return answer;
}

/*
 * A long array is not stored now: the server is told where to cut it, and
 * comes back with one portion after the other.
 */
static bool
cut_array(Batch *batch, int body)
{
	Oid			types[] = {BYTEAOID, INT4OID, INT4OID};
	Datum		values[lengthof(types)];
	char	   *numbers;

	if (strcmp(body_field(batch, body, OL_BODY_PORTION)->data, "?") != 0)
		return false;
	values[0] = PointerGetDatum(copy_bytes(body_field(batch, body, OL_BODY_TEXT)));
	values[1] = Int32GetDatum(PORTION_MAX_EVENTS);
	values[2] = Int32GetDatum(PORTION_MAX_BYTES);
	if (SPI_execute_plan(ol_session_plan("event_portions", PORTIONS_QUERY, lengthof(types), types),
						 values, NULL, true, 1) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "event_portions() did not return a row");
	numbers = ol_session_column(SPI_tuptable->vals[0], 1);
	pfree(DatumGetPointer(values[0]));
	if (*numbers == '\0')
		return false;
	batch->answers[body] = (BodyAnswer)
	{
		OL_STATE_PORTIONS, numbers, "", ""
	};
	return true;
}

/* What became of a portion, with the ordinals of the whole array. */
static void
number_portion(Batch *batch, int body)
{
	Oid			types[] = {TEXTOID, INT4OID};
	Datum		values[lengthof(types)];
	BodyAnswer *answer = &batch->answers[body];

	values[0] = CStringGetTextDatum(answer->text);
	values[1] = Int32GetDatum((int32) strtol(body_field(batch, body, OL_BODY_PORTION)->data, NULL, 10));
	if (SPI_execute_plan(ol_session_plan("portion_result", PORTION_QUERY, lengthof(types), types),
						 values, NULL, true, 1) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "portion_result() did not return a row");
	answer->text = ol_session_column(SPI_tuptable->vals[0], 1);
	answer->detail = ol_session_column(SPI_tuptable->vals[0], 2);
}

static bool
is_portion(const Batch *batch, int body)
{
	const char *base = body_field(batch, body, OL_BODY_PORTION)->data;

	return *base >= '0' && *base <= '9';
}

/* Every body of a group gets the same answer. */
static void
answer_group(Batch *batch, const BodyGroup *group, const ErrorData *error)
{
	MemoryContext before = MemoryContextSwitchTo(ol_session_context);
	BodyAnswer	answer = {
		.sqlstate = pstrdup(unpack_sql_state(error->sqlerrcode)),
		.text = pstrdup(error->message == NULL ? "" : error->message),
		.detail = pstrdup(error->detail == NULL ? "" : error->detail),
		.status = pstrdup(error->column_name == NULL ? "" : error->column_name),
	};

	for (int i = 0; i < group->nbodies; i++)
		batch->answers[group->bodies[i]] = answer;
	MemoryContextSwitchTo(before);
}

/*
 * Errors of login() that are about the server end the batch; any other is the
 * business of those who sent the token.
 */
static bool
is_about_token(const ErrorData *error)
{
	int			category = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return category != ERRCODE_INSUFFICIENT_RESOURCES &&
		category != ERRCODE_OPERATOR_INTERVENTION &&
		category != ERRCODE_SYSTEM_ERROR;
}

/* Verifies the group's token; false when it was refused, and answered so. */
static bool
check_group(Batch *batch, BodyGroup *group)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		ol_login_check(&group->login, &group->caller, OL_WRITER);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (error == NULL)
		return true;
	if (!is_about_token(error))
		ReThrowError(error);
	answer_group(batch, group, error);
	return false;
}

/* One row for each body, in order. */
static void
store_group(Batch *batch, BodyGroup *group)
{
	Oid			types[1] = {BYTEAARRAYOID};
	Datum		values[1];

	ol_login_become(&group->login);
	for (int i = group->nbodies - 1; i >= 0; i--)
	{
		/* it leaves the group */
		if (cut_array(batch, group->bodies[i]))
			group->bodies[i] = group->bodies[--group->nbodies];
	}
	values[0] = body_array(batch, group);
	if (SPI_execute_plan(ol_session_plan("ingest_batch", INGEST_QUERY, 1, types),
						 values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "ingest_batch() did not return rows");
	if (SPI_processed != group->nbodies)
		elog(ERROR, "ingest_batch() answered " UINT64_FORMAT " rows to %d bodies",
			 SPI_processed, group->nbodies);
	for (int i = 0; i < group->nbodies; i++)
		batch->answers[group->bodies[i]] = take_result(SPI_tuptable->vals[i],
													   is_portion(batch, group->bodies[i]));
	for (int i = 0; i < group->nbodies; i++)
		if (is_portion(batch, group->bodies[i]))
			number_portion(batch, group->bodies[i]);
	ol_login_leave(&group->login);
}

/* Without any token there is nothing to fail alone, and nothing to forget. */
static void
store_anonymous(Batch *batch)
{
	ol_login_check(&batch->groups[0].login, &batch->groups[0].caller, OL_WRITER);
	store_group(batch, &batch->groups[0]);
}

static void
store_groups(Batch *batch)
{
	for (int i = 0; i < batch->ngroups; i++)
	{
		/* no group may see the claims of the one before */
		ol_session_set("openlineage._claims", "");
		if (check_group(batch, &batch->groups[i]))
			store_group(batch, &batch->groups[i]);
	}
}

static bool
is_anonymous(const Batch *batch)
{
	const OlCaller *caller = &batch->groups[0].caller;

	return batch->ngroups == 1 && caller->token.len == 0 && *caller->fault == '\0';
}

void
ol_batch_run(const OlMessage *request, OlMessage *answer)
{
	Batch	   *batch = read_batch(request);

	ol_session_begin(false);
	if (is_anonymous(batch))
		store_anonymous(batch);
	else
		store_groups(batch);
	ol_session_end();

	MemoryContextSwitchTo(ol_session_context);
	for (int i = 0; i < batch->nbodies; i++)
	{
		const BodyAnswer *body = &batch->answers[i];
		const OlLogin *login = &batch->groups[batch->group_of[i]].login;

		ol_message_add_text(answer, body->sqlstate);
		ol_message_add_text(answer, body->text);
		ol_message_add_text(answer, body->detail);
		ol_message_add_text(answer, body->status);
		ol_message_add_text(answer, login->user);
		ol_message_add_text(answer, login->client);
	}
}
