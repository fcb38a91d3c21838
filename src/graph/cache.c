/*-------------------------------------------------------------------------
 * cache.c
 *	  Where graphs are kept for later walks.
 *
 * As a preload library we have a piece of the server's shared memory of
 * openlineage.graph_cache_size, in which each graph (base.c) lies in one
 * piece.  Otherwise each backend keeps its own, as far as they fit the same
 * setting, which then is meant for one backend.
 *
 * The lock guards the table of pieces, never their content: a graph is
 * written before it can be found, and not changed any more.  Who walks one has
 * pinned it; a pin ends with the memory context it was taken in, so also by an
 * error.  A graph that was replaced gives its memory back once nobody has it
 * pinned.  A piece is taken away from the graph that was used the longest ago.
 *
 * One backend reads a graph of a database at a time, having claimed it;
 * others who would like to have it scan meanwhile.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/settings.h"
#include "graph/cache.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/memutils.h"

#define CACHE_NAME "openlineage graphs"
#define SLOTS 32

typedef enum SlotState
{
	SLOT_FREE,
	SLOT_CLAIMED,				/* somebody reads the graph; no memory yet */
	SLOT_FILLING,				/* being copied */
	SLOT_READY,
	SLOT_REPLACED				/* cannot be found any more */
} SlotState;

typedef struct Slot
{
	SlotState	state;
	Oid			database;
	OlGraphKind graph;
	Size		offset;			/* in the arena, from SLOT_FILLING on */
	Size		size;
	pg_atomic_uint32 pins;
	pg_atomic_uint64 used_at;	/* by the clock of the cache */
} Slot;

typedef struct Cache
{
	LWLock	   *lock;
	Size		size;			/* of the arena */
	pg_atomic_uint64 clock;		/* one on with every pin */
	Slot		slots[SLOTS];
	char		arena[FLEXIBLE_ARRAY_MEMBER];
} Cache;

typedef struct Claim
{
	MemoryContextCallback callback;
	Slot	   *slot;			/* NULL once it is used or given up */
} Claim;

typedef struct Pin
{
	MemoryContextCallback callback;
	Slot	   *slot;
} Pin;

static shmem_request_hook_type previous_request_hook;
static shmem_startup_hook_type previous_startup_hook;

static Cache *cache;			/* NULL without preload */
static Claim *claim;			/* the last one of this backend */
static OlBase *own[2];			/* by graph: what this backend keeps then */

static Size
limit_bytes(void)
{
	return (Size) ol_setting_graph_cache_size * 1024;
}

static Size
cache_size(void)
{
	return MAXALIGN(offsetof(Cache, arena)) + limit_bytes();
}

static void
request_cache(void)
{
	if (previous_request_hook)
		previous_request_hook();
	RequestAddinShmemSpace(cache_size());
	RequestNamedLWLockTranche(CACHE_NAME, 1);
}

static void
create_cache(void)
{
	bool		found;

	if (previous_startup_hook)
		previous_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	cache = ShmemInitStruct(CACHE_NAME, cache_size(), &found);
	if (!found)
	{
		memset(cache, 0, offsetof(Cache, arena));
		cache->lock = &GetNamedLWLockTranche(CACHE_NAME)->lock;
		cache->size = limit_bytes();
		pg_atomic_init_u64(&cache->clock, 0);
		for (int i = 0; i < SLOTS; i++)
		{
			pg_atomic_init_u32(&cache->slots[i].pins, 0);
			pg_atomic_init_u64(&cache->slots[i].used_at, 0);
		}
	}
	LWLockRelease(AddinShmemInitLock);
}

/* In the postmaster. */
void
ol_cache_preload(void)
{
	if (ol_setting_graph_cache_size == 0)
		return;
	previous_request_hook = shmem_request_hook;
	shmem_request_hook = request_cache;
	previous_startup_hook = shmem_startup_hook;
	shmem_startup_hook = create_cache;
}

static void
unpin(void *slot)
{
	pg_atomic_fetch_sub_u32(&((Slot *) slot)->pins, 1);
}

