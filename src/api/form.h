/*-------------------------------------------------------------------------
 * form.h
 *	  JSON as json_build_object() writes it, without it; see form.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_API_FORM_H
#define OL_API_FORM_H

#include "base/json.h"
#include "datatype/timestamp.h"
#include "lib/stringinfo.h"
#include "utils/uuid.h"

/* A piece of JSON text that is written many times. */
typedef struct OlForm
{
	const char *data;
	int			len;
} OlForm;

/* Text that is known when the code is written. */
#define ol_form_literal(json, literal) \
	appendBinaryStringInfo(json, literal, sizeof(literal) - 1)

#define ol_form_put(json, form) \
	appendBinaryStringInfo(json, (form).data, (form).len)

extern OlForm ol_form_copy(const StringInfoData *json);
extern void ol_form_text(StringInfo json, const text *value);
extern void ol_form_uuid(StringInfo json, const pg_uuid_t *uuid);
extern void ol_form_time(StringInfo json, TimestampTz when);
extern void ol_form_body(StringInfo json, Datum body);
extern text *ol_form_member(const OlJson *json, uint32 object,
							 const char *key);

/* No time at all; served as null, as infinity is. */
#define OL_NO_TIME	DT_NOBEGIN

#endif
