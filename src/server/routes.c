/*-------------------------------------------------------------------------
 * routes.c
 *	  Which request is answered by what.
 *
 * A route is one line of the table.  Functions of scope READ are
 * openlineage.NAME(path text[], query json) RETURNS json; path holds what
 * stands in the place of the braces, in order.  Those of scope CHANGE also get
 * the body, and return openlineage.api_answer.
 *
 * Pure: no PostgreSQL, no sockets.
 *-------------------------------------------------------------------------*/
#include <string.h>

#include "routes.h"

#define API "/api/v1"

static const OlRoute routes[] = {
	{"GET", "/health", OL_SCOPE_PUBLIC, NULL},
	{"POST", API "/lineage", OL_SCOPE_WRITE, "ingest_batch"},
	{"POST", API "/lineage/batch", OL_SCOPE_WRITE, "ingest_batch"},
	{"GET", API "/openapi.json", OL_SCOPE_READ, "api_openapi"},
	{"GET", API "/lineage", OL_SCOPE_READ, "api_lineage"},
	{"GET", API "/column-lineage", OL_SCOPE_READ, "api_column_lineage"},
	{"GET", API "/runlineage/upstream", OL_SCOPE_READ, "api_upstream_runs"},
	{"GET", API "/namespaces", OL_SCOPE_READ, "api_namespaces"},
	{"GET", API "/namespaces/{namespace}", OL_SCOPE_READ, "api_namespace"},
	{"PUT", API "/namespaces/{namespace}", OL_SCOPE_CHANGE, "api_put_namespace"},
	{"DELETE", API "/namespaces/{namespace}", OL_SCOPE_CHANGE, "api_delete_namespace"},
	{"GET", API "/namespaces/{namespace}/jobs", OL_SCOPE_READ, "api_namespace_jobs"},
	{"GET", API "/namespaces/{namespace}/jobs/{job}", OL_SCOPE_READ, "api_job"},
	{"PUT", API "/namespaces/{namespace}/jobs/{job}", OL_SCOPE_CHANGE, "api_put_job"},
	{"DELETE", API "/namespaces/{namespace}/jobs/{job}", OL_SCOPE_CHANGE, "api_delete_job"},
	{"GET", API "/namespaces/{namespace}/jobs/{job}/runs", OL_SCOPE_READ, "api_job_runs"},
	{"POST", API "/namespaces/{namespace}/jobs/{job}/runs", OL_SCOPE_CHANGE, "api_post_run"},
	{"GET", API "/namespaces/{namespace}/jobs/{job}/versions", OL_SCOPE_READ, "api_job_versions"},
	{"GET", API "/namespaces/{namespace}/jobs/{job}/versions/{version}", OL_SCOPE_READ, "api_job_version"},
	{"GET", API "/namespaces/{namespace}/datasets", OL_SCOPE_READ, "api_datasets"},
	{"GET", API "/namespaces/{namespace}/datasets/{dataset}", OL_SCOPE_READ, "api_dataset"},
	{"PUT", API "/namespaces/{namespace}/datasets/{dataset}", OL_SCOPE_CHANGE, "api_put_dataset"},
	{"DELETE", API "/namespaces/{namespace}/datasets/{dataset}", OL_SCOPE_CHANGE, "api_delete_dataset"},
	{"GET", API "/namespaces/{namespace}/datasets/{dataset}/versions", OL_SCOPE_READ, "api_dataset_versions"},
	{"GET", API "/namespaces/{namespace}/datasets/{dataset}/versions/{version}", OL_SCOPE_READ, "api_dataset_version"},
	{"GET", API "/jobs", OL_SCOPE_READ, "api_jobs"},
	{"GET", API "/jobs/runs/{run}", OL_SCOPE_READ, "api_run"},
	{"POST", API "/jobs/runs/{run}/start", OL_SCOPE_CHANGE, "api_start_run"},
	{"POST", API "/jobs/runs/{run}/complete", OL_SCOPE_CHANGE, "api_complete_run"},
	{"POST", API "/jobs/runs/{run}/fail", OL_SCOPE_CHANGE, "api_fail_run"},
	{"POST", API "/jobs/runs/{run}/abort", OL_SCOPE_CHANGE, "api_abort_run"},
	{"GET", API "/jobs/runs/{run}/facets", OL_SCOPE_READ, "api_run_facets"},
	{"GET", API "/events", OL_SCOPE_READ, "api_events"},
	{"GET", API "/events/lineage", OL_SCOPE_READ, "api_events"},
	{"GET", API "/events/{namespace}", OL_SCOPE_READ, "api_namespace_events"},
	{"GET", API "/issues", OL_SCOPE_READ, "api_issues"},
	{"GET", API "/search", OL_SCOPE_READ, "api_search"},
	{"GET", API "/stats/lineage-events", OL_SCOPE_READ, "api_stats_events"},
	{"GET", API "/stats/jobs", OL_SCOPE_READ, "api_stats_jobs"},
	{"GET", API "/stats/datasets", OL_SCOPE_READ, "api_stats_datasets"},
	{"GET", API "/stats/sources", OL_SCOPE_READ, "api_stats_sources"},
	{"GET", "/api/v2beta/search/jobs", OL_SCOPE_READ, "api_search_jobs"},
	{"GET", "/api/v2beta/search/datasets", OL_SCOPE_READ, "api_search_datasets"},
	{"GET", API "/tags", OL_SCOPE_READ, "api_tags"},
	{"PUT", API "/tags/{tag}", OL_SCOPE_CHANGE, "api_put_tag"},
	{"GET", API "/sources", OL_SCOPE_READ, "api_sources"},
	{"GET", API "/sources/{source}", OL_SCOPE_READ, "api_source"},
	{"PUT", API "/sources/{source}", OL_SCOPE_CHANGE, "api_put_source"},
	{"POST", API "/namespaces/{namespace}/jobs/{job}/tags/{tag}", OL_SCOPE_CHANGE, "api_tag_job"},
	{"DELETE", API "/namespaces/{namespace}/jobs/{job}/tags/{tag}", OL_SCOPE_CHANGE, "api_untag_job"},
	{"POST", API "/namespaces/{namespace}/datasets/{dataset}/tags/{tag}", OL_SCOPE_CHANGE, "api_tag_dataset"},
	{"DELETE", API "/namespaces/{namespace}/datasets/{dataset}/tags/{tag}", OL_SCOPE_CHANGE, "api_untag_dataset"},
	{"POST", API "/namespaces/{namespace}/datasets/{dataset}/fields/{field}/tags/{tag}", OL_SCOPE_CHANGE, "api_tag_field"},
	{"DELETE", API "/namespaces/{namespace}/datasets/{dataset}/fields/{field}/tags/{tag}", OL_SCOPE_CHANGE, "api_untag_field"},
};

