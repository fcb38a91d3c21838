/*-------------------------------------------------------------------------
 * parse.c
 *	  From the text of an event to what it says.
 *
 * Lenient in: needed is only what places the event (its time, its job or
 * dataset, its run); whatever else deviates from the specification is noted
 * as an issue and read as well as it can be.  An event that cannot be placed
 * has a fault and nothing of it is kept.  The kind is told by structure, never
 * by schemaURL.
 *
 * What a producer wrote raises nothing here, short of the server's own limits
 * on memory and stack; no table is touched, and no pointer kept beyond the
 * caller's memory context and the body.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/time.h"
#include "ingest/event.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

/* So many issues tell what is wrong with an event; more only cost. */
#define MAX_ISSUES 1000

/* The JSON pointer of a member.  Many are made for each event, few are told. */
char *
ol_path(const char *parent, const char *member)
{
	size_t		parent_len = strlen(parent);
	size_t		member_len = strlen(member);
	char	   *path = palloc(parent_len + member_len + 2);

	memcpy(path, parent, parent_len);
	path[parent_len] = '/';
	memcpy(path + parent_len + 1, member, member_len + 1);
	return path;
}

void
ol_event_issue(OlEvent *event, const char *code, char *path,
			   const char *format,...)
{
	OlIssue    *issue;
	va_list		args;
	char		message[256];

	if (event->is_command || list_length(event->issues) > MAX_ISSUES)
		return;
	if (list_length(event->issues) == MAX_ISSUES)
	{
		code = "issues_left_out";
		path = "";
		format = "there are more issues than are noted of one event";
	}
	issue = palloc(sizeof(OlIssue));
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	issue->code = code;
	issue->path = path;
	issue->message = pstrdup(message);
	event->issues = lappend(event->issues, issue);
}

/* Always false, so that callers can return it. */
bool
ol_event_fault(OlEvent *event, int sqlstate, const char *format,...)
{
	va_list		args;
	char		message[256];

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	event->fault.sqlstate = sqlstate;
	event->fault.message = pstrdup(message);
	return false;
}

static void
note_odd_text(OlEvent *event, int odd, const char *path)
{
	if (odd & OL_JSON_HAD_NUL)
		ol_event_issue(event, "nul_replaced", pstrdup(path),
					   "a NUL character was replaced by U+FFFD");
	if (odd & OL_JSON_HAD_SURROGATE)
		ol_event_issue(event, "lone_surrogate_replaced", pstrdup(path),
					   "a lone surrogate was replaced by U+FFFD");
}

static bool
is_blank(const char *text, uint32 len)
{
	for (uint32 i = 0; i < len; i++)
	{
		if (strchr(" \t\r\n", text[i]) == NULL)
			return false;
	}
	return true;
}

static bool
parse_text(OlEvent *event)
{
	OlJson	   *json = &event->json;

	if (pg_verify_mbstr(PG_UTF8, event->body, event->len, true) == false)
		return ol_event_fault(event, ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
							  "event is not valid UTF-8");
	if (is_blank(event->body, event->len))
		return ol_event_fault(event, ERRCODE_NULL_VALUE_NOT_ALLOWED,
							  "event must not be null");
	if (ol_json_parse(json, event->body, event->len))
		return true;
	if (json->too_large)
		ol_event_fault(event, ERRCODE_STATEMENT_TOO_COMPLEX,
					   "event is %s", json->error);
	else
		ol_event_fault(event, ERRCODE_INVALID_JSON_TEXT,
					   "event is not valid JSON");
	event->fault.detail = psprintf("%s at byte %u.", json->error,
								   json->error_at);
	event->fault.detail[0] = pg_toupper(event->fault.detail[0]);
	return false;
}

