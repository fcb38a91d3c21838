/*-------------------------------------------------------------------------
 * run.h
 *	  Runs between run.c, which merges what a batch tells, and run_row.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_INGEST_RUN_H
#define OL_INGEST_RUN_H

#include "ingest/batch.h"

/* A value and the event it is from; hash NULL: no value yet. */
typedef struct OlRegister
{
	TimestampTz time;
	const OlHash *hash;
} OlRegister;

/* What the row of a run says once the batch is stored, of what pointer.c asks. */
typedef struct OlRunRow
{
	int			job_id;			/* 0: the batch had nothing to say */
	TimestampTz created;
	TimestampTz updated;
	Oid			state;			/* of the enum; invalid: none */
	int64		version_id;		/* 0: none */
} OlRunRow;

/* One run as the batch tells of it. */
typedef struct OlRun
{
	pg_uuid_t	id;				/* the key */
	bool		is_placeholder;
	OlName	   *job;
	OlRegister	job_at;
	const char *external_id;
	const char *terminal_state;
	OlRegister	terminal_at;
	TimestampTz start;			/* NOEND: none */
	TimestampTz last_start;		/* NOBEGIN: none */
	TimestampTz running;		/* NOEND: none */
	TimestampTz created;
	TimestampTz updated;
	const char *location;
	bool		has_code;
	OlHash		code;
	OlRegister	code_at;
	const OlRunRef *parent;		/* of a new run; derive_parent() has the say */
	const OlRunRef *root;
	OlRegister	parent_at;
	OlRegister	io_at;			/* latest event that named any dataset */
	int			space_id;		/* of its job in the end, but for a
								 * placeholder; by run_row.c */
	List	   *datasets[2];	/* OlName of the inputs and outputs of a new
								 * run */
	int64		version_id;		/* of a new run; 0: not known */
	OlRunRow	stored;			/* by run_row.c */
} OlRun;

/* A run as it was before the batch. */
typedef struct OlKnownRun
{
	pg_uuid_t	id;				/* the key */
	ItemPointerData place;		/* where its row was found */
	int			job_id;
	int			space_id;
	bool		has_io;			/* named a dataset: */
	TimestampTz io_time;		/* the latest event that did */
	OlHash		io_hash;
	bool		has_version;
	char	   *location;
	bool		has_code;
	OlHash		code;
} OlKnownRun;

/* Of two registers that with the later event; none comes before any. */
extern int	ol_register_compare(const OlRegister *a, const OlRegister *b);

/* Of the runs with these ids those that are stored, by id. */
extern void ol_run_rows_find(const OlRows *ids, HTAB *known);

/* Brings the rows of runs, OlRun, up to date, and decides their own facets. */
extern void ol_run_rows_store(List *runs, const OlBatch *batch);

/* Sets the version_id of new runs that tell what a run before them told. */
extern void ol_job_versions_find(const OlBatch *batch, List *runs);

#endif
