/*-------------------------------------------------------------------------
 * template.c
 *	  What bodies of events are packed with: an earlier text of the same job.
 *
 * A template is made when a body is found to repeat an earlier one and the
 * template there is, if any, is of little use for it.  The new one then holds
 * both texts: that of the old template, for the events that it suits, and the
 * body.  Each further one of a job needs four times as many bodies of little
 * use as the one before, so that templates are few beside the events.
 *
 * This process keeps the texts it has used.  What may become of them elsewhere:
 *
 * - Other sessions make another template: both are good.
 * - A transaction that made one, ours, is rolled back or prepared: the texts
 *	 are forgotten.
 * - A template is deleted.  Who uses templates holds ROW EXCLUSIVE on their
 *	 table until the transaction ends; who deletes some has called
 *	 lock_templates(), whose lock waits for that, and whose message, which is
 *	 read with the next lock on the table at the latest, makes us forget.
 * - The extension is dropped and made again: texts are of one table.
 *
 * A transaction that keeps its first snapshot could use a template that is
 * deleted since, or that it does not see itself: it uses none.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "base/compat.h"
#include "base/probe.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "ingest/batch.h"
#include "ingest/template.h"
#include "lib/ilist.h"
#include "storage/lmgr.h"
#include "store/pack.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(ol_lock_templates);

/* A shorter body is not worth the reference. */
#define LEAST_BYTES 512
/* Less than LZ4 reaches back, as what repeats may have moved. */
#define MOST_TEXT 60000
/* Of all texts that this process keeps. */
#define MOST_KEPT ((Size) 32 * 1024 * 1024)
/* Bodies compared with a sample before another is taken. */
#define TRIES 4
#define MOST_ROUNDS 6

enum
{
	TEMPLATE_ID, TEMPLATE_NAMESPACE_ID, TEMPLATE_NODE_ID, TEMPLATE_PARTITION,
	TEMPLATE_MADE_OF, TEMPLATE_PACKED, TEMPLATE_COLUMNS
};

static const char *const columns[] = {
	"id", "namespace_id", "node_id", "partition", "made_of", "packed"
};

typedef struct OwnerKey
{
	int			node_id;
	Oid			partition;
} OwnerKey;

/* A job or dataset in one partition. */
typedef struct Owner
{
	OwnerKey	key;
	dlist_node	place;			/* in owners_by_use */
	int64		id;				/* of its template; 0: it has none */
	char	   *text;			/* of the template */
	uint32		len;
	int			nmade_of;
	OlHash	   *made_of;
	int			nmade;			/* templates that there are */
	char	   *sample;			/* an earlier body that the template is of
								 * little use for, or NULL */
	uint32		sample_len;
	int			npoor;			/* such bodies since the template was made */
	int			ntried;			/* compared with the sample */
	int			nrounds;		/* samples that were of no use */
	int			rest;			/* bodies to pass before the next comparison */
} Owner;

static HTAB *owners;
static dlist_head owners_by_use;	/* the last used first */
static MemoryContext kept;		/* holds it all */
static Size kept_bytes;			/* of texts and samples */
static Oid	of_table;			/* openlineage.event_template that it is of */
static bool is_stale;			/* to be forgotten before the next look */

static void
forget(void)
{
	if (kept != NULL)
		MemoryContextDelete(kept);
	kept = NULL;
	owners = NULL;
	kept_bytes = 0;
	is_stale = false;
}

static void
at_transaction(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		is_stale = true;
}

static void
at_subtransaction(SubXactEvent event, SubTransactionId id,
				  SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		is_stale = true;
}

static void
at_change(Datum arg, Oid table)
{
	if (table == of_table || table == InvalidOid)
		is_stale = true;
}