static bool
parse_time(OlEvent *event)
{
	uint32		value = ol_json_member(&event->json, 1, "eventTime");
	char	   *text = ol_json_member_string(&event->json, 1, "eventTime");
	int			odd;

	if (ol_json_type(&event->json, value) == OL_JSON_NULL)
		return ol_event_fault(event, ERRCODE_NULL_VALUE_NOT_ALLOWED,
							  "eventTime must not be null");
	if (text == NULL || !ol_time_parse(text, &event->time, &odd))
	{
		ol_event_fault(event, ERRCODE_INVALID_DATETIME_FORMAT,
					   "eventTime is not an ISO 8601 time");
		return false;
	}
	if (odd & (OL_TIME_NO_ZONE | OL_TIME_DATE_ONLY))
		ol_event_issue(event, "time_without_zone", "/eventTime",
					   "the time has no zone and was read as UTC");
	if (odd & OL_TIME_NANOSECONDS)
		ol_event_issue(event, "time_precision", "/eventTime",
					   "digits beyond microseconds were cut");
	return true;
}

/* Namespace and name of an object; false, without a fault, when one is missing. */
bool
ol_ref_parse(OlEvent *event, uint32 object, const char *path, OlRef *ref)
{
	const OlJson *json = &event->json;
	int			odd = 0;

	ref->space = ol_json_string(json, ol_json_member(json, object, "namespace"),
								&odd);
	ref->name = ol_json_string(json, ol_json_member(json, object, "name"),
							   &odd);
	ref->id = NULL;
	if (odd != 0)
		note_odd_text(event, odd, path);
	return ref->space != NULL && ref->name != NULL &&
		ref->space[0] != '\0' && ref->name[0] != '\0';
}

/* The job or dataset the event is about: without its names there is no event. */
static bool
parse_subject(OlEvent *event, const char *member, OlRef *ref)
{
	const OlJson *json = &event->json;
	uint32		object = ol_json_member(json, 1, member);
	static const char *const names[] = {"namespace", "name"};

	if (ol_json_type(json, object) == OL_JSON_NULL)
		return ol_event_fault(event, ERRCODE_NULL_VALUE_NOT_ALLOWED,
							  "%s must not be null", member);
	if (ol_json_type(json, object) != OL_JSON_OBJECT)
		return ol_event_fault(event, ERRCODE_INVALID_PARAMETER_VALUE,
							  "%s must be an object", member);
	if (ol_ref_parse(event, object, ol_path("", member), ref))
		return true;
	for (int i = 0; i < 2; i++)
	{
		uint32		value = ol_json_member(json, object, names[i]);

		if (ol_json_type(json, value) == OL_JSON_NULL)
			return ol_event_fault(event, ERRCODE_NULL_VALUE_NOT_ALLOWED,
								  "%s.%s must not be null", member, names[i]);
		if (ol_json_type(json, value) != OL_JSON_STRING)
			return ol_event_fault(event, ERRCODE_INVALID_PARAMETER_VALUE,
								  "%s.%s must be a string", member, names[i]);
	}
	return ol_event_fault(event, ERRCODE_INVALID_PARAMETER_VALUE,
						  "%s.%s must not be empty", member,
						  ref->space[0] == '\0' ? "namespace" : "name");
}

/* A run id as text; numbers are taken as they are spelled. */
static char *
run_id_text(OlEvent *event, uint32 run, const char *path)
{
	const OlJson *json = &event->json;
	uint32		value = ol_json_member(json, run, "runId");
	int			odd = 0;

	if (value == 0 && (value = ol_json_member(json, run, "run_id")) != 0)
		ol_event_issue(event, "run_id_spelling", ol_path(path, "run_id"),
					   "run_id was read as runId");
	if (ol_json_type(json, value) == OL_JSON_NUMBER)
		return pnstrdup(json->text + json->values[value].start,
						json->values[value].end - json->values[value].start);
	return ol_json_string(json, value, &odd);
}

