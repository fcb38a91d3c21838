/*-------------------------------------------------------------------------
 * told.c
 *	  When the facets of a dataset or job were told last.
 *
 * Most events repeat the facets that a dataset or job has, and only the time
 * they were told moves on.  It stands in one value of the row of activity that
 * every event of the node writes anyway, rather than in a row for each facet:
 * the stamp of a row of facet counts only while that value has none for it.
 * Likewise of a run, whose row every event of it writes.
 *
 * The value: the number of stamps and of facets, a byte each; the stamps (time
 * and hash of an event), first of all as they are what changes; the facets by
 * name: its length, a byte, and the name, the id in facet, the hash of the
 * content and, a byte, which stamp.  A facet is in there only while its row
 * has that content and is neither deleted nor hidden.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/compat.h"
#include "fmgr.h"
#include "ingest/facet.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#define MAX_FACETS 32			/* of a node in there; others are in their
								 * rows */
#define MAX_NAME 63
#define STAMP_SIZE (sizeof(TimestampTz) + UUID_LEN)

typedef struct ToldFacet
{
	const char *name;
	int			len;			/* of name */
	int64		id;
	OlFacetStamp stamp;
} ToldFacet;

typedef struct ToldFacets
{
	int			n;
	bool		changed;
	ToldFacet	items[MAX_FACETS];	/* by name */
} ToldFacets;

PG_FUNCTION_INFO_V1(ol_sql_told_time);
PG_FUNCTION_INFO_V1(ol_sql_told_hash);

/* What is left of a value. */
typedef struct Rest
{
	const char *at;
	const char *end;
} Rest;

static void
damaged(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("what a row of activity says of facets is damaged")));
}

static const char *
take(Rest *rest, Size len)
{
	const char *taken = rest->at;

	if (len > (Size) (rest->end - rest->at))
		damaged();
	rest->at += len;
	return taken;
}

static int
take_byte(Rest *rest)
{
	return (unsigned char) *take(rest, 1);
}

static void
read_facet(Rest *rest, const char *stamps, int nstamps, ToldFacet *facet)
{
	int			stamp;

	facet->len = take_byte(rest);
	facet->name = take(rest, facet->len);
	memcpy(&facet->id, take(rest, sizeof(int64)), sizeof(int64));
	memcpy(&facet->stamp.content, take(rest, UUID_LEN), UUID_LEN);
	stamp = take_byte(rest);
	if (stamp >= nstamps)
		damaged();
	stamps += stamp * STAMP_SIZE;
	memcpy(&facet->stamp.time, stamps, sizeof(TimestampTz));
	memcpy(&facet->stamp.event, stamps + sizeof(TimestampTz), UUID_LEN);
}

/* value may be NULL. */
static void
read_told(const bytea *value, ToldFacets *told)
{
	Rest		rest;
	const char *stamps;
	int			nstamps;

	told->n = 0;
	told->changed = false;
	if (value == NULL)
		return;
	rest.at = VARDATA_ANY(value);
	rest.end = rest.at + VARSIZE_ANY_EXHDR(value);
	nstamps = take_byte(&rest);
	told->n = take_byte(&rest);
	if (told->n > MAX_FACETS)
		damaged();
	stamps = take(&rest, nstamps * STAMP_SIZE);
	for (int i = 0; i < told->n; i++)
		read_facet(&rest, stamps, nstamps, &told->items[i]);
}

/* Which of the stamps so far is that of the facet; adds it. */
static Size
add_stamp(StringInfo stamps, const OlFacetStamp *stamp)
{
	char		bytes[STAMP_SIZE];
	Size		n = stamps->len / STAMP_SIZE;

	memcpy(bytes, &stamp->time, sizeof(TimestampTz));
	memcpy(bytes + sizeof(TimestampTz), &stamp->event, UUID_LEN);
	for (Size i = 0; i < n; i++)
	{
		if (memcmp(stamps->data + i * STAMP_SIZE, bytes, STAMP_SIZE) == 0)
			return i;
	}
	appendBinaryStringInfo(stamps, bytes, STAMP_SIZE);
	return n;
}

