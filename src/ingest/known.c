/*-------------------------------------------------------------------------
 * known.c
 *	  What this process has seen stored, so that it is not looked up again.
 *
 * An entry says: the job or dataset of this node has its rows, and created_at
 * is this time or less.  What may become of it elsewhere:
 *
 * - Other sessions date it back: then the entry is still true.
 * - A transaction that made it, ours, is rolled back: every abort, that of a
 *	 subtransaction included, empties the cache.
 * - The rows are deleted (purge, merge).  A node id is never given out again,
 *	 so no entry comes to mean another thing.  The caller adds rows that refer
 *	 to what is known (those of activity, whose foreign key fails), so a wrong
 *	 entry is an error, the abort empties the cache, and the event is applied
 *	 again (ingest.c).
 * - The extension is dropped and made again: entries are of one table.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "ingest/known.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* Beyond that it starts anew: about 3 MB. */
#define MOST_ENTRIES 100000

typedef struct Entity
{
	int			node_id;		/* the key */
	TimestampTz created_at;
} Entity;

static HTAB *entities;
static Oid	of_table;			/* openlineage.node that the ids are of */

static void
forget(void)
{
	if (entities != NULL)
		hash_destroy(entities);
	entities = NULL;
}

static void
at_transaction(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT)
		forget();
}

static void
at_subtransaction(SubXactEvent event, SubTransactionId id,
				  SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		forget();
}

/* Makes sure that there is a cache, of the tables as they are. */
static void
open_cache(void)
{
	static bool registered = false;
	HASHCTL		control = {.keysize = sizeof(int),.entrysize = sizeof(Entity),
	.hcxt = TopMemoryContext};
	Oid			schema = get_namespace_oid("openlineage", false);
	Oid			table = get_relname_relid("node", schema);

	if (!registered)
	{
		RegisterXactCallback(at_transaction, NULL);
		RegisterSubXactCallback(at_subtransaction, NULL);
		registered = true;
	}
	if (table != of_table ||
		(entities != NULL && hash_get_num_entries(entities) >= MOST_ENTRIES))
		forget();
	of_table = table;
	if (entities == NULL)
		entities = hash_create("known jobs and datasets", 1024, &control,
							   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Whether the rows of a node are there and were created by then. */
bool
ol_known_entity(int node_id, TimestampTz first_at)
{
	const Entity *entity;

	open_cache();
	entity = hash_search(entities, &node_id, HASH_FIND, NULL);
	return entity != NULL && entity->created_at <= first_at;
}

/* The rows of a node are there now, created at this time or before. */
void
ol_known_entity_add(int node_id, TimestampTz created_at)
{
	bool		found;
	Entity	   *entity;

	open_cache();
	entity = hash_search(entities, &node_id, HASH_ENTER, &found);
	entity->created_at = found ? Min(entity->created_at, created_at) : created_at;
}
