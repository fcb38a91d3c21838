/*-------------------------------------------------------------------------
 * json.c
 *	  A strict JSON reader that keeps spans instead of copies.
 *
 * Postgres' own parser cannot be used here: it refuses the escape \u0000 and
 * lone surrogates, which producers send and we must store, it tells member
 * names only together with de-escaping everything, and it recurses.  This one
 * reads RFC 8259 in one pass without recursion, records each value as a pair
 * of offsets, and de-escapes only what somebody asks for.  The text must be
 * valid UTF-8 (checked by the caller) and outlive the OlJson.
 *
 * A pure file: memory comes from palloc, nothing else of the server is used.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/json.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#define REPLACEMENT 0xFFFD

/* Where the reader stands: the open arrays and objects, innermost last. */
typedef struct Reader
{
	OlJson	   *json;
	const char *p;
	const char *end;
	uint32		open[OL_JSON_MAX_DEPTH];
	uint32		last[OL_JSON_MAX_DEPTH];	/* last child of each, 0: none */
	int			depth;
} Reader;

static bool
fail(Reader *reader, const char *message)
{
	reader->json->error = message;
	reader->json->error_at = reader->p - reader->json->text;
	return false;
}

static void
skip_space(Reader *reader)
{
	while (reader->p < reader->end &&
		   (*reader->p == ' ' || *reader->p == '\n' ||
			*reader->p == '\t' || *reader->p == '\r'))
		reader->p++;
}

/* A new value, linked to the innermost open array or object; 0: too many. */
static uint32
add_value(Reader *reader, OlJsonType type, uint32 key, uint32 key_end)
{
	OlJson	   *json = reader->json;
	uint32		index = json->nvalues;
	OlJsonValue *value;

	if (index > OL_JSON_MAX_VALUES)
	{
		json->too_large = true;
		fail(reader, "too many values");
		return 0;
	}
	if (index == json->capacity)
	{
		json->capacity *= 2;
		json->values = repalloc_huge(json->values,
									 sizeof(OlJsonValue) * json->capacity);
	}
	value = &json->values[index];
	memset(value, 0, sizeof(OlJsonValue));
	value->type = type;
	value->start = reader->p - json->text;
	value->key = key;
	value->key_end = key_end;
	json->nvalues++;
	if (reader->depth > 0)
	{
		uint32	   *last = &reader->last[reader->depth - 1];

		if (*last == 0)
			json->values[reader->open[reader->depth - 1]].first_child = index;
		else
			json->values[*last].next = index;
		*last = index;
	}
	return index;
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
		(c >= 'A' && c <= 'F');
}

static bool
skip_escape(Reader *reader)
{
	if (reader->p + 1 >= reader->end)
		return fail(reader, "unterminated string");
	switch (reader->p[1])
	{
		case '"':
		case '\\':
		case '/':
		case 'b':
		case 'f':
		case 'n':
		case 'r':
		case 't':
			reader->p += 2;
			return true;
		case 'u':
			if (reader->end - reader->p < 6)
				return fail(reader, "unterminated string");
			for (int i = 2; i < 6; i++)
				if (!is_hex(reader->p[i]))
					return fail(reader, "invalid unicode escape");
			reader->p += 6;
			return true;
		default:
			return fail(reader, "invalid escape");
	}
}

/*
 * To the next byte that ends a string, begins an escape or is a control
 * character, eight bytes at a time; near the end of the text, and where bytes
 * of words are the other way around, to some byte before it.
 */
static void
skip_plain(Reader *reader)
{
	const uint64 ones = UINT64CONST(0x0101010101010101);

	while (reader->end - reader->p >= (ptrdiff_t) sizeof(uint64))
	{
		uint64		word;
		uint64		quotes;
		uint64		escapes;
		uint64		found;

		memcpy(&word, reader->p, sizeof(word));
		quotes = word ^ (ones * '"');
		escapes = word ^ (ones * '\\');
		/* a borrow sets a bit too many only above one of these */
		found = (((quotes - ones) & ~quotes) | ((escapes - ones) & ~escapes) |
				 ((word - ones * 0x20) & ~word)) & (ones << 7);
		if (found != 0)
		{
#ifndef WORDS_BIGENDIAN
			reader->p += pg_rightmost_one_pos64(found) / BITS_PER_BYTE;
#endif
			return;
		}
		reader->p += sizeof(word);
	}
}