static void
set_run_id(OlEvent *event, const char *text, const char *path,
		   pg_uuid_t *run_id, char **external_id)
{
	bool		is_uuid;

	*run_id = ol_run_uuid(text, &is_uuid);
	if (is_uuid)
		return;
	*external_id = pstrdup(text);
	ol_event_issue(event, "run_id_no_uuid", ol_path(path, "runId"),
				   "runId is no UUID; the UUID of its bytes is used");
}

/* What a command says of the code of a run it announces. */
static void
parse_code(OlEvent *event)
{
	const OlJson *json = &event->json;
	uint32		code = ol_json_member(json, ol_json_member(json, 1, "job"),
									  "code");
	char	   *hash = ol_json_member_string(json, code, "hash");

	if (!event->is_command || ol_json_type(json, code) != OL_JSON_OBJECT)
		return;
	event->code.given = true;
	event->code.location = ol_json_member_string(json, code, "location");
	if (hash != NULL)
		event->code.hash = ol_run_uuid(hash, &event->code.has_hash);
}

static bool
parse_run(OlEvent *event)
{
	const OlJson *json = &event->json;
	uint32		run = ol_json_member(json, 1, "run");
	char	   *text;

	if (ol_json_type(json, run) != OL_JSON_OBJECT)
		return ol_event_fault(event, ERRCODE_INVALID_PARAMETER_VALUE,
							  "run must be an object");
	text = run_id_text(event, run, "/run");
	if (text == NULL &&
		ol_json_type(json, ol_json_member(json, run, "runId")) != OL_JSON_NULL)
		return ol_event_fault(event, ERRCODE_INVALID_PARAMETER_VALUE,
							  "run.runId must be a string");
	if (text == NULL || text[0] == '\0')
		return ol_event_fault(event, ERRCODE_NULL_VALUE_NOT_ALLOWED,
							  "run.runId must not be null");
	set_run_id(event, text, "/run", &event->run_id, &event->external_id);
	parse_code(event);
	if (!ol_facets_parse(event, &event->run_facets,
						 ol_json_member(json, run, "facets"),
						 "/run/facets", false))
		return false;
	ol_facets_rename(&event->run_facets, "parentRun", "parent");
	return true;
}

static void
parse_run_ref(OlEvent *event, uint32 object, const char *path, OlRunRef *ref)
{
	const OlJson *json = &event->json;
	char	   *run_path = ol_path(path, "run");
	char	   *text = run_id_text(event, ol_json_member(json, object, "run"),
								   run_path);

	if (ol_json_type(json, object) != OL_JSON_OBJECT)
		return;
	if (text == NULL || text[0] == '\0' ||
		!ol_ref_parse(event, ol_json_member(json, object, "job"), path,
					  &ref->job))
	{
		ol_event_issue(event, "run_not_named", pstrdup(path),
					   "a run without runId or job was left out");
		return;
	}
	ref->given = true;
	set_run_id(event, text, run_path, &ref->run_id, &ref->external_id);
}

/*
 * Old producers name a task as its own parent; meant is the DAG, whose name
 * goes before the last dot.
 */
static void
set_parent_of_itself(OlEvent *event)
{
	OlRef	   *parent = &event->parent.job;
	char	   *dot;

	if (!event->parent.given ||
		strcmp(parent->space, event->job.space) != 0 ||
		strcmp(parent->name, event->job.name) != 0)
		return;
	dot = strrchr(parent->name, '.');
	if (dot == NULL || dot == parent->name)
		return;
	parent->name = pnstrdup(parent->name, dot - parent->name);
	ol_event_issue(event, "parent_is_itself", "/run/facets/parent/job",
				   "the job is its own parent; what goes before the last dot of its name was taken");
}

static void
parse_parents(OlEvent *event)
{
	uint32		parent = ol_facet_value(&event->run_facets, "parent");

	if (parent == 0)
		return;
	parse_run_ref(event, parent, "/run/facets/parent", &event->parent);
	set_parent_of_itself(event);
	parse_run_ref(event, ol_json_member(&event->json, parent, "root"),
				  "/run/facets/parent/root", &event->root);
}