/* Not to be interrupted between the callback's memory and the pin. */
static const OlBase *
pin(Slot *slot, Pin *pin)
{
	pg_atomic_fetch_add_u32(&slot->pins, 1);
	pg_atomic_write_u64(&slot->used_at,
						pg_atomic_add_fetch_u64(&cache->clock, 1));
	pin->callback.func = unpin;
	pin->callback.arg = slot;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &pin->callback);
	return (OlBase *) (cache->arena + slot->offset);
}

/* Under the lock. */
static Slot *
find_slot(OlGraphKind graph, SlotState from, SlotState to)
{
	for (int i = 0; i < SLOTS; i++)
	{
		Slot	   *slot = &cache->slots[i];

		if (slot->state >= from && slot->state <= to &&
			slot->database == MyDatabaseId && slot->graph == graph)
			return slot;
	}
	return NULL;
}

bool
ol_cache_has(OlGraphKind graph)
{
	bool		result;

	if (cache == NULL)
		return own[graph] != NULL;
	LWLockAcquire(cache->lock, LW_SHARED);
	result = find_slot(graph, SLOT_READY, SLOT_READY) != NULL;
	LWLockRelease(cache->lock);
	return result;
}

/* The graph that is kept, as long as the current context is; or NULL. */
const OlBase *
ol_cache_pin(OlGraphKind graph)
{
	const OlBase *base = NULL;
	Pin		   *held;
	Slot	   *slot;

	if (cache == NULL)
		return own[graph];
	held = palloc(sizeof(Pin));
	LWLockAcquire(cache->lock, LW_SHARED);
	slot = find_slot(graph, SLOT_READY, SLOT_READY);
	if (slot != NULL)
		base = pin(slot, held);
	LWLockRelease(cache->lock);
	return base;
}

static bool
is_unpinned(Slot *slot)
{
	return pg_atomic_read_u32(&slot->pins) == 0;
}

/* Under the lock: free one more graph, the least useful first. */
static bool
evict(OlGraphKind graph)
{
	Slot	   *oldest = NULL;

	for (int i = 0; i < SLOTS; i++)
	{
		Slot	   *slot = &cache->slots[i];
		bool		is_ours;

		if (slot->state < SLOT_READY || !is_unpinned(slot))
			continue;
		is_ours = slot->database == MyDatabaseId && slot->graph == graph;
		if (slot->state == SLOT_REPLACED || is_ours)
		{
			slot->state = SLOT_FREE;
			return true;
		}
		if (oldest == NULL || pg_atomic_read_u64(&slot->used_at) <
			pg_atomic_read_u64(&oldest->used_at))
			oldest = slot;
	}
	if (oldest != NULL)
		oldest->state = SLOT_FREE;
	return oldest != NULL;
}

static void
give_up_claim(void *arg)
{
	Claim	   *given_up = arg;

	if (claim == given_up)
		claim = NULL;
	if (given_up->slot == NULL)
		return;
	LWLockAcquire(cache->lock, LW_EXCLUSIVE);
	given_up->slot->state = SLOT_FREE;
	LWLockRelease(cache->lock);
}

/* The slot that was claimed last; it is not claimed any more. */
static Slot *
use_claim(OlGraphKind graph)
{
	Slot	   *slot = claim == NULL ? NULL : claim->slot;

	if (slot == NULL || slot->graph != graph)
		return NULL;
	claim->slot = NULL;
	return slot;
}

/*
 * May this backend read the graph, to put it here?  The claim ends with
 * ol_cache_put() or with the current context.
 */
bool
ol_cache_claim(OlGraphKind graph)
{
	Claim	   *made;
	Slot	   *slot = NULL;

	if (cache == NULL)
		return ol_setting_graph_cache_size > 0;
	made = palloc0(sizeof(Claim));
	LWLockAcquire(cache->lock, LW_EXCLUSIVE);
	if (find_slot(graph, SLOT_CLAIMED, SLOT_FILLING) == NULL)
	{
		do
		{
			for (int i = 0; i < SLOTS && slot == NULL; i++)
			{
				if (cache->slots[i].state == SLOT_FREE)
					slot = &cache->slots[i];
			}
		} while (slot == NULL && evict(graph));
	}
	if (slot != NULL)
	{
		slot->state = SLOT_CLAIMED;
		slot->database = MyDatabaseId;
		slot->graph = graph;
		made->slot = slot;
		made->callback.func = give_up_claim;
		made->callback.arg = made;
		MemoryContextRegisterResetCallback(CurrentMemoryContext,
										   &made->callback);
		claim = made;
	}
	LWLockRelease(cache->lock);
	return slot != NULL;
}

