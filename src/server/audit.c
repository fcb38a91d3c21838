/*-------------------------------------------------------------------------
 * audit.c
 *	  Who asked for what, until it is written down.
 *
 * Rows gather in memory and are written about once a second, so a request
 * waits for none.  In mode "changes" ingest and denied requests that are alike
 * share one row per writing, which counts them: neither a busy producer nor
 * somebody who guesses tokens can fill the table.  What the API changes has a
 * row of its own, with the names that it was about.
 *
 * A row never holds a token, a query or a body.
 *
 * Pure: no PostgreSQL, no sockets.
 *-------------------------------------------------------------------------*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit.h"

#define MAX_ROWS 10000
#define LARGE 1000
#define MAX_NAME 256			/* bytes of a name that are kept */
#define FIRST_ROWS 64
#define KEY_SIZE 1024

typedef struct OlAuditRow
{
	OlBuffer	text;			/* JSON members that say who and what */
	OlBuffer	key;			/* what requests of a shared row have in
								 * common; else empty */
	uint32_t	hash;			/* of the key */
	int			requests;
	int64_t		at;				/* microseconds since 1970, of the last one */
	int64_t		milliseconds;	/* of all of them */
} OlAuditRow;

static bool
is_wanted(const OlAudit *audit, const OlAuditNote *note)
{
	if (audit->mode == OL_AUDIT_CHANGES)
		return note->is_change || note->is_ingest || note->status == 401 ||
			note->status == 403 || note->status == 429;
	return audit->mode == OL_AUDIT_ALL;
}

/* At most MAX_NAME bytes, whole characters. */
static size_t
kept_length(const char *name)
{
	size_t		len = strlen(name);

	if (len <= MAX_NAME)
		return len;
	len = MAX_NAME;
	while (len > 0 && ((unsigned char) name[len] & 0xc0) == 0x80)
		len--;
	return len;
}

static void
append_member(OlBuffer *text, const char *name, const char *value)
{
	ol_buffer_append_text(text, name);
	if (value == NULL || *value == '\0')
		ol_buffer_append_text(text, "null");
	else
		ol_buffer_append_json(text, value, kept_length(value));
}

static void
write_text(OlBuffer *text, const OlAuditNote *note, bool with_target)
{
	char		status[32];

	append_member(text, "\"user_id\":", note->user);
	append_member(text, ",\"client_id\":", note->client);
	append_member(text, ",\"address\":", note->address);
	append_member(text, ",\"method\":", note->method);
	append_member(text, ",\"route\":", note->route);
	snprintf(status, sizeof(status), ",\"status\":%d", note->status);
	ol_buffer_append_text(text, status);
	if (!with_target || note->ntarget == 0)
		return;
	ol_buffer_append_text(text, ",\"target\":[");
	for (int i = 0; i < note->ntarget; i++)
	{
		if (i > 0)
			ol_buffer_append_text(text, ",");
		ol_buffer_append_json(text, note->target[i], kept_length(note->target[i]));
	}
	ol_buffer_append_text(text, "]");
}

/* Appends a text and its end; what does not fit is left out. */
static size_t
append_key(char *key, size_t used, const char *value)
{
	size_t		len = value == NULL ? 0 : strnlen(value, MAX_NAME);

	if (used + len + 1 > KEY_SIZE)
		return used;
	if (len > 0)
		memcpy(key + used, value, len);
	key[used + len] = '\0';
	return used + len + 1;
}

/* What requests have in common that share a row; far cheaper than the text. */
static size_t
write_key(char *key, const OlAuditNote *note)
{
	size_t		used = sizeof(note->status);

	memcpy(key, &note->status, sizeof(note->status));
	used = append_key(key, used, note->method);
	used = append_key(key, used, note->route);
	used = append_key(key, used, note->address);
	used = append_key(key, used, note->user);
	return append_key(key, used, note->client);
}

static uint32_t
hash_key(const char *key, size_t len)
{
	uint32_t	hash = 2166136261u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char) key[i]) * 16777619u;
	return hash;
}

static OlAuditRow *
find_shared(OlAudit *audit, const char *key, size_t len, uint32_t hash)
{
	for (int i = audit->nrows - 1; i >= 0; i--)
	{
		OlAuditRow *row = &audit->rows[i];

		if (row->hash == hash && row->key.used == len &&
			memcmp(row->key.data, key, len) == 0)
			return row;
	}
	return NULL;
}

static OlAuditRow *
add_row(OlAudit *audit)
{
	if (audit->nrows == audit->capacity)
	{
		int			capacity = audit->capacity == 0 ? FIRST_ROWS : audit->capacity * 2;
		OlAuditRow *rows;

		if (audit->nrows >= MAX_ROWS)
			return NULL;
		rows = realloc(audit->rows, capacity * sizeof(OlAuditRow));
		if (rows == NULL)
			return NULL;
		audit->rows = rows;
		audit->capacity = capacity;
	}
	memset(&audit->rows[audit->nrows], 0, sizeof(OlAuditRow));
	return &audit->rows[audit->nrows++];
}

/* The row of a request: one that it shares, or a new one; NULL without room. */
static OlAuditRow *
row_for(OlAudit *audit, const OlAuditNote *note, bool own_row)
{
	char		key[KEY_SIZE];
	size_t		len = own_row ? 0 : write_key(key, note);
	uint32_t	hash = hash_key(key, len);
	OlAuditRow *row = own_row ? NULL : find_shared(audit, key, len, hash);

	if (row != NULL)
		return row;
	row = add_row(audit);
	if (row == NULL)
		return NULL;
	row->hash = hash;
	ol_buffer_append(&row->key, key, len);
	write_text(&row->text, note, own_row);
	if (!row->text.failed && !row->key.failed)
		return row;
	ol_buffer_free(&row->text);
	ol_buffer_free(&row->key);
	audit->nrows--;
	return NULL;
}

/* A request was answered. */
void
ol_audit_note(OlAudit *audit, const OlAuditNote *note)
{
	bool		own_row = audit->mode == OL_AUDIT_ALL ||
	(note->is_change && note->status < 400);
	struct timespec now;
	OlAuditRow *row;

	if (!is_wanted(audit, note))
		return;
	row = row_for(audit, note, own_row);
	if (row == NULL)
	{
		audit->dropped++;
		return;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	row->at = (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
	row->milliseconds += note->milliseconds;
	row->requests++;
}

bool
ol_audit_is_empty(const OlAudit *audit)
{
	return audit->nrows == 0;
}

/* Is it time to write before the second is over? */
bool
ol_audit_is_large(const OlAudit *audit)
{
	return audit->nrows >= LARGE;
}

/* Moves all rows into a JSON array. */
void
ol_audit_take(OlAudit *audit, OlBuffer *json)
{
	ol_buffer_append_text(json, "[");
	for (int i = 0; i < audit->nrows; i++)
	{
		OlAuditRow *row = &audit->rows[i];
		char		numbers[128];

		snprintf(numbers, sizeof(numbers),
				 ",\"at\":%lld,\"milliseconds\":%lld,\"requests\":%d}",
				 (long long) row->at, (long long) row->milliseconds, row->requests);
		ol_buffer_append_text(json, i == 0 ? "{" : ",{");
		ol_buffer_append(json, row->text.data, row->text.used);
		ol_buffer_append_text(json, numbers);
		ol_buffer_free(&row->text);
		ol_buffer_free(&row->key);
	}
	ol_buffer_append_text(json, "]");
	audit->nrows = 0;
}