static void
parse_type(OlEvent *event)
{
	static const char *const known[] = {
		"START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"
	};
	const OlJson *json = &event->json;
	uint32		value = ol_json_member(json, 1, "eventType");
	int			odd = 0;

	if (ol_json_type(json, value) == OL_JSON_NULL)
		return;
	if (ol_json_type(json, value) == OL_JSON_STRING)
	{
		char	   *text = ol_json_string(json, value, &odd);

		for (size_t i = 0; i < lengthof(known); i++)
		{
			if (pg_strcasecmp(text, known[i]) == 0)
			{
				event->type = pstrdup(known[i]);
				return;
			}
		}
	}
	ol_event_issue(event, "event_type_unknown", "/eventType",
				   "eventType is none of the specification; the state is not changed");
}

/* Known facets of a dataset that say what its version, source or names are. */
static void
parse_dataset_facets(OlEvent *event, OlDataset *dataset)
{
	const OlJson *json = &event->json;
	const OlFacet *schema = ol_facet_find(&dataset->facets, "schema");
	uint32		facet;

	if (schema != NULL)
		dataset->schema = ol_schema_parse(event, schema->value,
										  ol_path(dataset->path,
												  "facets/schema/fields"),
										  &schema->hash);
	facet = ol_facet_value(&dataset->facets, "dataSource");
	dataset->source = ol_json_member_string(json, facet, "name");
	dataset->source_uri = ol_json_member_string(json, facet, "uri");
	facet = ol_facet_value(&dataset->facets, "version");
	dataset->version = ol_json_member_string(json, facet, "datasetVersion");

	facet = ol_facet_value(&dataset->facets, "symlinks");
	facet = ol_json_member(json, facet, "identifiers");
	if (ol_json_type(json, facet) == OL_JSON_ARRAY)
	{
		OL_JSON_FOREACH(identifier, json, facet)
		{
			OlRef	   *ref = palloc0(sizeof(OlRef));

			if (ol_ref_parse(event, identifier, dataset->path, ref))
				dataset->symlinks = lappend(dataset->symlinks, ref);
		}
	}

	facet = ol_facet_value(&dataset->facets, "lifecycleStateChange");
	dataset->lifecycle = ol_json_member_string(json, facet,
											   "lifecycleStateChange");
	if (dataset->lifecycle != NULL && strcmp(dataset->lifecycle, "RENAME") == 0)
	{
		OlRef	   *ref = palloc0(sizeof(OlRef));

		if (ol_ref_parse(event, ol_json_member(json, facet, "previousIdentifier"),
						 dataset->path, ref))
			dataset->former = ref;
	}
}

/*
 * What only a command says of a dataset: content of a version that is not, or
 * not only, told by facets.
 */
static void
parse_content(OlEvent *event, uint32 content, OlDataset *dataset)
{
	const OlJson *json = &event->json;

	if (!event->is_command || ol_json_type(json, content) != OL_JSON_OBJECT)
		return;
	dataset->has_content = true;
	if (dataset->schema == NULL)
		dataset->schema = ol_schema_parse(event, content, dataset->path,
										  NULL);
	if (dataset->source == NULL)
		dataset->source = ol_json_member_string(json, content, "sourceName");
	dataset->physical_name = ol_json_member_string(json, content,
												   "physicalName");
	dataset->schema_location = ol_json_member_string(json, content,
													 "schemaLocation");
}