static void
open_cache(void)
{
	HASHCTL		control = {.keysize = sizeof(OwnerKey),
	.entrysize = sizeof(Owner)};

	if (is_stale)
		forget();
	if (owners != NULL)
		return;
	/* small: a text takes no more than its length */
	kept = AllocSetContextCreate(TopMemoryContext, "templates of events",
								 ALLOCSET_SMALL_SIZES);
	control.hcxt = kept;
	owners = hash_create("templates of events", 256, &control,
						 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	dlist_init(&owners_by_use);
}

/* Before any partition is locked: lock_templates() is called in that order. */
void
ol_templates_begin(OlTemplates *templates)
{
	static bool registered = false;
	Oid			table = get_relname_relid("event_template",
										  get_namespace_oid("openlineage", false));

	if (!registered)
	{
		RegisterXactCallback(at_transaction, NULL);
		RegisterSubXactCallback(at_subtransaction, NULL);
		CacheRegisterRelcacheCallback(at_change, (Datum) 0);
		registered = true;
	}
	templates->table = table_open(table, RowExclusiveLock);
	templates->is_usable = !IsolationUsesXactSnapshot();
	templates->is_writing = false;
	if (table != of_table)
		is_stale = true;
	of_table = table;
}

void
ol_templates_end(OlTemplates *templates)
{
	if (templates->is_writing)
		ol_writer_end(&templates->rows);
	table_close(templates->table, NoLock);
}

/* No more than most bytes from the start of a text, in whole characters. */
static uint32
clip(const char *text, uint32 len, uint32 most)
{
	if (len <= most)
		return len;
	while (most > 0 && (text[most] & 0xC0) == 0x80)
		most--;
	return most;
}

static char *
keep_text(const char *text, uint32 len)
{
	char	   *copy = MemoryContextAlloc(kept, Max(len, 1));

	memcpy(copy, text, len);
	kept_bytes += GetMemoryChunkSpace(copy);
	return copy;
}

static void
drop_text(char **text, uint32 *len)
{
	if (*text == NULL)
		return;
	kept_bytes -= GetMemoryChunkSpace(*text);
	pfree(*text);
	*text = NULL;
	*len = 0;
}

static void
set_sample(Owner *owner, const char *body, uint32 len)
{
	drop_text(&owner->sample, &owner->sample_len);
	owner->sample_len = clip(body, len, MOST_TEXT);
	owner->sample = keep_text(body, owner->sample_len);
	owner->ntried = 0;
}

static void
set_template(Owner *owner, int64 id, const char *text, uint32 len,
			 const OlHash *made_of, int nmade_of)
{
	OlHash	   *hashes = MemoryContextAlloc(kept, sizeof(OlHash) * Max(nmade_of, 1));

	memcpy(hashes, made_of, sizeof(OlHash) * nmade_of);
	drop_text(&owner->text, &owner->len);
	drop_text(&owner->sample, &owner->sample_len);
	if (owner->made_of != NULL)
		pfree(owner->made_of);
	owner->id = id;
	owner->text = keep_text(text, len);
	owner->len = len;
	owner->made_of = hashes;
	owner->nmade_of = nmade_of;
	owner->npoor = owner->ntried = owner->nrounds = owner->rest = 0;
}

/* Frees what was not used for longest; never the last used. */
static void
make_room(void)
{
	while (kept_bytes > MOST_KEPT &&
		   dlist_tail_node(&owners_by_use) != dlist_head_node(&owners_by_use))
	{
		Owner	   *owner = dlist_tail_element(Owner, place, &owners_by_use);

		drop_text(&owner->text, &owner->len);
		drop_text(&owner->sample, &owner->sample_len);
		if (owner->made_of != NULL)
			pfree(owner->made_of);
		dlist_delete(&owner->place);
		hash_search(owners, &owner->key, HASH_REMOVE, NULL);
	}
}

/* The stored template that the probe is at becomes the owner's. */
static void
read_template(Owner *owner, OlProbe *probe)
{
	Oid			table = RelationGetRelid(probe->table);
	bool		isnull;
	int64		id = DatumGetInt64(ol_probe_column(probe, get_attnum(table, "id"), &isnull));
	Datum		packed = ol_probe_column(probe, get_attnum(table, "packed"), &isnull);
	ArrayType  *made_of = DatumGetArrayTypeP(ol_probe_column(probe, get_attnum(table, "made_of"), &isnull));
	const char *damage;
	text	   *body = ol_unpack(DatumGetByteaPP(packed), NULL, 0, &damage);

	if (body == NULL)
		return;					/* whoever reads its events is told */
	set_template(owner, id, VARDATA(body), VARSIZE(body) - VARHDRSZ,
				 (OlHash *) ARR_DATA_PTR(made_of),
				 ArrayGetNItems(ARR_NDIM(made_of), ARR_DIMS(made_of)));
	pfree(body);
}

/* The latest template of the owner; false: it is the one we have. */
static bool
find_template(Owner *owner, Relation partition)
{
	int64		had = owner->id;
	Datum		keys[] = {
		Int32GetDatum(owner->key.node_id),
		CStringGetTextDatum(RelationGetRelationName(partition))
	};
	OlProbe		probe;
	bool		isnull;
	AttrNumber	id;

	ol_probe_begin(&probe, "event_template_node_idx", lengthof(keys));
	id = get_attnum(RelationGetRelid(probe.table), "id");
	ol_probe_seek(&probe, keys, NULL);	/* the latest comes first */
	owner->nmade = 0;
	while (ol_probe_next(&probe))
	{
		owner->nmade++;
		if (DatumGetInt64(ol_probe_column(&probe, id, &isnull)) > owner->id)
			read_template(owner, &probe);
	}
	ol_probe_end(&probe);
	return owner->id != had;
}

/* The index of a partition by node; InvalidOid: somebody dropped it. */
static Oid
index_of_nodes(Relation partition)
{
	AttrNumber	node_id = get_attnum(RelationGetRelid(partition), "node_id");
	List	   *indexes = RelationGetIndexList(partition);
	Oid			found = InvalidOid;
	ListCell   *cell;

	foreach(cell, indexes)
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);

		if (index->rd_index->indkey.values[0] == node_id &&
			RelationGetIndexPredicate(index) == NIL)
			found = lfirst_oid(cell);
		index_close(index, NoLock);
	}
	list_free(indexes);
	return found;
}

