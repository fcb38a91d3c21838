/*-------------------------------------------------------------------------
 * parent.c
 *	  The parent of a job: that of its latest event with a parent facet.
 *
 * Rows of job are written without a statement: whoever changes one holds the
 * row of the job in job_activity, and we hold it (entity.c).
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/probe.h"
#include "base/writer.h"
#include "ingest/batch.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* Of openlineage.job, in the order of columns[]. */
enum
{
	PARENT_ID, PARENT_TIME, PARENT_HASH, PARENT_COLUMNS
};

static const char *const columns[] = {
	"parent_id", "parent_time", "parent_hash"
};

/* By job, and of one job the latest first. */
static int
compare_events(const void *a, const void *b)
{
	const OlEvent *x = *(OlEvent *const *) a;
	const OlEvent *y = *(OlEvent *const *) b;

	if (x->job.id->id != y->job.id->id)
		return x->job.id->id < y->job.id->id ? -1 : 1;
	return ol_event_compare(y, x);
}

/* Events that name a parent; a job is not its own. */
static OlEvent **
gather_events(const OlBatch *batch, int *n)
{
	OlEvent   **events = palloc_array(OlEvent *, batch->nevents);

	*n = 0;
	for (int i = 0; i < batch->nevents; i++)
	{
		OlEvent    *event = batch->events[i];

		if (event->parent.given &&
			event->parent.job.id->id != event->job.id->id)
			events[(*n)++] = event;
	}
	qsort(events, *n, sizeof(OlEvent *), compare_events);
	return events;
}

static void
set_parent(OlProbe *stored, OlWriter *rows, const OlEvent *event)
{
	static const bool nulls[PARENT_COLUMNS] = {false};
	Datum		key = Int32GetDatum(event->job.id->id);
	Datum		values[] = {
		Int32GetDatum(event->parent.job.id->id),
		TimestampTzGetDatum(event->time), UUIDPGetDatum(&event->hash)
	};
	Datum		time;
	Datum		hash;
	bool		isnull;

	if (!ol_probe_find_again(stored, &key))
		return;
	time = ol_probe_column(stored, rows->columns[PARENT_TIME], &isnull);
	if (!isnull)
	{
		hash = ol_probe_column(stored, rows->columns[PARENT_HASH], &isnull);
		if (ol_event_compare_stamp(event, DatumGetTimestampTz(time),
								   DatumGetUUIDP(hash)) <= 0)
			return;
	}
	ol_writer_update(rows, stored, values, nulls);
}

void
ol_parents_apply(OlBatch *batch)
{
	OlProbe		stored;
	OlWriter	rows;
	int			n;
	OlEvent   **events = gather_events(batch, &n);

	if (n == 0)
		return;
	ol_probe_begin(&stored, "job_pkey", 1);
	ol_writer_begin(&rows, "job", columns, PARENT_COLUMNS);
	for (int i = 0; i < n; i++)
	{
		if (i == 0 || events[i]->job.id->id != events[i - 1]->job.id->id)
			set_parent(&stored, &rows, events[i]);
	}
	ol_writer_end(&rows);
	ol_probe_end(&stored);
}