/* From the opening quote to one past the closing one. */
static bool
skip_string(Reader *reader)
{
	reader->p++;
	while (skip_plain(reader), reader->p < reader->end)
	{
		unsigned char c = (unsigned char) *reader->p;

		if (c == '"')
		{
			reader->p++;
			return true;
		}
		if (c < 0x20)
			return fail(reader, "control character in string");
		if (c != '\\')
			reader->p++;
		else if (!skip_escape(reader))
			return false;
	}
	return fail(reader, "unterminated string");
}

static bool
skip_digits(Reader *reader)
{
	const char *from = reader->p;

	while (reader->p < reader->end && *reader->p >= '0' && *reader->p <= '9')
		reader->p++;
	return reader->p > from;
}

static bool
skip_number(Reader *reader)
{
	if (*reader->p == '-')
		reader->p++;
	if (reader->p < reader->end && *reader->p == '0')
		reader->p++;
	else if (!skip_digits(reader))
		return fail(reader, "invalid number");
	if (reader->p < reader->end && *reader->p == '.')
	{
		reader->p++;
		if (!skip_digits(reader))
			return fail(reader, "invalid number");
	}
	if (reader->p < reader->end && (*reader->p == 'e' || *reader->p == 'E'))
	{
		reader->p++;
		if (reader->p < reader->end && (*reader->p == '+' || *reader->p == '-'))
			reader->p++;
		if (!skip_digits(reader))
			return fail(reader, "invalid number");
	}
	return true;
}

static bool
skip_word(Reader *reader, const char *word)
{
	size_t		len = strlen(word);

	if ((size_t) (reader->end - reader->p) < len ||
		memcmp(reader->p, word, len) != 0)
		return fail(reader, "invalid value");
	reader->p += len;
	return true;
}

static bool
classify(Reader *reader, OlJsonType *type)
{
	if (reader->p >= reader->end)
		return fail(reader, "unexpected end of text");
	switch (*reader->p)
	{
		case '{':
			*type = OL_JSON_OBJECT;
			break;
		case '[':
			*type = OL_JSON_ARRAY;
			break;
		case '"':
			*type = OL_JSON_STRING;
			break;
		case 't':
			*type = OL_JSON_TRUE;
			break;
		case 'f':
			*type = OL_JSON_FALSE;
			break;
		case 'n':
			*type = OL_JSON_NULL;
			break;
		default:
			if (*reader->p != '-' && (*reader->p < '0' || *reader->p > '9'))
				return fail(reader, "invalid value");
			*type = OL_JSON_NUMBER;
			break;
	}
	return true;
}

static bool
skip_scalar(Reader *reader, OlJsonType type)
{
	switch (type)
	{
		case OL_JSON_STRING:
			return skip_string(reader);
		case OL_JSON_NUMBER:
			return skip_number(reader);
		case OL_JSON_TRUE:
			return skip_word(reader, "true");
		case OL_JSON_FALSE:
			return skip_word(reader, "false");
		default:
			return skip_word(reader, "null");
	}
}

/* The value at the cursor; an array or object is opened, not read through. */
static bool
read_value(Reader *reader, uint32 key, uint32 key_end)
{
	OlJsonType	type;
	uint32		index;

	if (!classify(reader, &type))
		return false;
	index = add_value(reader, type, key, key_end);
	if (index == 0)
		return false;
	if (type < OL_JSON_ARRAY)
	{
		if (!skip_scalar(reader, type))
			return false;
		reader->json->values[index].end = reader->p - reader->json->text;
		return true;
	}
	if (reader->depth == OL_JSON_MAX_DEPTH)
	{
		reader->json->too_large = true;
		return fail(reader, "nested too deeply");
	}
	reader->p++;
	reader->open[reader->depth] = index;
	reader->last[reader->depth] = 0;
	reader->depth++;
	return true;
}

