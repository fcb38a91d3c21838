/*-------------------------------------------------------------------------
 * known.c
 *	  What this process has seen stored, so that it is not looked up again.
 *
 * An entry of the first kind says: the job or dataset of this node has its
 * rows, and created_at is this time or less.  What may become of it elsewhere:
 *
 * - Other sessions date it back: then the entry is still true.
 * - A transaction that made it, ours, is rolled back or prepared: every abort,
 *	 that of a subtransaction included, empties the cache.
 * - The rows are deleted (purge, merge).  A node id is never given out again,
 *	 so no entry comes to mean another thing.  The caller adds rows that refer
 *	 to what is known (those of activity, whose foreign key fails), so a wrong
 *	 entry is an error, the abort empties the cache, and the event is applied
 *	 again (ingest.c).
 * - The extension is dropped and made again: entries are of one table.
 *
 * One of the second kind says: this name has this node, and that one stands
 * for it.  When a node is deleted or comes to stand for others, a trigger of
 * node invalidates dataset_alias for all sessions (ol_sql_node_changed).  A
 * batch locks that table before it looks names up, which is when invalidations
 * come in; who changes what stands for a name holds a lock that conflicts.
 *
 * One of the third kind says: these datasets are this set of a job in a partition
 * (dataset_set.c), or how often they were seen before they are one.  A set goes
 * with its job or partition alone, and TRUNCATE invalidates its table.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "commands/trigger.h"
#include "ingest/batch.h"
#include "ingest/known.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* Beyond that a cache starts anew: about 3 MB, 7 MB and 7 MB. */
#define MOST_ENTRIES 100000

typedef struct Entity
{
	int			node_id;		/* the key */
	TimestampTz created_at;
} Entity;

typedef struct NameKey
{
	int			space_id;
	int			kind;			/* OlNodeKind */
	OlHash		hash;
} NameKey;

typedef struct KnownName
{
	NameKey		key;
	int			own_id;
	int			id;
	int			space_id;		/* of id */
} KnownName;

static HTAB *entities;
static HTAB *names;
static HTAB *sets;
static Oid	of_table;			/* openlineage.dataset_alias beside the nodes */
static bool names_changed;		/* forget them at the next look */
static Oid	of_sets;			/* openlineage.dataset_set */
static bool sets_changed;		/* likewise */

PG_FUNCTION_INFO_V1(ol_sql_node_changed);

static void
forget_names(void)
{
	if (names != NULL)
		hash_destroy(names);
	names = NULL;
}

static void
forget_sets(void)
{
	if (sets != NULL)
		hash_destroy(sets);
	sets = NULL;
}

static void
forget(void)
{
	if (entities != NULL)
		hash_destroy(entities);
	entities = NULL;
	forget_names();
	forget_sets();
}

static void
at_transaction(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		forget();
}

static void
at_subtransaction(SubXactEvent event, SubTransactionId id,
				  SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		forget();
}

static void
at_invalidation(Datum arg, Oid table)
{
	if (table == of_table || !OidIsValid(table))
		names_changed = true;
	if (table == of_sets || !OidIsValid(table))
		sets_changed = true;
}

static HTAB *
make_cache(const char *name, Size keysize, Size entrysize)
{
	HASHCTL		control = {.keysize = keysize,.entrysize = entrysize,
	.hcxt = TopMemoryContext};

	return hash_create(name, 1024, &control,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Comes before the names of a batch are looked up, once it has its locks. */
void
ol_known_begin(void)
{
	static bool registered = false;
	Oid			schema = get_namespace_oid("openlineage", false);
	Oid			table = get_relname_relid("dataset_alias", schema);

	if (!registered)
	{
		RegisterXactCallback(at_transaction, NULL);
		RegisterSubXactCallback(at_subtransaction, NULL);
		CacheRegisterRelcacheCallback(at_invalidation, (Datum) 0);
		registered = true;
	}
	if (table != of_table ||
		(entities != NULL && hash_get_num_entries(entities) >= MOST_ENTRIES))
		forget();
	of_table = table;
	of_sets = get_relname_relid("dataset_set", schema);
	if (names != NULL && hash_get_num_entries(names) >= MOST_ENTRIES)
		forget_names();
	if (sets != NULL && hash_get_num_entries(sets) >= MOST_ENTRIES)
		forget_sets();
}

/* Makes sure that there are caches, of names as far as that is known. */
static void
open_caches(void)
{
	if (names_changed)
		forget_names();
	names_changed = false;
	if (entities == NULL)
		entities = make_cache("known jobs and datasets", sizeof(int),
							  sizeof(Entity));
	if (names == NULL)
		names = make_cache("known names", sizeof(NameKey), sizeof(KnownName));
}

/* Whether the rows of a node are there and were created by then. */
bool
ol_known_entity(int node_id, TimestampTz first_at)
{
	const Entity *entity;

	open_caches();
	entity = hash_search(entities, &node_id, HASH_FIND, NULL);
	return entity != NULL && entity->created_at <= first_at;
}

/* The rows of a node are there now, created at this time or before. */
void
ol_known_entity_add(int node_id, TimestampTz created_at)
{
	bool		found;
	Entity	   *entity;

	open_caches();
	entity = hash_search(entities, &node_id, HASH_ENTER, &found);
	entity->created_at = found ? Min(entity->created_at, created_at) : created_at;
}

static NameKey
name_key(const OlName *name)
{
	NameKey		key = {name->space->id, name->kind, name->hash};

	return key;
}

/* Sets the nodes of the name, if they are known. */
bool
ol_known_name(OlName *name)
{
	NameKey		key = name_key(name);
	const KnownName *known;

	open_caches();
	known = hash_search(names, &key, HASH_FIND, NULL);
	if (known == NULL)
		return false;
	name->own_id = known->own_id;
	name->id = known->id;
	name->space_id = known->space_id;
	return true;
}

/* The nodes of the name are these; its batch has locked dataset_alias. */
void
ol_known_name_add(const OlName *name)
{
	NameKey		key = name_key(name);
	KnownName  *known;

	open_caches();
	known = hash_search(names, &key, HASH_ENTER, NULL);
	known->own_id = name->own_id;
	known->id = name->id;
	known->space_id = name->space_id;
}

/* What is known of a set, at first nothing; the caller changes it. */
OlKnownSet *
ol_known_set(const OlKnownSetKey *key)
{
	bool		found;
	OlKnownSet *set;

	if (sets_changed)
		forget_sets();
	sets_changed = false;
	if (sets == NULL)
		sets = make_cache("known sets of datasets", sizeof(OlKnownSetKey),
						  sizeof(OlKnownSet));
	set = hash_search(sets, key, HASH_ENTER, &found);
	if (!found)
	{
		set->id = 0;
		set->nseen = 0;
	}
	return set;
}

/* Trigger of openlineage.node: what sessions know of names may be wrong now. */
Datum
ol_sql_node_changed(PG_FUNCTION_ARGS)
{
	Oid			schema = get_namespace_oid("openlineage", false);
	Oid			table = get_relname_relid("dataset_alias", schema);

	if (OidIsValid(table))
		CacheInvalidateRelcacheByRelid(table);
	PG_RETURN_POINTER(NULL);
}