static bytea *
write_told(const ToldFacets *told)
{
	StringInfoData stamps;
	StringInfoData facets;
	bytea	   *value;
	char	   *at;

	initStringInfo(&stamps);
	initStringInfo(&facets);
	for (int i = 0; i < told->n; i++)
	{
		const ToldFacet *facet = &told->items[i];

		appendStringInfoChar(&facets, (char) facet->len);
		appendBinaryStringInfo(&facets, facet->name, facet->len);
		appendBinaryStringInfo(&facets, (const char *) &facet->id,
							   sizeof(int64));
		appendBinaryStringInfo(&facets,
							   (const char *) &facet->stamp.content, UUID_LEN);
		appendStringInfoChar(&facets,
							 (char) add_stamp(&stamps, &facet->stamp));
	}
	value = palloc(VARHDRSZ + 2 + stamps.len + facets.len);
	SET_VARSIZE(value, VARHDRSZ + 2 + stamps.len + facets.len);
	at = VARDATA(value);
	*at++ = (char) (stamps.len / STAMP_SIZE);
	*at++ = (char) told->n;
	memcpy(at, stamps.data, stamps.len);
	memcpy(at + stamps.len, facets.data, facets.len);
	pfree(stamps.data);
	pfree(facets.data);
	return value;
}

static int
compare_names(const ToldFacet *facet, const char *name, int len)
{
	int			order = memcmp(facet->name, name, Min(facet->len, len));

	return order != 0 ? order : facet->len - len;
}

/* Where the facet is; or, not *found, belongs. */
static int
find_facet(const ToldFacets *told, const char *name, int len, bool *found)
{
	int			i = 0;
	int			order = 1;

	while (i < told->n &&
		   (order = compare_names(&told->items[i], name, len)) < 0)
		i++;
	*found = i < told->n && order == 0;
	return i;
}

static void
add_facet(ToldFacets *told, int at, const OlFacetRow *row)
{
	ToldFacet  *facet = &told->items[at];

	memmove(facet + 1, facet, sizeof(ToldFacet) * (told->n - at));
	facet->name = row->facet->name;
	facet->len = strlen(row->facet->name);
	facet->id = row->id;
	facet->stamp = ol_facet_stamp(row);
	told->n++;
	told->changed = true;
}

static void
remove_facet(ToldFacets *told, int at)
{
	told->n--;
	memmove(&told->items[at], &told->items[at + 1],
			sizeof(ToldFacet) * (told->n - at));
	told->changed = true;
}

/* May be in there once it is what stands. */
static bool
is_lasting(const OlFacetRow *row)
{
	return !row->facet->deleted && !row->event->is_command;
}

/* A facet that is in there, against what the batch tells of it. */
static void
decide_told(ToldFacets *told, int at, OlFacetRow *row)
{
	ToldFacet  *facet = &told->items[at];
	OlFacetStamp stamp = ol_facet_stamp(row);

	row->is_told = true;
	row->id = facet->id;
	row->won = ol_facet_stamp_cmp(&stamp, &facet->stamp) > 0;
	row->changed = row->won &&
		(!is_lasting(row) ||
		 ol_hash_cmp(&stamp.content, &facet->stamp.content) != 0);
	if (!row->won)
		return;
	if (!is_lasting(row))
	{
		remove_facet(told, at);
		return;
	}
	facet->stamp = stamp;
	told->changed = true;
}

/*
 * Facets that are not in there, after they were compared with their rows.
 * What has no row gets its id here.
 */
static void
decide_others(ToldFacets *told, OlFacetRow *rows, int n)
{
	for (int i = 0; i < n; i++)
	{
		OlFacetRow *row = &rows[i];
		int			len = strlen(row->facet->name);
		bool		found;
		int			at = find_facet(told, row->facet->name, len, &found);

		if (row->is_told || told->n == MAX_FACETS || len > MAX_NAME ||
			!row->won || !is_lasting(row) ||
			ol_facet_uses_time(row->facet->name))
			continue;
		if (row->id == 0)
		{
			row->id = ol_facet_new_id();
			row->is_new = true;
		}
		row->is_told = true;
		add_facet(told, at, row);
	}
}