/* A member's key and colon, then its value. */
static bool
read_member(Reader *reader)
{
	uint32		key;
	uint32		key_end;

	if (reader->p >= reader->end || *reader->p != '"')
		return fail(reader, "expected a member name");
	key = reader->p - reader->json->text;
	if (!skip_string(reader))
		return false;
	key_end = reader->p - reader->json->text;
	skip_space(reader);
	if (reader->p >= reader->end || *reader->p != ':')
		return fail(reader, "expected \":\"");
	reader->p++;
	skip_space(reader);
	return read_value(reader, key, key_end);
}

/* One step inside the innermost open array or object. */
static bool
read_step(Reader *reader)
{
	uint32		parent = reader->open[reader->depth - 1];
	bool		object = reader->json->values[parent].type == OL_JSON_OBJECT;
	bool		empty = reader->last[reader->depth - 1] == 0;

	if (reader->p >= reader->end)
		return fail(reader, "unexpected end of text");
	if (*reader->p == (object ? '}' : ']'))
	{
		reader->p++;
		reader->json->values[parent].end = reader->p - reader->json->text;
		reader->depth--;
		return true;
	}
	if (!empty)
	{
		if (*reader->p != ',')
			return fail(reader, object ? "expected \",\" or \"}\"" :
						"expected \",\" or \"]\"");
		reader->p++;
		skip_space(reader);
	}
	return object ? read_member(reader) : read_value(reader, 0, 0);
}

/*
 * Read a whole text.  False with json->error set when it is not JSON or goes
 * beyond a limit.  The values live in the caller's memory context.
 */
bool
ol_json_parse(OlJson *json, const char *text, uint32 len)
{
	Reader	   *reader = palloc(sizeof(Reader));
	bool		ok;

	memset(json, 0, sizeof(OlJson));
	json->text = text;
	json->len = len;
	json->capacity = 64 + len / 32;
	json->values = MemoryContextAllocHuge(CurrentMemoryContext,
										  sizeof(OlJsonValue) * json->capacity);
	json->nvalues = 1;
	reader->json = json;
	reader->p = text;
	reader->end = text + len;
	reader->depth = 0;

	skip_space(reader);
	ok = read_value(reader, 0, 0);
	while (ok && reader->depth > 0)
	{
		skip_space(reader);
		ok = read_step(reader);
	}
	if (ok)
	{
		skip_space(reader);
		if (reader->p < reader->end)
			ok = fail(reader, "text after the value");
	}
	pfree(reader);
	return ok;
}

OlJsonType
ol_json_type(const OlJson *json, uint32 value)
{
	return value == 0 ? OL_JSON_NULL : json->values[value].type;
}

/* The four hex digits at p. */
static uint32
hex4(const char *p)
{
	uint32		code = 0;

	for (int i = 0; i < 4; i++)
	{
		char		c = p[i];

		code <<= 4;
		if (c <= '9')
			code |= c - '0';
		else
			code |= (c | 0x20) - 'a' + 10;
	}
	return code;
}

/*
 * The code point of the escape \uXXXX at p (one or a pair); NUL and lone
 * surrogates become U+FFFD and are noted in odd.
 */
static uint32
escaped_code(const char *p, const char *end, int *used, int *odd)
{
	uint32		code = hex4(p + 2);

	*used = 6;
	if (code == 0)
	{
		*odd |= OL_JSON_HAD_NUL;
		return REPLACEMENT;
	}
	if (code < 0xD800 || code > 0xDFFF)
		return code;
	if (code < 0xDC00 && end - p >= 12 && p[6] == '\\' && p[7] == 'u')
	{
		uint32		low = hex4(p + 8);

		if (low >= 0xDC00 && low <= 0xDFFF)
		{
			*used = 12;
			return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
		}
	}
	*odd |= OL_JSON_HAD_SURROGATE;
	return REPLACEMENT;
}

static char *
put_utf8(char *out, uint32 code)
{
	if (code < 0x80)
		*out++ = (char) code;
	else if (code < 0x800)
	{
		*out++ = (char) (0xC0 | (code >> 6));
		*out++ = (char) (0x80 | (code & 0x3F));
	}
	else if (code < 0x10000)
	{
		*out++ = (char) (0xE0 | (code >> 12));
		*out++ = (char) (0x80 | ((code >> 6) & 0x3F));
		*out++ = (char) (0x80 | (code & 0x3F));
	}
	else
	{
		*out++ = (char) (0xF0 | (code >> 18));
		*out++ = (char) (0x80 | ((code >> 12) & 0x3F));
		*out++ = (char) (0x80 | ((code >> 6) & 0x3F));
		*out++ = (char) (0x80 | (code & 0x3F));
	}
	return out;
}

