/*-------------------------------------------------------------------------
 * runs.h
 *	  Runs as the Marquez API shows them, many at once; see run_read.c and
 *	  run_write.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_API_RUNS_H
#define OL_API_RUNS_H

#include "api/titles.h"

/* A facet of a run, or of what it read or wrote. */
typedef struct OlRunFacet
{
	struct OlRunFacet *next;
	text	   *name;
	Datum		body;			/* as stored, out of line where it is long */
	int64		size;			/* of the body, in bytes */
	bool		is_hidden;		/* written by a command, never shown */
} OlRunFacet;

/* A dataset that a run read or wrote. */
typedef struct OlRunIo
{
	struct OlRunIo *next;
	int32		dataset_id;
	bool		is_output;
	int64		version_id;		/* told, then the one meant; 0: none */
	TimestampTz began_at;		/* of the run, else when it named the dataset */
	OlRunFacet *facets;
	const OlTitle *name;		/* when it is written */
} OlRunIo;

typedef struct OlRun
{
	struct OlRun *next;			/* in the order they were read in */
	pg_uuid_t	id;
	int32		job_id;
	text	   *state;			/* NULL: NEW */
	TimestampTz created_at;		/* these are OL_NO_TIME when unknown */
	TimestampTz updated_at;
	TimestampTz nominal_start;
	TimestampTz nominal_end;
	TimestampTz started_at;
	TimestampTz ended_at;
	int64		job_version_id; /* 0: none */
	OlRunIo    *io;
	OlRunFacet *facets;
} OlRun;

typedef struct OlRunSet OlRunSet;

/*
 * Read the runs that the caller may see of these; what they must be called is
 * wanted from names, to be read before the first is written.  Between
 * SPI_connect() and SPI_finish().
 */
extern OlRunSet *ol_runset_read(pg_uuid_t *ids, int n, OlTitles *names);

/* NULL when there is none, or the caller may not see it. */
extern OlRun *ol_runset_first(const OlRunSet *runs);
extern OlRun *ol_runset_find(const OlRunSet *runs, const pg_uuid_t *id);

extern const pg_uuid_t *ol_runset_job_content(const OlRunSet *runs, int64 id);
extern const pg_uuid_t *ol_runset_dataset_content(const OlRunSet *runs, int64 id);

extern void ol_run_write(StringInfo json, const OlRunSet *runs, OlRun *run,
						 const OlTitles *names);

#endif
