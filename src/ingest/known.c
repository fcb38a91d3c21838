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
 * One of the third kind says: this edge is stored and known since this time or
 * before.  What deletes or changes an edge invalidates its table (graph/change.c).
 * Who does so holds the row of activity of the job or dataset that it is of, as
 * does who asks; so it asks for invalidations once it has that row.
 *
 * One of the fourth kind says: these datasets are this set of a job in a partition
 * (dataset_set.c), or how often they were seen before they are one.  A set goes
 * with its job or partition alone, and TRUNCATE invalidates its table.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "ingest/batch.h"
#include "ingest/known.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* Beyond that a cache starts anew: about 3 MB that of entities, 6 MB the others. */
#define MOST_ENTRIES 100000
#define FIRST_ENTRIES 1024

typedef struct Entity
{
	TimestampTz created_at;
	int			node_id;		/* the key */
	char		status;			/* of simplehash */
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
	char		status;
} KnownName;

typedef struct EdgeKey
{
	int			src;
	int			dst;
	int			kind;			/* OlEdgeKind */
} EdgeKey;

typedef struct KnownEdge
{
	TimestampTz first_at;
	EdgeKey		key;
	char		status;
} KnownEdge;

/* Tables in one piece: a look leaves the processor's caches once, not thrice. */
#define SH_PREFIX entities
#define SH_ELEMENT_TYPE Entity
#define SH_KEY_TYPE int
#define SH_KEY node_id
#define SH_HASH_KEY(table, key) murmurhash32((uint32) (key))
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define SH_PREFIX names
#define SH_ELEMENT_TYPE KnownName
#define SH_KEY_TYPE NameKey
#define SH_KEY key
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) &(key), sizeof(NameKey))
#define SH_EQUAL(table, a, b) (memcmp(&(a), &(b), sizeof(NameKey)) == 0)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define SH_PREFIX edges
#define SH_ELEMENT_TYPE KnownEdge
#define SH_KEY_TYPE EdgeKey
#define SH_KEY key
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) &(key), sizeof(EdgeKey))
#define SH_EQUAL(table, a, b) (memcmp(&(a), &(b), sizeof(EdgeKey)) == 0)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define SH_PREFIX sets
#define SH_ELEMENT_TYPE OlKnownSet
#define SH_KEY_TYPE OlKnownSetKey
#define SH_KEY key
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) &(key), sizeof(OlKnownSetKey))
#define SH_EQUAL(table, a, b) (memcmp(&(a), &(b), sizeof(OlKnownSetKey)) == 0)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static entities_hash *entities;
static names_hash *names;
static edges_hash *edges;
static sets_hash *sets;
static Oid	of_table;			/* openlineage.dataset_alias beside the nodes */
static bool names_changed;		/* forget them at the next look */
static Oid	of_edges;			/* openlineage.edge */
static bool edges_changed;		/* likewise */
static Oid	of_sets;			/* openlineage.dataset_set */
static bool sets_changed;		/* likewise */

PG_FUNCTION_INFO_V1(ol_sql_node_changed);

static void
forget_names(void)
{
	if (names != NULL)
		names_destroy(names);
	names = NULL;
}

static void
forget_edges(void)
{
	if (edges != NULL)
		edges_destroy(edges);
	edges = NULL;
}

static void
forget_sets(void)
{
	if (sets != NULL)
		sets_destroy(sets);
	sets = NULL;
}

static void
forget(void)
{
	if (entities != NULL)
		entities_destroy(entities);
	entities = NULL;
	forget_names();
	forget_edges();
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
	if (table == of_edges || !OidIsValid(table))
		edges_changed = true;
	if (table == of_sets || !OidIsValid(table))
		sets_changed = true;
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
		(entities != NULL && entities->members >= MOST_ENTRIES))
		forget();
	of_table = table;
	of_edges = get_relname_relid("edge", schema);
	of_sets = get_relname_relid("dataset_set", schema);
	if (names != NULL && names->members >= MOST_ENTRIES)
		forget_names();
	if (sets != NULL && sets->members >= MOST_ENTRIES)
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
		entities = entities_create(TopMemoryContext, FIRST_ENTRIES, NULL);
	if (names == NULL)
		names = names_create(TopMemoryContext, FIRST_ENTRIES, NULL);
}

/* Whether the rows of a node are there and were created by then. */
bool
ol_known_entity(int node_id, TimestampTz first_at)
{
	const Entity *entity;

	open_caches();
	entity = entities_lookup(entities, node_id);
	return entity != NULL && entity->created_at <= first_at;
}

/* The rows of a node are there now, created at this time or before. */
void
ol_known_entity_add(int node_id, TimestampTz created_at)
{
	bool		found;
	Entity	   *entity;

	open_caches();
	entity = entities_insert(entities, node_id, &found);
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
	const KnownName *known;

	open_caches();
	known = names_lookup(names, name_key(name));
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
	KnownName  *known;
	bool		found;

	open_caches();
	known = names_insert(names, name_key(name), &found);
	known->own_id = name->own_id;
	known->id = name->id;
	known->space_id = name->space_id;
}

/* Comes before edges are asked for, once their owners are locked. */
void
ol_known_edges_begin(void)
{
	AcceptInvalidationMessages();
	if (edges_changed || (edges != NULL && edges->members >= MOST_ENTRIES))
		forget_edges();
	edges_changed = false;
	if (edges == NULL)
		edges = edges_create(TopMemoryContext, FIRST_ENTRIES, NULL);
}

/* Whether the edge is stored, and known at that time. */
bool
ol_known_edge(int src, int dst, OlEdgeKind kind, TimestampTz at)
{
	EdgeKey		key = {src, dst, kind};
	const KnownEdge *known = edges_lookup(edges, key);

	return known != NULL && known->first_at <= at;
}

/* It is stored now, known at that time or before. */
void
ol_known_edge_add(int src, int dst, OlEdgeKind kind, TimestampTz at)
{
	EdgeKey		key = {src, dst, kind};
	bool		found;
	KnownEdge  *known;

	if (edges == NULL)
		return;					/* a trigger of users rolled something back */
	known = edges_insert(edges, key, &found);
	known->first_at = found ? Min(known->first_at, at) : at;
}

/* What is known of a set, at first nothing; good until anything is written. */
OlKnownSet *
ol_known_set(const OlKnownSetKey *key)
{
	bool		found;
	OlKnownSet *set;

	if (sets_changed)
		forget_sets();
	sets_changed = false;
	if (sets == NULL)
		sets = sets_create(TopMemoryContext, FIRST_ENTRIES, NULL);
	set = sets_insert(sets, *key, &found);
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
