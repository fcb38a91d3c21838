/*-------------------------------------------------------------------------
 * lineage_parts.h
 *	  What lineage nodes show of jobs and of datasets; see lineage_jobs.c and
 *	  lineage_data.c.
 *
 * All between SPI_connect() and SPI_finish().  Members are names that have
 * been read and know their place (OlTitle.member).
 *-------------------------------------------------------------------------*/
#ifndef OL_API_LINEAGE_PARTS_H
#define OL_API_LINEAGE_PARTS_H

#include "api/graph_links.h"
#include "api/runs.h"

typedef struct OlGraphJobs OlGraphJobs;
typedef struct OlGraphData OlGraphData;

/* Wants names: to be read before the first is written. */
extern OlGraphJobs *ol_graph_jobs_read(OlTitles *names, OlTitle **members, int n,
									   const OlEdgesOf *of);
extern void ol_graph_job_write(StringInfo json, const OlGraphJobs *jobs,
							   const OlTitle *name, const OlTitles *names,
							   const OlGraphLinks *links);

extern OlGraphData *ol_graph_data_read(const OlTitles *names, OlTitle **members,
									   int n, const OlEdgesOf *of);

/* False, and nothing, when there is none to be seen. */
extern bool ol_graph_data_write(StringInfo json, const OlGraphData *data,
								const OlTitle *name);

#endif
