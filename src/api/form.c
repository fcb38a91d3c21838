/*-------------------------------------------------------------------------
 * form.c
 *	  JSON as json_build_object() writes it, without it.
 *
 * A lineage graph has some forty members for each of its nodes.  Called as a
 * function, json_build_object() looks up the type of each member each time, and
 * what it made is copied once more by whatever it is a member of.  Here an
 * answer is written once, from left to right, into one buffer.  What clients
 * see stays the same to the byte: ", " between members and " : " behind keys.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "api/form.h"
#include "base/compat.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/timestamp.h"

OlForm
ol_form_copy(const StringInfoData *json)
{
	OlForm		form = {pnstrdup(json->data, json->len), json->len};

	return form;
}

/* NULL is null. */
void
ol_form_text(StringInfo json, const text *value)
{
	char	   *string;

	if (value == NULL)
	{
		ol_form_literal(json, "null");
		return;
	}
	string = text_to_cstring(value);
	escape_json(json, string);
	pfree(string);
}

void
ol_form_uuid(StringInfo json, const pg_uuid_t *uuid)
{
	static const char digits[] = "0123456789abcdef";
	char		written[2 * UUID_LEN + 6];
	char	   *p = written;

	*p++ = '"';
	for (int i = 0; i < UUID_LEN; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = digits[uuid->data[i] >> 4];
		*p++ = digits[uuid->data[i] & 15];
	}
	*p++ = '"';
	appendBinaryStringInfo(json, written, p - written);
}

static char *
put_digits(char *p, int value, int width)
{
	for (int i = width - 1; i >= 0; i--)
	{
		p[i] = '0' + value % 10;
		value /= 10;
	}
	return p + width;
}

/* As iso_time() writes it, in quotes. */
void
ol_form_time(StringInfo json, TimestampTz when)
{
	struct pg_tm tm;
	fsec_t		fraction;
	char		written[40];
	char	   *p = written;
	int			year;

	if (TIMESTAMP_NOT_FINITE(when) ||
		timestamp2tm(when, NULL, &tm, &fraction, NULL, NULL) != 0)
	{
		ol_form_literal(json, "null");
		return;
	}
	year = abs(tm.tm_year - (tm.tm_year <= 0));
	*p++ = '"';
	p = put_digits(p, year, year > 99999 ? 6 : year > 9999 ? 5 : 4);
	*p++ = '-';
	p = put_digits(p, tm.tm_mon, 2);
	*p++ = '-';
	p = put_digits(p, tm.tm_mday, 2);
	*p++ = 'T';
	p = put_digits(p, tm.tm_hour, 2);
	*p++ = ':';
	p = put_digits(p, tm.tm_min, 2);
	*p++ = ':';
	p = put_digits(p, tm.tm_sec, 2);
	if (fraction != 0)
		*p++ = '.';
	if (fraction % 1000 != 0)
		p = put_digits(p, fraction, 6);
	else if (fraction != 0)
		p = put_digits(p, fraction / 1000, 3);
	*p++ = 'Z';
	*p++ = '"';
	appendBinaryStringInfo(json, written, p - written);
}

/* A stored json value, as it is. */
void
ol_form_body(StringInfo json, Datum body)
{
	text	   *value = DatumGetTextPP(body);

	appendBinaryStringInfo(json, VARDATA_ANY(value),
						   VARSIZE_ANY_EXHDR(value));
	if ((Pointer) value != DatumGetPointer(body))
		pfree(value);
}

/* What the operator ->> gives: NULL for a member that is missing or null. */
text *
ol_form_member(const OlJson *json, uint32 object, const char *key)
{
	uint32		member = ol_json_member(json, object, key);
	const OlJsonValue *value = &json->values[member];
	int			odd = 0;

	if (member == 0 || value->type == OL_JSON_NULL)
		return NULL;
	if (value->type == OL_JSON_STRING)
		return cstring_to_text(ol_json_string(json, member, &odd));
	return cstring_to_text_with_len(json->text + value->start,
									value->end - value->start);
}
