/*-------------------------------------------------------------------------
 * field.c
 *	  Columns and their hubs, one by one and without a statement.
 *
 * What gear 1 asks of the table of columns, and what names columns of small
 * answers, as node.c does for nodes: only for callers of whom is known what
 * they may read (reader.c), a row that may not be seen is not found, and rows
 * are seen in the active snapshot.
 *
 * A hub is the column named '' (levels.c).  Mostly there is none at all, which
 * is asked once, so that the columns of a level need not be looked up.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/hash.h"
#include "base/probe.h"
#include "graph/field.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/uuid.h"

/* How many columns are looked up between looks at interrupts. */
#define INTERRUPT_EVERY 256

/* By which key. */
typedef enum Key
{
	FIELD_BY_ID,
	FIELD_BY_NAME,
	FIELD_BY_DATASET,
	HUB_BY_DATASET,
	ANY_HUB,
	KEYS
} Key;

static const struct
{
	const char *index;
	int			nkeys;
}			keys[KEYS] = {
	[FIELD_BY_ID] = {"dataset_field_pkey", 1},
	[FIELD_BY_NAME] = {"dataset_field_name_key", 2},
	[FIELD_BY_DATASET] = {"dataset_field_name_key", 1},
	[HUB_BY_DATASET] = {"dataset_field_whole_idx", 1},
	[ANY_HUB] = {"dataset_field_whole_idx", 0}
};

struct OlFields
{
	const OlReadable *readable; /* NULL: everything */
	OlProbe		probes[KEYS];
	bool		is_open[KEYS];
	AttrNumber	id;				/* columns; 0 before a probe is open */
	AttrNumber	dataset_id;
	AttrNumber	namespace_id;
	AttrNumber	name;
	bool		knows_hubs;
	bool		has_hubs;		/* there is one, seen by the caller or not */
	OlProbe    *found;			/* the column found last */
};

/* The reader, of OL_GRAPH_COLUMNS, must not have been refused. */
OlFields *
ol_fields_open(const OlReader *reader)
{
	OlFields   *fields = palloc0(sizeof(OlFields));

	Assert(reader->refusal == NULL);
	fields->readable = reader->readable;
	return fields;
}

void
ol_fields_close(OlFields *fields)
{
	for (int i = 0; i < KEYS; i++)
	{
		if (fields->is_open[i])
			ol_probe_end(&fields->probes[i]);
	}
	pfree(fields);
}

static OlProbe *
probe_by(OlFields *fields, Key key)
{
	OlProbe    *probe = &fields->probes[key];
	Oid			table;

	if (fields->is_open[key])
		return probe;
	ol_probe_begin_reading(probe, keys[key].index, keys[key].nkeys, false);
	fields->is_open[key] = true;
	table = RelationGetRelid(probe->table);
	if (fields->id == 0)
	{
		fields->id = get_attnum(table, "id");
		fields->dataset_id = get_attnum(table, "dataset_id");
		fields->namespace_id = get_attnum(table, "namespace_id");
		fields->name = get_attnum(table, "name");
	}
	return probe;
}

static int32
int_column(OlProbe *probe, AttrNumber column)
{
	bool		isnull;

	return DatumGetInt32(ol_probe_column(probe, column, &isnull));
}

/* The next row with the key that may be seen. */
static bool
next_row(const OlFields *fields, OlProbe *probe)
{
	return ol_readable_next(fields->readable, probe, fields->namespace_id);
}

static OlProbe *
find_row(OlFields *fields, Key key, const Datum *values)
{
	OlProbe    *probe = probe_by(fields, key);

	ol_probe_seek(probe, values, NULL);
	return next_row(fields, probe) ? probe : NULL;
}

static bool
has_hubs(OlFields *fields)
{
	OlProbe    *probe;

	if (fields->knows_hubs)
		return fields->has_hubs;
	probe = probe_by(fields, ANY_HUB);
	ol_probe_seek(probe, NULL, NULL);
	fields->has_hubs = ol_probe_next(probe);
	fields->knows_hubs = true;
	return fields->has_hubs;
}

/* Whether there is one that may be seen. */
bool
ol_fields_find(OlFields *fields, int32 id, OlColumn *field)
{
	Datum		values[1] = {Int32GetDatum(id)};
	OlProbe    *probe = find_row(fields, FIELD_BY_ID, values);
	bool		isnull;
	Datum		name;

	if (probe == NULL)
		return false;
	fields->found = probe;
	name = ol_probe_column(probe, fields->name, &isnull);
	field->id = id;
	field->dataset_id = int_column(probe, fields->dataset_id);
	field->is_hub = VARSIZE_ANY_EXHDR(DatumGetPointer(name)) == 0;
	return true;
}

/* The name of the column that ol_fields_find() found last, as a copy. */
text *
ol_fields_name(OlFields *fields)
{
	bool		isnull;

	return DatumGetTextPCopy(ol_probe_column(fields->found, fields->name,
											 &isnull));
}

/* Id of the column of this very name, or 0. */
int32
ol_fields_find_name(OlFields *fields, int32 dataset_id, const char *name,
					int len)
{
	OlHash		hash = ol_hash(name, len);
	Datum		values[2] = {Int32GetDatum(dataset_id),
	UUIDPGetDatum(&hash)};
	OlProbe    *probe = find_row(fields, FIELD_BY_NAME, values);

	return probe == NULL ? 0 : int_column(probe, fields->id);
}

/* Add (hub, column) for those of the columns that belong to one. */
void
ol_fields_hubs(OlFields *fields, const int32 *ids, int n, OlPairs *hubs)
{
	if (!has_hubs(fields))
		return;
	for (int i = 0; i < n; i++)
	{
		OlColumn	field;
		Datum		values[1];
		OlProbe    *probe;
		int32		hub;

		if (i % INTERRUPT_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		if (!ol_fields_find(fields, ids[i], &field) || field.is_hub)
			continue;
		values[0] = Int32GetDatum(field.dataset_id);
		probe = find_row(fields, HUB_BY_DATASET, values);
		if (probe == NULL)
			continue;
		hub = int_column(probe, fields->id);
		ol_pairs_add(hubs, hub, ids[i]);
	}
}

/* Add the columns of a hub; false when it is none, or the only column. */
bool
ol_fields_members(OlFields *fields, int32 id, int32 from, OlPairs *members)
{
	OlColumn	field;
	OlProbe    *probe;
	Datum		values[1];
	bool		any = false;

	if (!has_hubs(fields) || !ol_fields_find(fields, id, &field) ||
		!field.is_hub)
		return false;
	values[0] = Int32GetDatum(field.dataset_id);
	probe = find_row(fields, FIELD_BY_DATASET, values);
	for (bool more = probe != NULL; more; more = next_row(fields, probe))
	{
		int32		column = int_column(probe, fields->id);

		CHECK_FOR_INTERRUPTS();
		if (column == id)
			continue;
		ol_pairs_add(members, column, from);
		any = true;
	}
	return any;
}