/* A dataset without a name is left out, a wrong type is a fault. */
static bool
parse_dataset(OlEvent *event, uint32 object, OlIo io, char *path)
{
	const OlJson *json = &event->json;
	OlDataset  *dataset = &event->datasets[event->ndatasets];

	if (ol_json_type(json, object) != OL_JSON_NULL &&
		ol_json_type(json, object) != OL_JSON_OBJECT)
		return ol_event_fault(event, ERRCODE_INVALID_PARAMETER_VALUE,
							  "%s must be an object", path);
	memset(dataset, 0, sizeof(OlDataset));
	if (!ol_ref_parse(event, object, path, &dataset->ref))
	{
		ol_event_issue(event, "dataset_not_named", path,
					   "a dataset without namespace or name was left out");
		return true;
	}
	dataset->io = io;
	dataset->path = path;
	if (!ol_facets_parse(event, &dataset->facets,
						 ol_json_member(json, object, "facets"),
						 ol_path(path, "facets"), true))
		return false;
	if (io != OL_IO_NONE &&
		!ol_facets_parse(event, &dataset->io_facets,
						 ol_json_member(json, object, io == OL_IO_INPUT ?
										"inputFacets" : "outputFacets"),
						 ol_path(path, io == OL_IO_INPUT ?
								 "inputFacets" : "outputFacets"), false))
		return false;
	parse_dataset_facets(event, dataset);
	parse_content(event, ol_json_member(json, object, "content"), dataset);
	event->ndatasets++;
	return true;
}

static int
count_children(const OlJson *json, uint32 value)
{
	int			n = 0;

	if (ol_json_type(json, value) == OL_JSON_ARRAY)
	{
		OL_JSON_FOREACH(child, json, value)
			n++;
	}
	return n;
}

/*
 * Whether a list says which datasets the job has.  Clients that know no absent
 * list write an empty one for "nothing to say"; a command has all or none.
 */
static bool
lists_any(const OlEvent *event, uint32 list)
{
	return ol_json_type(&event->json, list) == OL_JSON_ARRAY &&
		(event->is_command || event->json.values[list].first_child != 0);
}

static bool
parse_datasets(OlEvent *event)
{
	static const char *const members[] = {"inputs", "outputs"};
	const OlJson *json = &event->json;
	uint32		lists[2];
	char		place[12];

	for (int i = 0; i < 2; i++)
	{
		lists[i] = ol_json_member(json, 1, members[i]);
		if (ol_json_type(json, lists[i]) != OL_JSON_NULL &&
			ol_json_type(json, lists[i]) != OL_JSON_ARRAY)
			return ol_event_fault(event, ERRCODE_INVALID_PARAMETER_VALUE,
								  "%s must be an array", members[i]);
		event->lists_datasets |= lists_any(event, lists[i]);
	}
	event->datasets = palloc_array(OlDataset,
								   count_children(json, lists[0]) +
								   count_children(json, lists[1]) + 1);
	for (int i = 0; i < 2; i++)
	{
		const char *path = ol_path("", members[i]);
		int			n = 0;

		if (ol_json_type(json, lists[i]) == OL_JSON_NULL)
			continue;
		OL_JSON_FOREACH(child, json, lists[i])
		{
			pg_ltoa(n++, place);
			if (!parse_dataset(event, child,
							   i == 0 ? OL_IO_INPUT : OL_IO_OUTPUT,
							   ol_path(path, place)))
				return false;
		}
	}
	return true;
}

/* Members the specification requires and nothing here needs. */
static void
check_required(OlEvent *event)
{
	static const char *const members[] = {"producer", "schemaURL"};

	for (size_t i = 0; i < lengthof(members); i++)
	{
		uint32		value = ol_json_member(&event->json, 1, members[i]);

		if (ol_json_type(&event->json, value) != OL_JSON_STRING)
			ol_event_issue(event, "member_missing",
						   ol_path("", members[i]),
						   "the required member %s is missing", members[i]);
	}
}

