/*-------------------------------------------------------------------------
 * titles.c
 *	  What the jobs and datasets of one answer are called.
 *
 * Whoever meets an id says that its name is wanted; ol_titles_read() then reads
 * all that are new with one statement per table, as the caller.  So a name is
 * read, escaped and kept once, however often the answer says it.  An id is
 * found afterwards only if its node and its namespace may both be seen.
 *
 * Everything lives in the memory context that was current at ol_titles_create().
 * Between SPI_connect() and SPI_finish().
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "api/titles.h"
#include "base/compat.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "graph/query.h"
#include "miscadmin.h"
#include "utils/builtins.h"

/* name: NULL while it is wanted, and for good when it may not be seen. */
typedef struct NameEntry
{
	int32		id;
	char		status;
	OlTitle    *name;
} NameEntry;

typedef struct SpaceEntry
{
	int32		id;
	char		status;
	OlSpace    *space;
} SpaceEntry;

#define SH_PREFIX nametable
#define SH_ELEMENT_TYPE NameEntry
#define SH_KEY_TYPE int32
#define SH_KEY id
#define SH_HASH_KEY(tb, key) murmurhash32((uint32) key)
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define SH_PREFIX spacetable
#define SH_ELEMENT_TYPE SpaceEntry
#define SH_KEY_TYPE int32
#define SH_KEY id
#define SH_HASH_KEY(tb, key) murmurhash32((uint32) key)
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct OlTitles
{
	MemoryContext context;
	nametable_hash *names;
	spacetable_hash *spaces;
	int32	   *wanted;			/* not read yet */
	int			nwanted;
	int			capacity;
	OlTitle   **fresh;			/* just read, namespace not known yet */
	int			nfresh;
	int32	   *wanted_spaces;
	int			nwanted_spaces;
};

static OlQuery nodes_by_id = {
	"SELECT n.id, n.namespace_id, n.job_id, n.kind = 'job', n.name"
	" FROM openlineage.node AS n WHERE n.id = ANY ($1)",
	1, {INT4ARRAYOID}
};

static OlQuery spaces_by_id = {
	"SELECT s.id, s.name FROM openlineage.namespace AS s WHERE s.id = ANY ($1)",
	1, {INT4ARRAYOID}
};

static OlQuery hidden_by_id = {
	"SELECT h.node_id FROM openlineage.hidden_node AS h WHERE h.node_id = ANY ($1)",
	1, {INT4ARRAYOID}
};

OlTitles *
ol_titles_create(void)
{
	OlTitles   *names = palloc0(sizeof(OlTitles));

	names->context = CurrentMemoryContext;
	names->names = nametable_create(names->context, 1024, NULL);
	names->spaces = spacetable_create(names->context, 16, NULL);
	names->capacity = 1024;
	names->wanted = palloc(sizeof(int32) * names->capacity);
	return names;
}

/* The name of an id will be asked for. */
void
ol_titles_want(OlTitles *names, int32 id)
{
	bool		found;
	NameEntry  *entry = nametable_insert(names->names, id, &found);

	if (found)
		return;
	entry->name = NULL;
	if (names->nwanted == names->capacity)
	{
		names->capacity *= 2;
		names->wanted = repalloc_huge(names->wanted,
									  sizeof(int32) * names->capacity);
	}
	names->wanted[names->nwanted++] = id;
}

/* NULL when it was not wanted or may not be seen. */
OlTitle *
ol_titles_find(const OlTitles *names, int32 id)
{
	NameEntry  *entry = nametable_lookup(names->names, id);

	return entry == NULL ? NULL : entry->name;
}

static void
want_space(OlTitles *names, int32 id)
{
	bool		found;
	SpaceEntry *entry = spacetable_insert(names->spaces, id, &found);

	if (found)
		return;
	entry->space = NULL;
	names->wanted_spaces[names->nwanted_spaces++] = id;
}

static void
receive_node(TupleTableSlot *slot, void *arg)
{
	OlTitles   *names = arg;
	OlTitle    *name = palloc0(sizeof(OlTitle));

	name->id = DatumGetInt32(slot->tts_values[0]);
	name->space_id = DatumGetInt32(slot->tts_values[1]);
	name->job_id = slot->tts_isnull[2] ? 0 : DatumGetInt32(slot->tts_values[2]);
	name->is_job = DatumGetBool(slot->tts_values[3]);
	name->name = DatumGetTextPCopy(slot->tts_values[4]);
	name->rank = -1;
	name->member = -1;
	names->fresh[names->nfresh++] = name;
	want_space(names, name->space_id);
}

static void
receive_space(TupleTableSlot *slot, void *arg)
{
	OlTitles   *names = arg;
	SpaceEntry *entry = spacetable_lookup(names->spaces,
										  DatumGetInt32(slot->tts_values[0]));
	OlSpace    *space = palloc(sizeof(OlSpace));
	StringInfoData json;

	space->name = DatumGetTextPCopy(slot->tts_values[1]);
	initStringInfo(&json);
	ol_form_text(&json, space->name);
	space->form = ol_form_copy(&json);
	pfree(json.data);
	entry->space = space;
}