/* A stored event is the first sample: other processes took the others. */
static void
find_sample(Owner *owner, Relation partition)
{
	Oid			index = index_of_nodes(partition);
	Datum		keys[] = {Int32GetDatum(owner->key.node_id)};
	OlProbe		probe;

	if (!OidIsValid(index))
		return;
	ol_probe_begin_id(&probe, index, lengthof(keys));
	if (ol_probe_find(&probe, keys))
	{
		bool		isnull;
		Datum		packed = ol_probe_column(&probe, get_attnum(RelationGetRelid(partition), "packed"), &isnull);
		bytea	   *bytes = DatumGetByteaPP(packed);

		const char *damage;
		text	   *body = ol_unpack(bytes, NULL, 0, &damage);

		if (body != NULL)
		{
			set_sample(owner, VARDATA(body), VARSIZE(body) - VARHDRSZ);
			pfree(body);
		}
	}
	ol_probe_end(&probe);
}

static Owner *
find_owner(int node_id, Relation partition)
{
	OwnerKey	key = {node_id, RelationGetRelid(partition)};
	bool		found;
	Owner	   *owner;

	open_cache();
	make_room();
	owner = hash_search(owners, &key, HASH_FIND, NULL);
	if (owner != NULL)
	{
		dlist_move_head(&owners_by_use, &owner->place);
		return owner;
	}
	owner = hash_search(owners, &key, HASH_ENTER, &found);
	memset((char *) owner + sizeof(OwnerKey), 0, sizeof(Owner) - sizeof(OwnerKey));
	dlist_push_head(&owners_by_use, &owner->place);
	if (!find_template(owner, partition))
		find_sample(owner, partition);
	return owner;
}

static bool
is_good(const bytea *packed, const OlEvent *event)
{
	return VARSIZE(packed) <= 128 + event->len / 8;
}

/* Whether the body repeats the sample. */
static bool
repeats_sample(const Owner *owner, const OlEvent *event)
{
	bytea	   *packed = ol_pack(event->body, event->len, owner->sample,
								 owner->sample_len);
	bool		repeats = is_good(packed, event);

	pfree(packed);
	return repeats;
}

static void
insert_template(OlTemplates *templates, const Owner *owner,
				const OlEvent *event, Relation partition)
{
	static const bool nulls[TEMPLATE_COLUMNS] = {false};
	Datum	   *hashes = palloc_array(Datum, owner->nmade_of);
	Datum		values[TEMPLATE_COLUMNS];

	if (!templates->is_writing)
		ol_writer_begin_id(&templates->rows, RelationGetRelid(templates->table),
						   columns, TEMPLATE_COLUMNS);
	templates->is_writing = true;
	for (int i = 0; i < owner->nmade_of; i++)
		hashes[i] = UUIDPGetDatum(&owner->made_of[i]);
	values[TEMPLATE_ID] = Int64GetDatum(owner->id);
	values[TEMPLATE_NAMESPACE_ID] = Int32GetDatum(event->job.id->space->id);
	values[TEMPLATE_NODE_ID] = Int32GetDatum(owner->key.node_id);
	values[TEMPLATE_PARTITION] =
		CStringGetTextDatum(RelationGetRelationName(partition));
	values[TEMPLATE_MADE_OF] =
		PointerGetDatum(construct_array(hashes, owner->nmade_of, UUIDOID,
										UUID_LEN, false, TYPALIGN_CHAR));
	values[TEMPLATE_PACKED] =
		PointerGetDatum(ol_pack(owner->text, owner->len, NULL, 0));
	ol_writer_insert(&templates->rows, values, nulls);
	pfree(hashes);
}

