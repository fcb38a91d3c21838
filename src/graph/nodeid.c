/*-------------------------------------------------------------------------
 * nodeid.c
 *	  Node ids as Marquez writes them.
 *
 * An id is a kind and one to three names, joined by ':' and not escaped, while
 * names hold ':' themselves (postgres://host:5432, s3://bucket, arn:aws:glue).
 * So an id has no one right reading.  Here are the parts that need no
 * database: the kind, a version at the end, and the split Marquez makes.
 * resolve.c tries that one first and then looks for others among the stored
 * names.
 *
 * No allocation, no error raised: everything points into the caller's text.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <ctype.h>

#include "base/hash.h"
#include "graph/nodeid.h"

#define UUID_TEXT_LEN 36

static const struct
{
	const char *prefix;
	OlNodeIdKind kind;
	int			nparts;
}			forms[] = {
	{"dataset:", OL_NODEID_DATASET, 2},
	{"job:", OL_NODEID_JOB, 2},
	{"datasetField:", OL_NODEID_FIELD, 3},
	{"run:", OL_NODEID_RUN, 1}
};

static bool
is_uuid(const char *name, int len)
{
	char		copy[UUID_TEXT_LEN + 1];
	pg_uuid_t	uuid;

	if (len != UUID_TEXT_LEN)
		return false;
	memcpy(copy, name, len);
	copy[len] = '\0';
	return ol_uuid_parse(copy, &uuid);
}

static int
count_colons(const char *name, int len)
{
	int			n = 0;

	for (int i = 0; i < len; i++)
		n += name[i] == ':';
	return n;
}

/* Length without a version, "#" and a UUID, at the end. */
static int
bare_length(const char *body, int len)
{
	int			bare = len - UUID_TEXT_LEN - 1;

	if (bare >= 0 && body[bare] == '#' &&
		is_uuid(body + bare + 1, UUID_TEXT_LEN))
		return bare;
	return len;
}

/* False when the text is no node id at all. */
bool
ol_nodeid_parse(const char *id_text, OlNodeId *id)
{
	for (int i = 0; i < lengthof(forms); i++)
	{
		int			prefix_len = strlen(forms[i].prefix);

		if (strncmp(id_text, forms[i].prefix, prefix_len) != 0)
			continue;
		id->kind = forms[i].kind;
		id->body = id_text + prefix_len;
		id->len = strlen(id->body);
		id->bare_len = bare_length(id->body, id->len);
		if (id->kind == OL_NODEID_RUN)
			return is_uuid(id->body, id->bare_len);
		return count_colons(id->body, id->len) >= forms[i].nparts - 1;
	}
	return false;
}

/* How many names an id of this kind is made of. */
int
ol_nodeid_parts(OlNodeIdKind kind)
{
	for (int i = 0; i < lengthof(forms); i++)
	{
		if (forms[i].kind == kind)
			return forms[i].nparts;
	}
	return 0;
}

/* Whether Marquez takes the ':' at p for one between names. */
static bool
is_delimiter(const char *p, const char *end)
{
	if (end - p >= 3 && p[1] == '/' && p[2] == '/')
		return false;
	return end - p < 2 || !isdigit((unsigned char) p[1]);
}

/*
 * The split Marquez makes: at each ':' when there are just as many as it
 * takes, else at the first of those that no "//" and no digit follows.
 * False when that leaves too few parts.
 */
bool
ol_nodeid_split(const char *body, int len, int nparts, OlNodePart *parts)
{
	const char *end = body + len;
	const char *begin = body;
	bool		all = count_colons(body, len) == nparts - 1;
	int			n = 0;

	for (const char *p = body; p < end && n < nparts - 1; p++)
	{
		if (*p != ':' || !(all || is_delimiter(p, end)))
			continue;
		parts[n].text = begin;
		parts[n].len = p - begin;
		begin = p + 1;
		n++;
	}
	if (n < nparts - 1)
		return false;
	parts[n].text = begin;
	parts[n].len = end - begin;
	return true;
}

/* Where the last delimiter of a text is; -1: nowhere. */
int
ol_nodeid_last(const char *name, int len, char delimiter)
{
	for (int i = len - 1; i >= 0; i--)
	{
		if (name[i] == delimiter)
			return i;
	}
	return -1;
}
