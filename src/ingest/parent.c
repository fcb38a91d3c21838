/*-------------------------------------------------------------------------
 * parent.c
 *	  The parent of a job: that of its latest event with a parent facet.
 *
 * Which event that is stands in the row of the job in job_activity, which every
 * event of the job writes anyway (pointer.c); the row of the job is written
 * when another is the parent.  Without a statement: whoever changes either
 * holds the row in job_activity, and we hold it (entity.c).
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/probe.h"
#include "base/writer.h"
#include "ingest/batch.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

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
	static const bool nulls[] = {false};
	Datum		key = Int32GetDatum(event->job.id->id);
	Datum		parent = Int32GetDatum(event->parent.job.id->id);
	Datum		was;
	bool		isnull;

	if (!ol_probe_find_again(stored, &key))
		return;
	was = ol_probe_column(stored, rows->columns[0], &isnull);
	if (isnull || was != parent)
		ol_writer_update(rows, stored, &parent, nulls);
}

void
ol_parents_apply(OlBatch *batch)
{
	static const char *const columns[] = {"parent_id"};
	OlProbe		stored;
	OlWriter	rows;
	int			n;
	OlEvent   **events = gather_events(batch, &n);

	if (n == 0)
		return;
	ol_probe_begin(&stored, "job_pkey", 1);
	ol_writer_begin(&rows, "job", columns, lengthof(columns));
	for (int i = 0; i < n; i++)
	{
		OlName	   *job = events[i]->job.id;

		if (i > 0 && job->id == events[i - 1]->job.id->id)
			continue;			/* a later one of the job counts */
		if (job->had_parent &&
			ol_event_compare_stamp(events[i], job->parent_time,
								   &job->parent_hash) <= 0)
			continue;
		set_parent(&stored, &rows, events[i]);
		job->parent = events[i];
	}
	ol_writer_end(&rows);
	ol_probe_end(&stored);
}