static void
receive_hidden(TupleTableSlot *slot, void *arg)
{
	OlTitle    *name = ol_titles_find(arg, DatumGetInt32(slot->tts_values[0]));

	if (name != NULL)
		name->is_hidden = true;
}

/* How the name is written; scratch is reused from name to name. */
static void
form_name(OlTitle *name, StringInfo scratch)
{
	OlForm		quoted;

	resetStringInfo(scratch);
	ol_form_text(scratch, name->name);
	quoted = ol_form_copy(scratch);

	resetStringInfo(scratch);
	ol_form_literal(scratch, "\"namespace\" : ");
	ol_form_put(scratch, name->space->form);
	ol_form_literal(scratch, ", \"name\" : ");
	ol_form_put(scratch, quoted);
	name->members = ol_form_copy(scratch);

	/*
	 * Kind and colons need no escapes, so the parts join without their
	 * quotes.
	 */
	resetStringInfo(scratch);
	appendStringInfoString(scratch, name->is_job ? "\"job:" : "\"dataset:");
	appendBinaryStringInfo(scratch, name->space->form.data + 1,
						   name->space->form.len - 2);
	appendStringInfoChar(scratch, ':');
	appendBinaryStringInfo(scratch, quoted.data + 1, quoted.len - 1);
	name->quoted = ol_form_copy(scratch);
	pfree(unconstify(char *, quoted.data));

	resetStringInfo(scratch);
	appendStringInfoString(scratch, name->is_job ? "job:" : "dataset:");
	appendBinaryStringInfo(scratch, VARDATA_ANY(name->space->name),
						   VARSIZE_ANY_EXHDR(name->space->name));
	appendStringInfoChar(scratch, ':');
	appendBinaryStringInfo(scratch, VARDATA_ANY(name->name),
						   VARSIZE_ANY_EXHDR(name->name));
	name->label = ol_form_copy(scratch);
}

/* Names whose namespace may be seen get their place. */
static void
keep_fresh(OlTitles *names)
{
	StringInfoData scratch;

	initStringInfo(&scratch);
	for (int i = 0; i < names->nfresh; i++)
	{
		OlTitle    *name = names->fresh[i];

		name->space = spacetable_lookup(names->spaces, name->space_id)->space;
		if (name->space == NULL)
			continue;
		if (name->job_id == 0)
			form_name(name, &scratch);
		nametable_lookup(names->names, name->id)->name = name;
	}
	pfree(scratch.data);
}

/* Read all names that are wanted and not read yet. */
void
ol_titles_read(OlTitles *names)
{
	MemoryContext old = MemoryContextSwitchTo(names->context);
	Datum		ids;

	if (names->nwanted == 0)
	{
		MemoryContextSwitchTo(old);
		return;
	}
	ids = ol_sorted_int_array(names->wanted, names->nwanted);
	names->fresh = palloc_extended(sizeof(OlTitle *) * names->nwanted,
								   MCXT_ALLOC_HUGE);
	names->wanted_spaces = palloc(sizeof(int32) * names->nwanted);
	names->nfresh = 0;
	names->nwanted_spaces = 0;
	ol_query_run(&nodes_by_id, &ids, receive_node, names);
	if (names->nwanted_spaces > 0)
	{
		Datum		space_ids = ol_int_array(names->wanted_spaces,
											 names->nwanted_spaces);

		ol_query_run(&spaces_by_id, &space_ids, receive_space, names);
	}
	keep_fresh(names);
	ol_query_run(&hidden_by_id, &ids, receive_hidden, names);
	names->nwanted = 0;
	pfree(names->fresh);
	pfree(names->wanted_spaces);
	pfree(DatumGetPointer(ids));
	MemoryContextSwitchTo(old);
}

static int
compare_bytes(const char *a, int alen, const char *b, int blen)
{
	int			order = memcmp(a, b, Min(alen, blen));

	return order != 0 ? order : (alen > blen) - (alen < blen);
}

/* By namespace, then by name, as COLLATE "C" has it. */
int
ol_title_cmp(const OlTitle *a, const OlTitle *b)
{
	int			order = 0;

	if (a->space != b->space)
		order = compare_bytes(VARDATA_ANY(a->space->name),
							  VARSIZE_ANY_EXHDR(a->space->name),
							  VARDATA_ANY(b->space->name),
							  VARSIZE_ANY_EXHDR(b->space->name));
	if (order != 0)
		return order;
	return compare_bytes(VARDATA_ANY(a->name), VARSIZE_ANY_EXHDR(a->name),
						 VARDATA_ANY(b->name), VARSIZE_ANY_EXHDR(b->name));
}

static int
compare_labels(const void *a, const void *b)
{
	const OlTitle *left = *(OlTitle *const *) a;
	const OlTitle *right = *(OlTitle *const *) b;
	int			order = compare_bytes(left->label.data, left->label.len,
									  right->label.data, right->label.len);

	return order != 0 ? order : (left->id > right->id) - (left->id < right->id);
}

/* Sort names, none of them a step, by their ids in the API, and tell each its place. */
void
ol_titles_rank(OlTitle **found, int n)
{
	qsort(found, n, sizeof(OlTitle *), compare_labels);
	for (int i = 0; i < n; i++)
		found[i]->rank = i;
}
