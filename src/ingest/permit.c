/*-------------------------------------------------------------------------
 * permit.c
 *	  What of an event its sender may say.
 *
 * Once row-level security is enforced, an event needs the right to write the
 * namespace of its job, or of its dataset when it is about one alone, and the
 * run it is of must not be one of a job out of reach.  Any dataset may be
 * named as input or output: that is an edge, and the dataset a placeholder if
 * it was not known.  What it says beyond the name, its facets and columns and
 * other names, counts only with the right to write the dataset's namespace;
 * else it is left out of what is applied, with an issue that says so whether
 * the dataset is known or not.
 *
 * The stored text stays as it came.  What is read out of stored texts again
 * are edges, which this does not touch (rebuild.c), and facets of the past,
 * and of runs, where events with the issue are passed over (told.sql).
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "auth/access.h"
#include "auth/trusted.h"
#include "base/rows.h"
#include "catalog/pg_type.h"
#include "ingest/permit.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#define ISSUE_DENIED "facets_denied"

static OlStatement find_run = {
	"SELECT r.namespace_id FROM openlineage.run AS r"
	" WHERE r.id OPERATOR(pg_catalog.=) $1 AND NOT r.is_placeholder"
};

static bool
has_content(const OlDataset *dataset)
{
	return dataset->facets.n > 0 || dataset->io_facets.n > 0 ||
		dataset->has_content;
}

static bool
explains_columns(const OlEvent *event, const OlDataset *dataset)
{
	return ol_facet_told(&dataset->facets, "columnLineage") != NULL &&
		event->column_sources != NIL;
}

/* Columns that a columnLineage facet explains go with the facet. */
static void
leave_out_columns(OlEvent *event, const OlRef *ref)
{
	List	   *links = NIL;
	List	   *sources = NIL;
	ListCell   *cell;

	foreach(cell, event->column_links)
	{
		OlColumnLink *link = lfirst(cell);

		if (link->source == NULL || strcmp(link->dst.space, ref->space) != 0 ||
			strcmp(link->dst.name, ref->name) != 0)
			links = lappend(links, link);
	}
	foreach(cell, event->column_sources)
	{
		OlColumnSource *source = lfirst(cell);

		if (strcmp(source->dst.space, ref->space) != 0 ||
			strcmp(source->dst.name, ref->name) != 0)
			sources = lappend(sources, source);
	}
	event->column_links = links;
	event->column_sources = sources;
}

/* The name stays. */
static void
leave_out_content(OlEvent *event, OlDataset *dataset)
{
	OlDataset	bare = {0};

	if (!has_content(dataset))
		return;
	if (explains_columns(event, dataset))
		leave_out_columns(event, &dataset->ref);
	bare.ref = dataset->ref;
	bare.io = dataset->io;
	bare.path = dataset->path;
	*dataset = bare;
	ol_event_issue(event, ISSUE_DENIED, dataset->path,
				   "facets of a dataset in a namespace that the sender may not write were left out");
}

/* To say that two names are one takes the right to write both. */
static void
leave_out_names(OlEvent *event, OlDataset *dataset)
{
	List	   *symlinks = NIL;
	ListCell   *cell;
	int			denied = 0;

	foreach(cell, dataset->symlinks)
	{
		OlRef	   *ref = lfirst(cell);

		if (ol_access_may_write(ref->space))
			symlinks = lappend(symlinks, ref);
		else
			denied++;
	}
	dataset->symlinks = symlinks;
	if (dataset->former != NULL && !ol_access_may_write(dataset->former->space))
	{
		dataset->former = NULL;
		denied++;
	}
	if (denied > 0)
		ol_event_issue(event, ISSUE_DENIED, dataset->path,
					   "other names of a dataset in namespaces that the sender may not write were left out");
}

/* Whose run it is, is for those to say who may write there. */
static bool
may_write_run(const OlEvent *event)
{
	const OlReadable *writable = ol_access_writable();
	Oid			types[1] = {UUIDOID};
	Datum		values[1] = {UUIDPGetDatum(&event->run_id)};
	OlTrusted	trusted;
	bool		result = true;

	if (event->kind != OL_EVENT_RUN)
		return true;
	ol_trusted_begin(&trusted);
	SPI_connect();
	if (ol_statement_execute(&find_run, 1, types, values, true) > 0)
		result = ol_readable_has(writable, ol_result_int(0, 1));
	SPI_finish();
	ol_trusted_end(&trusted);
	return result;
}

/*
 * Whether the caller may send the event at all; what of it must not count is
 * taken out.  Costs one look at a kept answer in the open state.
 */
bool
ol_event_permit(OlEvent *event)
{
	if (!ol_access_may_write(event->job.space))
		return false;
	if (ol_access_writable()->everything)
		return true;
	if (!may_write_run(event))
		return false;
	for (int i = 0; i < event->ndatasets; i++)
	{
		OlDataset  *dataset = &event->datasets[i];

		if (ol_access_may_write(dataset->ref.space))
			leave_out_names(event, dataset);
		else
			leave_out_content(event, dataset);
	}
	return true;
}
