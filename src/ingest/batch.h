/*-------------------------------------------------------------------------
 * batch.h
 *	  A batch of events on its way into the tables; see apply.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_INGEST_BATCH_H
#define OL_INGEST_BATCH_H

#include "auth/access.h"
#include "base/rows.h"
#include "ingest/event.h"
#include "utils/hsearch.h"

struct OlFacetRows;

/* A namespace that the batch mentions. */
typedef struct OlSpace
{
	char	   *name;			/* the key */
	OlHash		hash;			/* of name */
	int			id;
	bool		is_hidden;
	TimestampTz first_at;
} OlSpace;

/* A job or dataset that the batch mentions. */
typedef struct OlName
{
	OlSpace    *space;			/* these three are the key */
	OlNodeKind	kind;
	char	   *name;
	OlHash		hash;			/* of name */
	int			own_id;			/* node of this very name */
	int			id;				/* node that stands for it */
	int			space_id;		/* namespace of that node */
	TimestampTz first_at;		/* over the new events; NOEND: only an alias */
	TimestampTz last_at;
	int64		current_version;	/* of a dataset, before the batch */
	bytea	   *told;			/* of a job: what its row of activity is to
								 * say of its facets; NULL: what it says */
	TimestampTz parent_time;	/* of the job's parent before the batch */
	OlHash		parent_hash;
	bool		had_parent;
	const OlEvent *parent;		/* that tells its parent now; NULL: none */
	const struct OlRun *latest; /* of a job: the run of the batch that was
								 * created last; NULL: none */
} OlName;

/* Of a dataset with no version. */
#define OL_VERSION_NONE		0

typedef struct OlBatch
{
	const OlReadable *writable; /* namespaces the sender may write; good until
								 * the names are resolved */
	OlEvent   **events;			/* from ol_event_rows_store() on: only new
								 * ones */
	int			nevents;
	HTAB	   *spaces;			/* OlSpace */
	OlSpace    *last_space;		/* that was mentioned: mostly the next as well */
	HTAB	   *names;			/* OlName */
	List	   *space_list;		/* in order of mention */
	List	   *name_list;
	List	   *run_jobs;		/* ids of jobs that the batch's runs had
								 * before */
	HTAB	   *known_runs;		/* of run.c: its runs before the batch */
	HTAB	   *runs;			/* of run.c: what it tells of them */
	struct OlFacetRows *facets; /* of facet.c; NULL: not gathered yet */
	List	   *versions;		/* of version.c: of datasets, as it tells them */
	HTAB	   *widened_runs;	/* ids of runs with inputs or outputs that
								 * they had not before */
} OlBatch;

/* Stores a batch; between SPI_connect and SPI_finish, in trusted state. */
extern void ol_batch_apply(OlBatch *batch);

/* portion.c */
extern bool ol_array_is_crowded(const OlJson *json);

/* event_row.c */
extern void ol_event_rows_store(OlBatch *batch);

/* names.c */
extern void ol_names_collect(OlBatch *batch);
extern bool ol_names_find(OlBatch *batch);
extern void ol_names_resolve(OlBatch *batch);
extern void ol_names_show(OlBatch *batch);
extern void ol_names_touch(OlBatch *batch);
extern void ol_names_entities(OlBatch *batch);
extern void ol_names_told(OlBatch *batch);

/* alias.c */
extern bool ol_aliases_unknown(OlBatch *batch);
extern void ol_aliases_lock(bool exclusive);
extern void ol_aliases_apply(OlBatch *batch);

/* run.c */
extern void ol_runs_lock(OlBatch *batch);
extern void ol_runs_find(OlBatch *batch);
extern bool ol_run_is_settled(OlBatch *batch, const pg_uuid_t *id,
							  bool widened);
extern bool ol_run_has_parent_of(OlBatch *batch, const OlEvent *event);
extern void ol_runs_apply(OlBatch *batch);
extern void ol_runs_finish(OlBatch *batch);

/* parent.c */
extern void ol_parents_apply(OlBatch *batch);

/* version.c */
extern void ol_versions_apply(OlBatch *batch);
extern void ol_versions_finish(OlBatch *batch);

/* facet.c */
extern void ol_facets_gather(OlBatch *batch);
extern void ol_facet_rows_apply(OlBatch *batch);
extern void ol_facets_derive_node(int node_id);

/* source.c */
extern void ol_sources_apply(OlBatch *batch);

/* column.c */
extern void ol_fields_apply(OlBatch *batch, OlRows *won);
extern void ol_columns_apply(OlBatch *batch);
extern void ol_columns_store(List *links, List *owners);
extern void ol_columns_clear_explicit(int owner_id);

/* edge.c */
extern void ol_edges_apply(OlBatch *batch);
extern void ol_edges_rebuild(int owner_id, TimestampTz from);

#endif