/* The end of the old template's text, and the body. */
static void
make_template(OlTemplates *templates, Owner *owner, const OlEvent *event,
			  Relation partition)
{
	uint32		body = clip(event->body, event->len, MOST_TEXT);
	uint32		old = Min(owner->len, MOST_TEXT - body);
	char	   *text = palloc(MOST_TEXT);
	OlHash	   *made_of = palloc_array(OlHash, owner->nmade_of + 1);
	Oid			ids = get_relname_relid("event_template_id_seq",
										get_namespace_oid("openlineage", false));

	while (old > 0 && (owner->text[owner->len - old] & 0xC0) == 0x80)
		old--;
	if (old > 0)
		memcpy(text, owner->text + owner->len - old, old);
	memcpy(text + old, event->body, body);
	if (owner->nmade_of > 0)
		memcpy(made_of, owner->made_of, sizeof(OlHash) * owner->nmade_of);
	made_of[owner->nmade_of] = event->hash;
	set_template(owner, nextval_internal(ids, false), text, old + body,
				 made_of, owner->nmade_of + 1);
	owner->nmade++;
	pfree(text);
	pfree(made_of);
	insert_template(templates, owner, event, partition);
}

/*
 * A body that the template is of little use for; true: now there is a better
 * one.  A producer whose bodies never repeat is asked less and less often.
 */
static bool
learn(OlTemplates *templates, Owner *owner, const OlEvent *event,
	  Relation partition)
{
	owner->npoor++;
	if (owner->rest > 0)
	{
		owner->rest--;
		return false;
	}
	if (owner->sample == NULL)
	{
		set_sample(owner, event->body, event->len);
		return false;
	}
	if (owner->nmade > 0 && owner->npoor < 1 << Min(2 * owner->nmade, 20))
		return false;
	if (!repeats_sample(owner, event))
	{
		if (++owner->ntried < TRIES)
			return false;
		set_sample(owner, event->body, event->len);
		owner->nrounds = Min(owner->nrounds + 1, MOST_ROUNDS);
		owner->rest = 1 << owner->nrounds;
		return false;
	}
	if (!find_template(owner, partition))
		make_template(templates, owner, event, partition);
	return true;
}

/* A template that does not help at all is left out. */
static bytea *
pack_with(const Owner *owner, const OlEvent *event)
{
	bytea	   *packed = ol_pack(event->body, event->len, owner->text, owner->len);
	bytea	   *plain;

	if (owner->text == NULL || VARSIZE(packed) <= event->len / 4)
		return packed;
	plain = ol_pack(event->body, event->len, NULL, 0);
	if (VARSIZE(packed) < VARSIZE(plain))
	{
		pfree(plain);
		return packed;
	}
	pfree(packed);
	return plain;
}

/* The body as event_store keeps it; *id: of the template that it needs, or 0. */
bytea *
ol_template_pack(OlTemplates *templates, const OlEvent *event,
				 Relation partition, int64 *id)
{
	Owner	   *owner;
	bytea	   *packed;

	*id = 0;
	if (!templates->is_usable || event->len < LEAST_BYTES ||
		event->len > OL_TEMPLATE_MAX_BYTES)
		return ol_pack(event->body, event->len, NULL, 0);
	owner = find_owner(event->job.id->own_id, partition);
	packed = pack_with(owner, event);
	if (!is_good(packed, event) && learn(templates, owner, event, partition))
	{
		pfree(packed);
		packed = pack_with(owner, event);
	}
	if (ol_pack_uses_template(packed))
		*id = owner->id;
	return packed;
}

Datum
ol_lock_templates(PG_FUNCTION_ARGS)
{
	Oid			table = get_relname_relid("event_template",
										  get_namespace_oid("openlineage", false));

	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("events that others are packed with cannot be deleted in a transaction of this isolation level"),
				 errhint("Use READ COMMITTED.")));
	LockRelationOid(table, ShareRowExclusiveLock);
	CacheInvalidateRelcacheByRelid(table);
	PG_RETURN_VOID();
}