/* Decides the rows that are in there; returns whether others may come to be. */
static bool
decide_own(ToldFacets *told, OlFacetRow *own, int n)
{
	bool		others = false;

	for (int i = 0; i < n; i++)
	{
		const char *name = own[i].facet->name;
		bool		found;
		int			at = find_facet(told, name, strlen(name), &found);

		/* may have been decided by an older row: as it was gathered */
		own[i].is_told = false;
		own[i].id = 0;
		own[i].won = own[i].changed = true;
		if (found)
			decide_told(told, at, &own[i]);
		else if (!ol_facet_uses_time(name))
			others = true;
	}
	return others;
}

/*
 * own: n rows of one node or run; is_stored: others of it may be.  unknown:
 * set where rows of facets have to be looked at, and to be called again; or NULL.
 */
static bytea *
apply(OlFacetRows *rows, OlFacetRow *own, int n, bool is_stored,
	  const bytea *was, bool *unknown)
{
	ToldFacets	told;

	if (n == 0)
		return NULL;
	read_told(was, &told);
	if (decide_own(&told, own, n))
	{
		if (unknown != NULL)
		{
			*unknown = true;
			return NULL;
		}
		if (is_stored)
			ol_facet_rows_compare(rows, own);
		decide_others(&told, own, n);
	}
	return told.changed ? write_told(&told) : NULL;
}

/*
 * Decides the facets of a node's own that the batch tells, against what its
 * row of activity says of them and, for those it says nothing of, against
 * their rows.  Returns what the row of activity has to say now, or NULL when
 * it says so already; was may be NULL.  The caller holds that row, or gives
 * unknown: then it is set where rows of facets have to be looked at, for which
 * the row has to be held first.
 */
bytea *
ol_told_apply(OlFacetRows *rows, int node_id, const bytea *was, bool *unknown)
{
	int			n;
	OlFacetRow *own = ol_facet_rows_of_node(rows, node_id, &n);

	return apply(rows, own, n, true, was, unknown);
}

/* The same of a run's own facets, and of its row; a new one has none stored. */
bytea *
ol_told_apply_run(OlFacetRows *rows, const pg_uuid_t *run_id, bool is_stored,
				  const bytea *was)
{
	int			n;
	OlFacetRow *own = ol_facet_rows_of_run(rows, run_id, &n);

	return apply(rows, own, n, is_stored, was, NULL);
}

/* Whether all that the batch tells of a run's own facets is of this namespace. */
bool
ol_told_run_is_of(OlFacetRows *rows, const pg_uuid_t *run_id, int space_id)
{
	int			n;
	const OlFacetRow *own = ol_facet_rows_of_run(rows, run_id, &n);

	for (int i = 0; i < n; i++)
	{
		if (own[i].space_id != space_id)
			return false;
	}
	return true;
}

/* The facet of a value that SQL asks for; false: it is not in there. */
static bool
find_in_value(FunctionCallInfo fcinfo, OlFacetStamp *stamp)
{
	ToldFacets	told;
	text	   *name;
	bool		found;
	int			at;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return false;
	read_told(PG_GETARG_BYTEA_PP(0), &told);
	name = PG_GETARG_TEXT_PP(1);
	at = find_facet(&told, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), &found);
	if (found)
		*stamp = told.items[at].stamp;
	return found;
}

Datum
ol_sql_told_time(PG_FUNCTION_ARGS)
{
	OlFacetStamp stamp;

	if (!find_in_value(fcinfo, &stamp))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(stamp.time);
}

Datum
ol_sql_told_hash(PG_FUNCTION_ARGS)
{
	OlFacetStamp stamp;
	pg_uuid_t  *hash;

	if (!find_in_value(fcinfo, &stamp))
		PG_RETURN_NULL();
	hash = palloc(sizeof(pg_uuid_t));
	*hash = stamp.event;
	PG_RETURN_UUID_P(hash);
}
