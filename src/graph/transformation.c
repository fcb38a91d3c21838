/*-------------------------------------------------------------------------
 * transformation.c
 *	  How one column becomes another, in words.
 *
 * Producers give an array of {type, subtype, description, masking}, any of
 * which can be missing; a person reads "DIRECT/IDENTITY".  Several jobs and
 * several entries can explain one pair of columns: each wording is told once,
 * in alphabetical order.  Whatever does not have this form is passed over.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/json.h"
#include "graph/transformation.h"
#include "lib/stringinfo.h"

static bool
has_word(List *words, const char *word)
{
	ListCell   *cell;

	foreach(cell, words)
	{
		if (strcmp(lfirst(cell), word) == 0)
			return true;
	}
	return false;
}

/* One entry, or NULL when it says nothing. */
static char *
describe(const OlJson *json, uint32 entry)
{
	char	   *type = ol_json_member_string(json, entry, "type");
	char	   *subtype = ol_json_member_string(json, entry, "subtype");
	uint32		masking = ol_json_member(json, entry, "masking");
	StringInfoData word;

	initStringInfo(&word);
	if (type != NULL && *type != '\0')
		appendStringInfoString(&word, type);
	if (subtype != NULL && *subtype != '\0')
		appendStringInfo(&word, "%s%s", word.len > 0 ? "/" : "", subtype);
	if (word.len == 0)
	{
		char	   *told = ol_json_member_string(json, entry, "description");

		if (told != NULL)
			appendStringInfoString(&word, told);
	}
	if (masking != 0 && ol_json_type(json, masking) == OL_JSON_TRUE)
		appendStringInfo(&word, "%smasked", word.len > 0 ? ", " : "");
	return word.len > 0 ? word.data : NULL;
}

/* Add what an array of transformations says and the list does not yet. */
List *
ol_transformation_add(List *words, const char *text)
{
	OlJson		json;
	bool		valid;

	if (strcmp(text, "[]") == 0)	/* mostly nothing was given */
		return words;
	valid = ol_json_parse(&json, text, strlen(text));
	if (!valid || ol_json_type(&json, 1) != OL_JSON_ARRAY)
	{
		pfree(json.values);
		return words;
	}
	OL_JSON_FOREACH(entry, &json, 1)
	{
		char	   *word;

		if (ol_json_type(&json, entry) != OL_JSON_OBJECT)
			continue;
		word = describe(&json, entry);
		if (word != NULL && !has_word(words, word))
			words = lappend(words, word);
	}
	pfree(json.values);
	return words;
}

static int
compare_words(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/* NULL when nothing was said. */
char *
ol_transformation_join(List *words)
{
	StringInfoData joined;
	ListCell   *cell;

	if (words == NIL)
		return NULL;
	list_sort(words, compare_words);
	initStringInfo(&joined);
	foreach(cell, words)
		appendStringInfo(&joined, "%s%s", joined.len > 0 ? "; " : "",
						 (char *) lfirst(cell));
	return joined.data;
}