#define NROUTES (sizeof(routes) / sizeof(routes[0]))

/* Compares segment by segment and collects what the braces stand for. */
static bool
match_path(const char *path, const OlUri *uri, OlMatch *match)
{
	match->nparameters = 0;
	for (int i = 0; i < uri->nsegments; i++)
	{
		size_t		len;

		if (*path != '/')
			return false;
		path++;
		len = strcspn(path, "/");
		if (*path == '{')
		{
			if (uri->segments[i][0] == '\0')
				return false;
			match->parameters[match->nparameters++] = uri->segments[i];
		}
		else if (strlen(uri->segments[i]) != len ||
				 memcmp(uri->segments[i], path, len) != 0)
			return false;
		path += len;
	}
	return *path == '\0';
}

/* HEAD is answered like GET; libmicrohttpd leaves the body out. */
OlMatch
ol_routes_find(const char *method, const OlUri *uri)
{
	OlMatch		match = {0};
	bool		known = false;

	if (uri->too_deep)
		return match;
	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	for (size_t i = 0; i < NROUTES; i++)
	{
		if (!match_path(routes[i].path, uri, &match))
			continue;
		known = true;
		if (strcmp(method, routes[i].method) == 0)
		{
			match.route = &routes[i];
			break;
		}
	}
	match.known_path = known;
	return match;
}

/* Appends "OPTIONS,GET,HEAD,POST,PUT,DELETE", as far as the path has them. */
void
ol_routes_methods(OlBuffer *list, const OlUri *uri)
{
	static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE"};

	ol_buffer_append_text(list, "OPTIONS");
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
	{
		if (ol_routes_find(methods[i], uri).route == NULL)
			continue;
		ol_buffer_append_text(list, ",");
		ol_buffer_append_text(list, methods[i]);
	}
	ol_buffer_append(list, "", 1);
}