static char
plain_escape(char c)
{
	switch (c)
	{
		case 'b':
			return '\b';
		case 'f':
			return '\f';
		case 'n':
			return '\n';
		case 'r':
			return '\r';
		case 't':
			return '\t';
		default:
			return c;
	}
}

/* De-escape the quoted string in [p, end); never longer than its source. */
static char *
unescape(const char *p, const char *end, int *odd)
{
	char	   *result = palloc(end - p + 1);
	char	   *out = result;

	p++;
	end--;
	while (p < end)
	{
		if (*p != '\\')
			*out++ = *p++;
		else if (p[1] == 'u')
		{
			int			used;

			out = put_utf8(out, escaped_code(p, end, &used, odd));
			p += used;
		}
		else
		{
			*out++ = plain_escape(p[1]);
			p += 2;
		}
	}
	*out = '\0';
	return result;
}

/* A string value de-escaped, or NULL when the value is no string. */
char *
ol_json_string(const OlJson *json, uint32 value, int *odd)
{
	const OlJsonValue *v = &json->values[value];

	if (ol_json_type(json, value) != OL_JSON_STRING)
		return NULL;
	return unescape(json->text + v->start, json->text + v->end, odd);
}

/* The key of an object's member, de-escaped. */
char *
ol_json_key(const OlJson *json, uint32 value, int *odd)
{
	const OlJsonValue *v = &json->values[value];

	return unescape(json->text + v->key, json->text + v->key_end, odd);
}

/* Whether a member's key, escapes and all, spells an ASCII name. */
static bool
key_is(const OlJson *json, const OlJsonValue *v, const char *key, size_t len)
{
	const char *p = json->text + v->key + 1;
	size_t		size = v->key_end - v->key - 2;
	int			odd = 0;
	char	   *text;
	bool		same;

	if (size < len || size > 6 * len)
		return false;			/* an escape takes six bytes at most */
	if (memchr(p, '\\', size) == NULL)
		return size == len && memcmp(p, key, len) == 0;
	text = unescape(p - 1, json->text + v->key_end, &odd);
	same = strcmp(text, key) == 0;
	pfree(text);
	return same;
}

/* The member of that name, the last one if there are several; 0: none. */
uint32
ol_json_member(const OlJson *json, uint32 object, const char *key)
{
	size_t		len = strlen(key);
	uint32		found = 0;

	if (ol_json_type(json, object) != OL_JSON_OBJECT)
		return 0;
	OL_JSON_FOREACH(member, json, object)
	{
		if (key_is(json, &json->values[member], key, len))
			found = member;
	}
	return found;
}

/* A string member, or NULL when it is missing or no string. */
char *
ol_json_member_string(const OlJson *json, uint32 object, const char *key)
{
	int			odd = 0;

	return ol_json_string(json, ol_json_member(json, object, key), &odd);
}

/*
 * The text of a value, fit for the json type: NUL and lone surrogates are
 * replaced.  Points into the source when nothing had to be.
 */
char *
ol_json_clean_span(const OlJson *json, uint32 value, uint32 *len, int *odd)
{
	const OlJsonValue *v = &json->values[value];
	const char *p = json->text + v->start;
	const char *end = json->text + v->end;
	int			found = 0;
	char	   *copy;

	*len = v->end - v->start;
	for (const char *q = p; (q = memchr(q, '\\', end - q)) != NULL;)
	{
		int			used = 2;

		if (q[1] == 'u')
			escaped_code(q, end, &used, &found);
		q += used;
	}
	if (found == 0)
		return unconstify(char *, p);

	*odd |= found;
	copy = pnstrdup(p, *len);
	for (char *q = copy; (q = memchr(q, '\\', copy + *len - q)) != NULL;)
	{
		int			used = 2;
		int			here = 0;

		if (q[1] == 'u')
			escaped_code(q, copy + *len, &used, &here);
		if (here != 0)
			memcpy(q + 2, "fffd", 4);
		q += used;
	}
	return copy;
}
