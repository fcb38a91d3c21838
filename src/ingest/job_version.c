/*-------------------------------------------------------------------------
 * job_version.c
 *	  Versions of jobs that new runs tell of again.
 *
 * A new run mostly tells of its job what a run before it told: the same ids,
 * location and code.  To find that version before the row of the run is written
 * saves a second version of the row; others are found, or made, by
 * refresh_job_versions().
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

/* ids: sorted, with repeats; those stored are sorted, each once. */
static bool
has_ids(VersionTable *table, AttrNumber column, const List *ids)
{
	bool		isnull;
	ArrayType  *array =
	DatumGetArrayTypeP(ol_probe_column(&table->of_job, column, &isnull));
	const int32 *stored = (const int32 *) ARR_DATA_PTR(array);
	int			nstored = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	int			n = 0;
	ListCell   *cell;

	foreach(cell, ids)
	{
		if (n > 0 && stored[n - 1] == lfirst_int(cell))
			continue;
		if (n == nstored || stored[n] != lfirst_int(cell))
			return false;
		n++;
	}
	return n == nstored;
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
	value = ol_probe_column(&table->of_job, table->location, &isnull);
	if (isnull != (run->location == NULL) ||
		(!isnull && strcmp(TextDatumGetCString(value), run->location) != 0))
		return false;
	return has_ids(table, table->datasets[0], run->datasets[0]) &&
		has_ids(table, table->datasets[1], run->datasets[1]);
}

/* The first that was made; 0: there is none. */
static int64
find_version(VersionTable *table, OlRun *run)
{
	Datum		job_id = Int32GetDatum(run->job->id);
	int64		found = 0;

	list_sort(run->datasets[0], list_int_cmp);
	list_sort(run->datasets[1], list_int_cmp);
	ol_probe_seek(&table->of_job, &job_id, NULL);
	while (ol_probe_next(&table->of_job))
	{
		bool		isnull;
		int64		id = DatumGetInt64(ol_probe_column(&table->of_job, table->id,
													   &isnull));

		if ((found == 0 || id < found) && is_told(table, run))
			found = id;
	}
	return found;
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
	ListCell   *cell;

	open_versions(&table);
	foreach(cell, runs)
	{
		OlRun	   *run = lfirst(cell);

		if (!run->is_placeholder && tells_version(run) &&
			hash_search(batch->known_runs, &run->id, HASH_FIND, NULL) == NULL)
			run->version_id = find_version(&table, run);
	}
	ol_probe_end(&table.of_job);
}
