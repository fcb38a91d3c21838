/*-------------------------------------------------------------------------
 * job_version.c
 *	  Versions of jobs that new runs tell of again.
 *
 * A new run mostly tells of its job what a run before it told: the same ids,
 * location and code.  To find that version before the row of the run is written
 * saves a second version of the row; others are found, or made, by
 * refresh_job_versions().
 *
 * Mostly a job has few versions, and to look at them is cheapest.  One that
 * writes a dataset of each day has a version for each of its runs: beyond a few
 * it is looked up by the hash of its content, which is one of names.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/probe.h"
#include "ingest/run.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

typedef struct VersionTable
{
	OlProbe		of_job;
	AttrNumber	id;
	AttrNumber	datasets[2];	/* inputs, outputs */
	AttrNumber	location;
	AttrNumber	code_hash;
} VersionTable;

static void
open_versions(VersionTable *table)
{
	Oid			versions;

	ol_probe_begin(&table->of_job, "job_version_content_key", 1);
	versions = RelationGetRelid(table->of_job.table);
	table->id = get_attnum(versions, "id");
	table->datasets[0] = get_attnum(versions, "inputs");
	table->datasets[1] = get_attnum(versions, "outputs");
	table->location = get_attnum(versions, "location");
	table->code_hash = get_attnum(versions, "code_hash");
}

static int
compare_ids(const ListCell *a, const ListCell *b)
{
	const OlName *x = lfirst(a);
	const OlName *y = lfirst(b);

	return x->id < y->id ? -1 : x->id > y->id;
}

/* names: sorted by id, with repeats; ids stored are sorted, each once. */
static bool
has_ids(VersionTable *table, AttrNumber column, const List *names)
{
	bool		isnull;
	Datum		value = ol_probe_column(&table->of_job, column, &isnull);
	ArrayType  *array = DatumGetArrayTypeP(value);
	const int32 *stored = (const int32 *) ARR_DATA_PTR(array);
	int			nstored = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	bool		same = true;
	int			n = 0;
	ListCell   *cell;

	foreach(cell, names)
	{
		const OlName *name = lfirst(cell);

		if (n > 0 && stored[n - 1] == name->id)
			continue;
		same = n < nstored && stored[n] == name->id;
		if (!same)
			break;
		n++;
	}
	same = same && n == nstored;
	if ((Pointer) array != DatumGetPointer(value))
		pfree(array);
	return same;
}

static bool
has_location(VersionTable *table, const char *location)
{
	bool		isnull;
	Datum		value = ol_probe_column(&table->of_job, table->location, &isnull);
	char	   *stored;
	bool		same;

	if (isnull || location == NULL)
		return isnull && location == NULL;
	stored = TextDatumGetCString(value);
	same = strcmp(stored, location) == 0;
	pfree(stored);
	return same;
}

/* Whether the version that the probe is at says what the run tells. */
static bool
is_told(VersionTable *table, const OlRun *run)
{
	bool		isnull;
	Datum		value = ol_probe_column(&table->of_job, table->code_hash, &isnull);

	if (isnull == run->has_code ||
		(run->has_code && ol_hash_cmp(DatumGetUUIDP(value), &run->code) != 0))
		return false;
	return has_location(table, run->location) &&
		has_ids(table, table->datasets[0], run->datasets[0]) &&
		has_ids(table, table->datasets[1], run->datasets[1]);
}

/* A dataset by the hashes of its namespace and of its name. */
typedef struct NamePair
{
	OlHash		space;
	OlHash		name;
} NamePair;

static void
append_hash(StringInfo out, const OlHash *hash)
{
	char	   *text = DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(hash)));

	appendStringInfoString(out, text);
	pfree(text);
}

static int
compare_pairs(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(NamePair));
}

/*
 * The names of one side; false where a dataset is called by another name than
 * that of its node, whose hash is not at hand.
 */
static bool
append_names(StringInfo out, char side, const List *names)
{
	NamePair   *pairs = palloc_array(NamePair, list_length(names));
	const OlName *last = NULL;
	int			n = 0;
	ListCell   *cell;

	foreach(cell, names)
	{
		const OlName *name = lfirst(cell);

		if (name->id != name->own_id)
			return false;
		if (last != NULL && last->id == name->id)
			continue;
		last = name;
		pairs[n].space = name->space->hash;
		pairs[n++].name = name->hash;
	}
	qsort(pairs, n, sizeof(NamePair), compare_pairs);
	for (int i = 0; i < n; i++)
	{
		appendStringInfo(out, " %c", side);
		append_hash(out, &pairs[i].space);
		append_hash(out, &pairs[i].name);
	}
	pfree(pairs);
	return true;
}

/* What job_version_hash() makes of the run; false: it has to be asked. */
static bool
hash_content(const OlRun *run, OlHash *content)
{
	StringInfoData text;
	bool		known;

	initStringInfo(&text);
	if (run->location != NULL)
	{
		OlHash		location = ol_hash(run->location, strlen(run->location));

		append_hash(&text, &location);
	}
	appendStringInfoChar(&text, ' ');
	if (run->has_code)
		append_hash(&text, &run->code);
	known = append_names(&text, 'i', run->datasets[0]) &&
		append_names(&text, 'o', run->datasets[1]);
	if (known)
		*content = ol_hash(text.data, text.len);
	pfree(text.data);
	return known;
}

/* So many versions of a job are looked at. */
#define FEW_VERSIONS 16

/* Looks at the first few; whether it is known now which version it is, if any. */
static bool
find_among_few(VersionTable *table, OlRun *run)
{
	Datum		job_id = Int32GetDatum(run->job->id);

	list_sort(run->datasets[0], compare_ids);
	list_sort(run->datasets[1], compare_ids);
	ol_probe_seek(&table->of_job, &job_id, NULL);
	for (int i = 0; i < FEW_VERSIONS; i++)
	{
		bool		isnull;

		if (!ol_probe_next(&table->of_job))
			return true;
		if (!is_told(table, run))
			continue;
		run->version_id = DatumGetInt64(ol_probe_column(&table->of_job,
														table->id, &isnull));
		return true;
	}
	return false;
}

static void
find_by_content(const VersionTable *table, List *runs)
{
	OlProbe		versions;
	ListCell   *cell;

	ol_probe_begin(&versions, "job_version_content_key", 2);
	foreach(cell, runs)
	{
		OlRun	   *run = lfirst(cell);
		OlHash		content;
		Datum		keys[] = {
			Int32GetDatum(run->job->id), UUIDPGetDatum(&content)
		};
		bool		isnull;

		if (hash_content(run, &content) && ol_probe_find(&versions, keys))
			run->version_id = DatumGetInt64(ol_probe_column(&versions,
															table->id, &isnull));
	}
	ol_probe_end(&versions);
}

static bool
tells_version(const OlRun *run)
{
	return run->datasets[0] != NIL || run->datasets[1] != NIL ||
		run->code_at.hash != NULL;
}

void
ol_job_versions_find(const OlBatch *batch, List *runs)
{
	VersionTable table;
	List	   *others = NIL;
	ListCell   *cell;

	open_versions(&table);
	foreach(cell, runs)
	{
		OlRun	   *run = lfirst(cell);

		if (!run->is_placeholder && tells_version(run) &&
			hash_search(batch->known_runs, &run->id, HASH_FIND, NULL) == NULL &&
			!find_among_few(&table, run))
			others = lappend(others, run);
	}
	ol_probe_end(&table.of_job);
	if (others != NIL)
		find_by_content(&table, others);
}
