/*-------------------------------------------------------------------------
 * search.c
 *	  Search over names and words of namespaces the caller may read.
 *
 * Neither the substring of a name nor a word in a document can be looked up
 * in an index by a caller: their operators are not leakproof, so policies keep
 * them behind the row's own test, and each search would read every row.  So
 * the ids are found in trusted state, by one of two functions whose text is
 * fixed here, and only in namespaces that the caller can read.  What is shown of
 * the ids is read by the caller again.
 *
 * The grams of a name are all its runs of one to three characters in lower
 * case, packed into 63 bits: exact, so short patterns are found as well.
 * A name beyond MAX_NAME characters has the mark LONG_NAME alone.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "auth/access.h"
#include "auth/trusted.h"
#include "base/rows.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

PG_FUNCTION_INFO_V1(ol_name_grams);
PG_FUNCTION_INFO_V1(ol_pattern_grams);
PG_FUNCTION_INFO_V1(ol_search);

#define MAX_NAME 1000
#define MAX_GRAM 3
#define CHARACTER_BITS 21
#define LONG_NAME (-1)

typedef struct Search
{
	const char *scope;
	OlStatement find;
} Search;

static Search searches[] =
{
	{
		"names",
		{
			"SELECT openlineage.search_names($1, $2, $3)", NULL
		}
	},
	{
		"words",
		{
			"SELECT openlineage.search_words($1, $2, $3)", NULL
		}
	},
};

/* The characters of a text in lower case; the number of them. */
static int
lower_characters(text *value, pg_wchar **characters)
{
	char	   *lower = str_tolower(VARDATA_ANY(value),
									VARSIZE_ANY_EXHDR(value),
									DEFAULT_COLLATION_OID);
	int			len = strlen(lower);

	*characters = palloc(sizeof(pg_wchar) * (len + 1));
	return pg_mb2wchar_with_len(lower, *characters, len);
}

static int
compare_grams(const void *a, const void *b)
{
	int64		x = DatumGetInt64(*(const Datum *) a);
	int64		y = DatumGetInt64(*(const Datum *) b);

	return x < y ? -1 : x > y ? 1 : 0;
}

/* Appends the grams of one length. */
static int
add_grams(Datum *grams, int n, const pg_wchar *characters, int count, int len)
{
	for (int i = 0; i + len <= count; i++)
	{
		int64		gram = 0;

		for (int j = 0; j < len; j++)
			gram |= (int64) characters[i + j] << (CHARACTER_BITS * j);
		grams[n++] = Int64GetDatum(gram);
	}
	return n;
}

/* The grams of lengths from shortest to longest, each once. */
static ArrayType *
grams_of(text *value, int shortest, int longest)
{
	pg_wchar   *characters;
	int			count = lower_characters(value, &characters);
	Datum	   *grams;
	int			n = 0;
	int			kept = 0;

	grams = palloc(sizeof(Datum) * (MAX_GRAM * Min(count, MAX_NAME) + 1));
	if (count > MAX_NAME)
		grams[n++] = Int64GetDatum(LONG_NAME);
	else
		for (int len = shortest; len <= longest; len++)
			n = add_grams(grams, n, characters, count, len);
	qsort(grams, n, sizeof(Datum), compare_grams);
	for (int i = 0; i < n; i++)
		if (i == 0 || grams[i] != grams[kept - 1])
			grams[kept++] = grams[i];
	return construct_array(grams, kept, INT8OID, sizeof(int64),
						   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
}

Datum
ol_name_grams(PG_FUNCTION_ARGS)
{
	PG_RETURN_ARRAYTYPE_P(grams_of(PG_GETARG_TEXT_PP(0), 1, MAX_GRAM));
}

/* The longest grams of a pattern imply its shorter ones. */
Datum
ol_pattern_grams(PG_FUNCTION_ARGS)
{
	text	   *pattern = PG_GETARG_TEXT_PP(0);
	pg_wchar   *characters;
	int			longest = Min(lower_characters(pattern, &characters), MAX_GRAM);

	PG_RETURN_ARRAYTYPE_P(grams_of(pattern, Max(longest, 1), longest));
}

static Search *
find_search(text *scope)
{
	char	   *wanted = text_to_cstring(scope);

	for (size_t i = 0; i < lengthof(searches); i++)
		if (strcmp(searches[i].scope, wanted) == 0)
			return &searches[i];
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown search \"%s\"", wanted),
			 errhint("There are \"names\" and \"words\".")));
}

Datum
ol_search(PG_FUNCTION_ARGS)
{
	Oid			types[] = {JSONOID, BOOLOID, INT4ARRAYOID};
	Search	   *search = find_search(PG_GETARG_TEXT_PP(0));
	const OlReadable *readable = ol_access_readable();
	Datum		values[lengthof(types)];
	OlTrusted	trusted;
	Datum		found;
	bool		isnull;

	values[0] = PG_GETARG_DATUM(1);
	values[1] = BoolGetDatum(readable->everything);
	values[2] = PointerGetDatum(ol_readable_ids(readable));
	SPI_connect();
	ol_trusted_begin(&trusted);
	ol_statement_execute(&search->find, lengthof(types), types, values, true);
	ol_trusted_end(&trusted);
	found = SPI_datumTransfer(ol_result(0, 1, &isnull), false, -1);
	SPI_finish();
	PG_RETURN_DATUM(found);
}