/* Job events and runs that always tell the whole picture replace it. */
static bool
tells_whole_picture(OlEvent *event)
{
	const OlJson *json = &event->json;
	uint32		pattern;
	char	   *mode;

	if (event->kind == OL_EVENT_JOB)
		return event->lists_datasets ||
			ol_facet_told(&event->job_facets, "lineage") != NULL;
	if (event->kind == OL_EVENT_DATASET)
		return ol_facet_told(&event->datasets[0].facets, "lineage") != NULL;
	pattern = ol_json_member(json, ol_facet_value(&event->job_facets, "jobType"),
							 "emissionPattern");
	mode = ol_json_member_string(json, pattern, "eventContentMode");
	return mode != NULL && strcmp(mode, "COMPLETE_SNAPSHOT") == 0 &&
		event->ndatasets > 0;
}

static bool
parse_job_event(OlEvent *event)
{
	const OlJson *json = &event->json;

	if (!parse_subject(event, "job", &event->job))
		return false;
	if (!ol_facets_parse(event, &event->job_facets,
						 ol_json_member(json, ol_json_member(json, 1, "job"),
										"facets"),
						 "/job/facets", true))
		return false;
	return parse_datasets(event);
}

/*
 * An event of a job without run is a JobEvent, and replaces what is known of
 * the job; one that says it is of a run, and lost it, must not.
 */
static bool
lacks_run(const OlEvent *event)
{
	const OlJson *json = &event->json;
	char	   *url = ol_json_member_string(json, 1, "schemaURL");
	const char *kind = url == NULL ? NULL : strrchr(url, '/');

	if (kind != NULL && strcmp(kind, "/RunEvent") == 0)
		return true;
	return (kind == NULL || strcmp(kind, "/JobEvent") != 0) &&
		ol_json_type(json, ol_json_member(json, 1, "eventType")) != OL_JSON_NULL;
}

static bool
parse_kind(OlEvent *event)
{
	const OlJson *json = &event->json;

	if (ol_json_type(json, ol_json_member(json, 1, "run")) != OL_JSON_NULL)
	{
		event->kind = OL_EVENT_RUN;
		return parse_run(event) && parse_job_event(event);
	}
	if (ol_json_type(json, ol_json_member(json, 1, "dataset")) != OL_JSON_NULL)
	{
		event->kind = OL_EVENT_DATASET;
		event->datasets = palloc_array(OlDataset, 1);
		return parse_subject(event, "dataset", &event->job) &&
			parse_dataset(event, ol_json_member(json, 1, "dataset"),
						  OL_IO_NONE, "/dataset");
	}
	if (ol_json_type(json, ol_json_member(json, 1, "job")) != OL_JSON_NULL &&
		!lacks_run(event))
	{
		event->kind = OL_EVENT_JOB;
		return parse_job_event(event);
	}
	return ol_event_fault(event, ERRCODE_NULL_VALUE_NOT_ALLOWED,
						  "run must not be null");
}

bool
ol_event_parse(OlEvent *event, const char *body, uint32 len, bool is_command)
{
	memset(event, 0, sizeof(OlEvent));
	event->is_command = is_command;
	event->body = body;
	event->len = len;
	event->hash = ol_hash(body, len);
	if (!parse_text(event))
		return false;
	if (ol_json_type(&event->json, 1) == OL_JSON_NULL)
		return ol_event_fault(event, ERRCODE_NULL_VALUE_NOT_ALLOWED,
							  "event must not be null");
	if (ol_json_type(&event->json, 1) != OL_JSON_OBJECT)
		return ol_event_fault(event, ERRCODE_INVALID_PARAMETER_VALUE,
							  "event must be a JSON object");
	if (!parse_time(event) || !parse_kind(event))
		return false;
	parse_type(event);
	parse_parents(event);
	check_required(event);
	event->replaces = tells_whole_picture(event);
	ol_links_parse(event);
	return true;
}

int
ol_event_compare_stamp(const OlEvent *event, TimestampTz time,
					   const OlHash *hash)
{
	if (event->time != time)
		return event->time < time ? -1 : 1;
	return ol_hash_cmp(&event->hash, hash);
}

int
ol_event_compare(const OlEvent *a, const OlEvent *b)
{
	return ol_event_compare_stamp(a, b->time, &b->hash);
}
