/*-------------------------------------------------------------------------
 * path.c
 *	  Where in a token a claim is: the part of JSONPath that claims need.
 *
 *	  [$] { .name | ."name" | ['name'] | [number] | [*] }
 *
 * The leading "$." may be left out: realm_access.roles.  A name reaches into
 * the elements of an array as well, as lax mode of SQL/JSON does.  Providers
 * name claims by URLs; such names are quoted.  Neither quote nor backslash
 * can be part of a quoted name.
 *
 * PostgreSQL's own jsonpath is not used, as tokens are read before there is a
 * database, too.  A pure file.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "path.h"

#define MAX_PATH 1000

/* One step; what it points to belongs to the path. */
typedef struct Step
{
	const char *name;			/* NULL: an element */
	int			name_len;
	int			element;		/* -1: all */
} Step;

static const char *
read_quoted(const char *p, Step *step)
{
	char		quote = *p++;

	step->name = p;
	while (*p != '\0' && *p != quote && *p != '\\')
		p++;
	step->name_len = p - step->name;
	return *p == quote && step->name_len > 0 ? p + 1 : NULL;
}

static const char *
read_name(const char *p, Step *step)
{
	if (*p == '"')
		return read_quoted(p, step);
	step->name = p;
	step->name_len = strcspn(p, ".[]\"'\\$*() \t\r\n?@");
	return step->name_len > 0 ? p + step->name_len : NULL;
}

static const char *
read_brackets(const char *p, Step *step)
{
	p++;
	if (*p == '\'' || *p == '"')
		p = read_quoted(p, step);
	else if (*p == '*')
		p++;
	else
	{
		const char *digits = p;

		step->element = 0;
		while (*p >= '0' && *p <= '9' && p - digits < 5)
			step->element = step->element * 10 + (*p++ - '0');
		if (p == digits)
			return NULL;
	}
	return p != NULL && *p == ']' ? p + 1 : NULL;
}

/* One past the step at p, or NULL when there is none that can be read. */
static const char *
read_step(const char *p, bool first, Step *step)
{
	step->name = NULL;
	step->name_len = 0;
	step->element = -1;
	if (*p == '[')
		return read_brackets(p, step);
	if (*p == '.' && !first)
		return read_name(p + 1, step);
	return first ? read_name(p, step) : NULL;
}

/* What is wrong with a path, or NULL. */
const char *
ol_path_problem(const char *path)
{
	bool		first = *path != '$';
	Step		step;

	if (strlen(path) > MAX_PATH)
		return "it is too long";
	if (!first)
		path++;
	if (*path == '\0')
		return "it names no claim";
	while (path != NULL && *path != '\0')
	{
		path = read_step(path, first, &step);
		first = false;
	}
	return path == NULL ? "it is no path of names and elements" : NULL;
}

static bool
has_name(const OlJson *json, uint32 member, const Step *step)
{
	int			odd = 0;
	char	   *key = ol_json_key(json, member, &odd);
	bool		same = strlen(key) == step->name_len &&
	memcmp(key, step->name, step->name_len) == 0;

	pfree(key);
	return same;
}

static void
walk(const char *path, bool first, const OlJson *json, uint32 value,
	 OlPathVisit visit, void *arg)
{
	Step		step;
	const char *rest;
	int			position = 0;

	if (*path == '\0')
	{
		visit(json, value, arg);
		return;
	}
	rest = read_step(path, first, &step);
	if (rest == NULL)
		return;
	if (step.name == NULL && ol_json_type(json, value) == OL_JSON_ARRAY)
	{
		OL_JSON_FOREACH(element, json, value)
			if (step.element < 0 || step.element == position++)
			walk(rest, false, json, element, visit, arg);
	}
	else if (step.name != NULL && ol_json_type(json, value) == OL_JSON_OBJECT)
	{
		OL_JSON_FOREACH(member, json, value)
			if (has_name(json, member, &step))
			walk(rest, false, json, member, visit, arg);
	}
	else if (step.name != NULL && ol_json_type(json, value) == OL_JSON_ARRAY)
	{
		OL_JSON_FOREACH(element, json, value)
			if (ol_json_type(json, element) == OL_JSON_OBJECT)
			walk(path, first, json, element, visit, arg);
	}
}

/* Call visit for every value that the path leads to. */
void
ol_path_visit(const char *path, const OlJson *json, uint32 root,
			  OlPathVisit visit, void *arg)
{
	bool		first = *path != '$';

	walk(first ? path : path + 1, first, json, root, visit, arg);
}