/* Under the lock: the next piece of memory at or after a place. */
static Slot *
next_piece(Size from)
{
	Slot	   *next = NULL;

	for (int i = 0; i < SLOTS; i++)
	{
		Slot	   *slot = &cache->slots[i];

		if (slot->state >= SLOT_FILLING && slot->offset >= from &&
			(next == NULL || slot->offset < next->offset))
			next = slot;
	}
	return next;
}

/* Under the lock: a gap between the pieces. */
static bool
find_gap(Size size, Size *offset)
{
	Size		from = 0;

	for (;;)
	{
		Slot	   *next = next_piece(from);
		Size		until = next == NULL ? cache->size : next->offset;

		if (until - from >= size)
		{
			*offset = from;
			return true;
		}
		if (next == NULL)
			return false;
		from = next->offset + next->size;
	}
}

static bool
reserve(Slot *slot, Size size)
{
	Size		offset = 0;
	bool		found = false;

	LWLockAcquire(cache->lock, LW_EXCLUSIVE);
	if (size <= cache->size)
	{
		do
			found = find_gap(size, &offset);
		while (!found && evict(slot->graph));
	}
	if (found)
	{
		slot->offset = offset;
		slot->size = size;
		slot->state = SLOT_FILLING;
	}
	else
		slot->state = SLOT_FREE;
	LWLockRelease(cache->lock);
	return found;
}

/* NULL: there is no room. */
static const OlBase *
put_shared(const OlBase *base)
{
	Pin		   *held = palloc(sizeof(Pin));
	const OlBase *result;
	Slot	   *slot = use_claim(base->graph);
	Slot	   *replaced;

	if (slot == NULL || !reserve(slot, MAXALIGN(base->size)))
		return NULL;
	memcpy(cache->arena + slot->offset, base, base->size);
	LWLockAcquire(cache->lock, LW_EXCLUSIVE);
	replaced = find_slot(base->graph, SLOT_READY, SLOT_READY);
	if (replaced != NULL)
		replaced->state = SLOT_REPLACED;
	slot->state = SLOT_READY;
	result = pin(slot, held);
	LWLockRelease(cache->lock);
	return result;
}

static const OlBase *
put_own(const OlBase *base)
{
	OlBase	   *other = own[base->graph == OL_GRAPH_NODES];
	Size		used = other == NULL ? 0 : other->size;

	if (used + base->size > limit_bytes())
		return NULL;
	if (own[base->graph] != NULL)
		pfree(own[base->graph]);
	own[base->graph] = NULL;	/* should there be no memory */
	own[base->graph] = MemoryContextAllocHuge(TopMemoryContext, base->size);
	memcpy(own[base->graph], base, base->size);
	return own[base->graph];
}

/*
 * Keep a graph that was claimed, if there is room for it: what is kept takes
 * its place then.  In any case it can be walked as long as the current context
 * is there.
 */
bool
ol_cache_put(const OlBase **base)
{
	const OlBase *kept = cache == NULL ? put_own(*base) : put_shared(*base);

	if (kept == NULL)
		return false;
	pfree(unconstify(OlBase *, *base));
	*base = kept;
	return true;
}

OlCacheUse
ol_cache_use(void)
{
	OlCacheUse	use = {cache != NULL, limit_bytes(), 0};

	if (cache == NULL)
	{
		for (int i = 0; i < lengthof(own); i++)
			use.used += own[i] == NULL ? 0 : own[i]->size;
		return use;
	}
	LWLockAcquire(cache->lock, LW_SHARED);
	for (int i = 0; i < SLOTS; i++)
	{
		if (cache->slots[i].state >= SLOT_FILLING)
			use.used += cache->slots[i].size;
	}
	LWLockRelease(cache->lock);
	return use;
}
