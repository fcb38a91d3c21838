/*-------------------------------------------------------------------------
 * redact.c
 *	  Stored texts without what they say of namespaces out of reach.
 *
 * Whoever may read a namespace reads the events and facets of it, and these
 * name jobs and datasets elsewhere: the parent of a run, the inputs of a
 * column, other names of a dataset.  An object that names something, by the
 * members namespace and name, in a namespace that the caller may not read is
 * left out of what is served, and with it the smallest whole that it is part
 * of: the element of an array, the facet, or the root of a parent.
 *
 * Whether a namespace may be read is told by its name alone, so that nobody
 * learns from what is left out whether there is such a namespace.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "auth/access.h"
#include "auth/redact.h"
#include "base/json.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(ol_sql_redact);

/* What becomes of a value. */
typedef enum Fate
{
	FATE_KEPT,					/* byte for byte */
	FATE_CHANGED,				/* something in it is left out */
	FATE_GONE
} Fate;

typedef struct Redaction
{
	OlJson		json;
	const OlReach *reach;
	uint8	   *fates;			/* by value */
} Redaction;

static bool
has_key(const OlJson *json, uint32 value, const char *const *keys)
{
	int			odd = 0;
	char	   *key;
	bool		found = false;

	if (json->values[value].key_end == 0)
		return false;
	key = ol_json_key(json, value, &odd);
	for (; *keys != NULL && !found; keys++)
		found = strcmp(key, *keys) == 0;
	pfree(key);
	return found;
}

/* By any of its members namespace, should there be several. */
static bool
names_what_is_hidden(const Redaction *redaction, uint32 object)
{
	static const char *const namespace_key[] = {"namespace", NULL};
	const OlJson *json = &redaction->json;

	if (ol_json_type(json, ol_json_member(json, object, "name")) != OL_JSON_STRING)
		return false;
	OL_JSON_FOREACH(member, json, object)
	{
		int			odd = 0;
		char	   *namespace;
		bool		hidden;

		if (json->values[member].type != OL_JSON_STRING ||
			!has_key(json, member, namespace_key))
			continue;
		namespace = ol_json_string(json, member, &odd);
		hidden = !ol_reach_has_name(redaction->reach, namespace);
		pfree(namespace);
		if (hidden)
			return true;
	}
	return false;
}

/* Whether what is in a member can go without the object around it. */
static bool
stands_alone(const OlJson *json, uint32 object, uint32 member)
{
	static const char *const facets[] = {"facets", "inputFacets", "outputFacets", NULL};
	static const char *const root[] = {"root", NULL};

	return has_key(json, object, facets) || has_key(json, member, root);
}

static Fate
judge(Redaction *redaction, uint32 value)
{
	const OlJson *json = &redaction->json;
	bool		is_object = json->values[value].type == OL_JSON_OBJECT;
	Fate		fate = FATE_KEPT;

	check_stack_depth();
	if (is_object && names_what_is_hidden(redaction, value))
		fate = FATE_GONE;
	for (uint32 child = json->values[value].first_child;
		 child != 0 && fate != FATE_GONE; child = json->values[child].next)
	{
		Fate		of_child = judge(redaction, child);

		if (of_child == FATE_GONE && is_object && !stands_alone(json, value, child))
			fate = FATE_GONE;
		else if (of_child != FATE_KEPT)
			fate = FATE_CHANGED;
	}
	redaction->fates[value] = fate;
	return fate;
}

static void
put(StringInfo out, const Redaction *redaction, uint32 value)
{
	const OlJsonValue *v = &redaction->json.values[value];
	bool		is_first = true;

	if (redaction->fates[value] == FATE_KEPT)
	{
		appendBinaryStringInfo(out, redaction->json.text + v->start, v->end - v->start);
		return;
	}
	appendStringInfoChar(out, v->type == OL_JSON_OBJECT ? '{' : '[');
	OL_JSON_FOREACH(child, &redaction->json, value)
	{
		const OlJsonValue *c = &redaction->json.values[child];

		if (redaction->fates[child] == FATE_GONE)
			continue;
		if (!is_first)
			appendStringInfoChar(out, ',');
		is_first = false;
		if (c->key_end != 0)
		{
			appendBinaryStringInfo(out, redaction->json.text + c->key, c->key_end - c->key);
			appendStringInfoChar(out, ':');
		}
		put(out, redaction, child);
	}
	appendStringInfoChar(out, v->type == OL_JSON_OBJECT ? '}' : ']');
}

/*
 * Whether it can name anything; a key may be written with escapes, and in what
 * is no JSON, as the beginning of an event that was refused, in other quotes.
 */
static bool
may_name(const char *body, int len)
{
	return memmem(body, len, "namespace", 9) != NULL ||
		memmem(body, len, "\\u", 2) != NULL;
}

/* The text, unless something of it is left out; NULL when nothing remains. */
text *
ol_redact(text *body)
{
	Redaction	redaction;
	StringInfoData out;
	text	   *result = body;

	if (ol_access_readable()->everything ||
		!may_name(VARDATA_ANY(body), VARSIZE_ANY_EXHDR(body)))
		return body;
	if (!ol_json_parse(&redaction.json, VARDATA_ANY(body), VARSIZE_ANY_EXHDR(body)))
		return NULL;
	redaction.reach = ol_access_reach(OL_PRIVILEGE_READ);
	redaction.fates = palloc0(redaction.json.nvalues);
	switch (judge(&redaction, 1))
	{
		case FATE_KEPT:
			break;
		case FATE_CHANGED:
			initStringInfo(&out);
			put(&out, &redaction, 1);
			result = cstring_to_text_with_len(out.data, out.len);
			pfree(out.data);
			break;
		case FATE_GONE:
			result = NULL;
			break;
	}
	pfree(redaction.fates);
	pfree(redaction.json.values);
	return result;
}

Datum
ol_sql_redact(PG_FUNCTION_ARGS)
{
	text	   *result = ol_redact(PG_GETARG_TEXT_PP(0));

	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(result);
}
