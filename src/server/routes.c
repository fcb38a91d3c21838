/*-------------------------------------------------------------------------
 * routes.c
 *	  Which request is answered by what.
 *
 * A route is one line of the table; its last column is the scope that a token
 * has to have.  Functions of scope READ are
 * openlineage.NAME(path text[], query json) RETURNS json; path holds what
 * stands in the place of the braces, in order.  Those of scope CHANGE also get
 * the body, and return openlineage.api_answer.
 *
 * Pure: no PostgreSQL, no sockets.
 *-------------------------------------------------------------------------*/
#include <string.h>

#include "routes.h"

#define API "/api/v1"

/* What a token has to have once tokens are asked for; scope admin has it all. */
#define ANYBODY ""
#define READ "lineage:read"
#define WRITE "lineage:write"
#define ADMIN "admin"

static const OlRoute routes[] = {
	{"GET", "/health", OL_SCOPE_PUBLIC, NULL, ANYBODY},
	{"GET", "/.well-known/oauth-protected-resource", OL_SCOPE_ABOUT, "api_protected_resource", ANYBODY},
	{"POST", API "/lineage", OL_SCOPE_WRITE, "ingest_batch", WRITE},
	{"POST", API "/lineage/batch", OL_SCOPE_WRITE, "ingest_batch", WRITE},
	{"GET", API "/openapi.json", OL_SCOPE_READ, "api_openapi", READ},
	{"GET", API "/lineage", OL_SCOPE_READ, "api_lineage", READ},
	{"GET", API "/column-lineage", OL_SCOPE_READ, "api_column_lineage", READ},
	{"GET", API "/runlineage/upstream", OL_SCOPE_READ, "api_upstream_runs", READ},
	{"GET", API "/namespaces", OL_SCOPE_READ, "api_namespaces", READ},
	{"GET", API "/namespaces/{namespace}", OL_SCOPE_READ, "api_namespace", READ},
	{"PUT", API "/namespaces/{namespace}", OL_SCOPE_CHANGE, "api_put_namespace", WRITE},
	{"DELETE", API "/namespaces/{namespace}", OL_SCOPE_CHANGE, "api_delete_namespace", WRITE},
	{"GET", API "/namespaces/{namespace}/jobs", OL_SCOPE_READ, "api_namespace_jobs", READ},
	{"GET", API "/namespaces/{namespace}/jobs/{job}", OL_SCOPE_READ, "api_job", READ},
	{"PUT", API "/namespaces/{namespace}/jobs/{job}", OL_SCOPE_CHANGE, "api_put_job", WRITE},
	{"DELETE", API "/namespaces/{namespace}/jobs/{job}", OL_SCOPE_CHANGE, "api_delete_job", WRITE},
	{"GET", API "/namespaces/{namespace}/jobs/{job}/runs", OL_SCOPE_READ, "api_job_runs", READ},
	{"POST", API "/namespaces/{namespace}/jobs/{job}/runs", OL_SCOPE_CHANGE, "api_post_run", WRITE},
	{"GET", API "/namespaces/{namespace}/jobs/{job}/versions", OL_SCOPE_READ, "api_job_versions", READ},
	{"GET", API "/namespaces/{namespace}/jobs/{job}/versions/{version}", OL_SCOPE_READ, "api_job_version", READ},
	{"GET", API "/namespaces/{namespace}/datasets", OL_SCOPE_READ, "api_datasets", READ},
	{"GET", API "/namespaces/{namespace}/datasets/{dataset}", OL_SCOPE_READ, "api_dataset", READ},
	{"PUT", API "/namespaces/{namespace}/datasets/{dataset}", OL_SCOPE_CHANGE, "api_put_dataset", WRITE},
	{"DELETE", API "/namespaces/{namespace}/datasets/{dataset}", OL_SCOPE_CHANGE, "api_delete_dataset", WRITE},
	{"GET", API "/namespaces/{namespace}/datasets/{dataset}/versions", OL_SCOPE_READ, "api_dataset_versions", READ},
	{"GET", API "/namespaces/{namespace}/datasets/{dataset}/versions/{version}", OL_SCOPE_READ, "api_dataset_version", READ},
	{"GET", API "/jobs", OL_SCOPE_READ, "api_jobs", READ},
	{"GET", API "/jobs/runs/{run}", OL_SCOPE_READ, "api_run", READ},
	{"POST", API "/jobs/runs/{run}/start", OL_SCOPE_CHANGE, "api_start_run", WRITE},
	{"POST", API "/jobs/runs/{run}/complete", OL_SCOPE_CHANGE, "api_complete_run", WRITE},
	{"POST", API "/jobs/runs/{run}/fail", OL_SCOPE_CHANGE, "api_fail_run", WRITE},
	{"POST", API "/jobs/runs/{run}/abort", OL_SCOPE_CHANGE, "api_abort_run", WRITE},
	{"GET", API "/jobs/runs/{run}/facets", OL_SCOPE_READ, "api_run_facets", READ},
	{"GET", API "/events", OL_SCOPE_READ, "api_events", READ},
	{"GET", API "/events/lineage", OL_SCOPE_READ, "api_events", READ},
	{"GET", API "/events/{namespace}", OL_SCOPE_READ, "api_namespace_events", READ},
	{"GET", API "/issues", OL_SCOPE_READ, "api_issues", READ},
	{"GET", API "/search", OL_SCOPE_READ, "api_search", READ},
	{"GET", API "/stats/lineage-events", OL_SCOPE_READ, "api_stats_events", READ},
	{"GET", API "/stats/jobs", OL_SCOPE_READ, "api_stats_jobs", READ},
	{"GET", API "/stats/datasets", OL_SCOPE_READ, "api_stats_datasets", READ},
	{"GET", API "/stats/sources", OL_SCOPE_READ, "api_stats_sources", READ},
	{"GET", "/api/v2beta/search/jobs", OL_SCOPE_READ, "api_search_jobs", READ},
	{"GET", "/api/v2beta/search/datasets", OL_SCOPE_READ, "api_search_datasets", READ},
	{"GET", API "/tags", OL_SCOPE_READ, "api_tags", READ},
	{"PUT", API "/tags/{tag}", OL_SCOPE_CHANGE, "api_put_tag", WRITE},
	{"GET", API "/sources", OL_SCOPE_READ, "api_sources", READ},
	{"GET", API "/sources/{source}", OL_SCOPE_READ, "api_source", READ},
	{"PUT", API "/sources/{source}", OL_SCOPE_CHANGE, "api_put_source", WRITE},
	{"POST", API "/namespaces/{namespace}/jobs/{job}/tags/{tag}", OL_SCOPE_CHANGE, "api_tag_job", WRITE},
	{"DELETE", API "/namespaces/{namespace}/jobs/{job}/tags/{tag}", OL_SCOPE_CHANGE, "api_untag_job", WRITE},
	{"POST", API "/namespaces/{namespace}/datasets/{dataset}/tags/{tag}", OL_SCOPE_CHANGE, "api_tag_dataset", WRITE},
	{"DELETE", API "/namespaces/{namespace}/datasets/{dataset}/tags/{tag}", OL_SCOPE_CHANGE, "api_untag_dataset", WRITE},
	{"POST", API "/namespaces/{namespace}/datasets/{dataset}/fields/{field}/tags/{tag}", OL_SCOPE_CHANGE, "api_tag_field", WRITE},
	{"DELETE", API "/namespaces/{namespace}/datasets/{dataset}/fields/{field}/tags/{tag}", OL_SCOPE_CHANGE, "api_untag_field", WRITE},
};

#define NROUTES (sizeof(routes) / sizeof(routes[0]))

/* The scope a token has to have, "" for none.  A line that names none is shut. */
const char *
ol_route_needs(const OlRoute *route)
{
	return route->needs == NULL ? ADMIN : route->needs;
}

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
