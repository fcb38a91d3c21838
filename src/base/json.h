/*-------------------------------------------------------------------------
 * json.h
 *	  One pass over a JSON text; see json.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_BASE_JSON_H
#define OL_BASE_JSON_H

/* Deeper than any producer nests, and harmless for the json type's parser. */
#define OL_JSON_MAX_DEPTH	1000

/* A bound on memory: 28 bytes each, so 112 MB for a hostile body. */
#define OL_JSON_MAX_VALUES	4000000

typedef enum OlJsonType
{
	OL_JSON_NULL,
	OL_JSON_FALSE,
	OL_JSON_TRUE,
	OL_JSON_NUMBER,
	OL_JSON_STRING,
	OL_JSON_ARRAY,
	OL_JSON_OBJECT
} OlJsonType;

/* One value; offsets count bytes of the text. */
typedef struct OlJsonValue
{
	uint32		start;			/* first byte, a string's quote included */
	uint32		end;			/* one past the last byte */
	uint32		key;			/* the opening quote of the member's key */
	uint32		key_end;		/* one past its closing quote; 0: no member */
	uint32		next;			/* next sibling; 0: none */
	uint32		first_child;	/* first element or member; 0: none */
	OlJsonType	type;
} OlJsonValue;

/* A parsed text; values[0] is unused, values[1] is the root. */
typedef struct OlJson
{
	const char *text;			/* caller's, must stay */
	uint32		len;
	OlJsonValue *values;		/* allocated by ol_json_parse() */
	uint32		nvalues;
	uint32		capacity;
	const char *error;			/* what is wrong, or NULL */
	uint32		error_at;		/* byte offset of the error */
	bool		too_large;		/* the error is a limit, not the syntax */
} OlJson;

/* What unescaping had to replace by U+FFFD. */
typedef enum OlJsonOdd
{
	OL_JSON_CLEAN = 0,
	OL_JSON_HAD_NUL = 1,
	OL_JSON_HAD_SURROGATE = 2
} OlJsonOdd;

extern bool ol_json_parse(OlJson *json, const char *text, uint32 len);
extern uint32 ol_json_member(const OlJson *json, uint32 object,
							 const char *key);
extern OlJsonType ol_json_type(const OlJson *json, uint32 value);
extern char *ol_json_string(const OlJson *json, uint32 value, int *odd);
extern char *ol_json_key(const OlJson *json, uint32 value, int *odd);
extern char *ol_json_member_string(const OlJson *json, uint32 object,
								   const char *key);
extern char *ol_json_clean_span(const OlJson *json, uint32 value,
								uint32 *len, int *odd);

/* All children of an array or object, in order. */
#define OL_JSON_FOREACH(child, json, parent) \
	for (uint32 child = (json)->values[parent].first_child; \
		 child != 0; child = (json)->values[child].next)

#endif
