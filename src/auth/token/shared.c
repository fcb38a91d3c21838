/*-------------------------------------------------------------------------
 * shared.c
 *	  Keys for authentication, in shared memory.
 *
 * PostgreSQL 18 authenticates before it opens a database, so no table can be
 * read then.  The keys of the issuers that pg_hba.conf names are kept here for
 * all databases: for each the text of a key set with nothing but keys that can
 * be used.  Only oauth_keys.c writes them, from what it fetched itself; no
 * table and no SQL function has a say.  A restart of PostgreSQL forgets them.
 *
 * One lock for all: it is held for a copy of some kilobytes.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/compat.h"

#ifdef OL_COMPAT_OAUTH

#include "storage/dsm_registry.h"
#include "storage/lwlock.h"
#include "utils/timestamp.h"

#include "shared.h"

#define SHARED_NAME "openlineage_auth keys"
#define MAX_ISSUERS 16
#define MAX_ISSUER_LEN 512
#define MAX_KEY_SET (32 * 1024)
#define ASK_AGAIN_MS 10000

typedef struct SharedIssuer
{
	char		issuer[MAX_ISSUER_LEN]; /* empty: free */
	TimestampTz fetched_at;		/* when fetching the keys began; 0: none yet */
	TimestampTz asked_at;		/* when a token asked for them to be fetched */
	TimestampTz tried_at;		/* when the last try that is over began */
	char		jwks[MAX_KEY_SET];
} SharedIssuer;

typedef struct SharedKeys
{
	LWLock		lock;			/* protects everything below */
	SharedIssuer issuers[MAX_ISSUERS];
} SharedKeys;

static SharedKeys *shared;

static void
init_shared(void *memory)
{
	SharedKeys *keys = memory;

	memset(keys, 0, sizeof(SharedKeys));
	LWLockInitialize(&keys->lock, LWLockNewTrancheId());
}

static void
attach(void)
{
	bool		found;

	if (shared != NULL)
		return;
	shared = GetNamedDSMSegment(SHARED_NAME, sizeof(SharedKeys), init_shared,
								&found);
	LWLockRegisterTranche(shared->lock.tranche, SHARED_NAME);
}

/* The caller holds the lock; NULL when it is not there. */
static SharedIssuer *
find_issuer(const char *issuer)
{
	for (int i = 0; i < MAX_ISSUERS; i++)
		if (strcmp(shared->issuers[i].issuer, issuer) == 0)
			return &shared->issuers[i];
	return NULL;
}

/* The same, exclusively; NULL when there is no room. */
static SharedIssuer *
find_or_add(const char *issuer)
{
	SharedIssuer *entry = find_issuer(issuer);

	if (entry != NULL || strlen(issuer) >= MAX_ISSUER_LEN)
		return entry;
	entry = find_issuer("");
	if (entry != NULL)
		strlcpy(entry->issuer, issuer, MAX_ISSUER_LEN);
	return entry;
}

/* A copy of the key set of an issuer; NULL when it has not been fetched. */
char *
ol_shared_keys(const char *issuer, TimestampTz *fetched_at)
{
	SharedIssuer *entry;
	char	   *copy = palloc(MAX_KEY_SET);
	bool		found;

	attach();
	LWLockAcquire(&shared->lock, LW_SHARED);
	entry = find_issuer(issuer);
	found = entry != NULL && entry->fetched_at != 0;
	if (found)
	{
		strlcpy(copy, entry->jwks, MAX_KEY_SET);
		*fetched_at = entry->fetched_at;
	}
	LWLockRelease(&shared->lock);
	return found ? copy : NULL;
}

/* True once in ten seconds: then the caller has the keys fetched. */
bool
ol_shared_may_ask(const char *issuer)
{
	TimestampTz now = GetCurrentTimestamp();
	SharedIssuer *entry;
	bool		may;

	attach();
	LWLockAcquire(&shared->lock, LW_EXCLUSIVE);
	entry = find_or_add(issuer);
	may = entry != NULL &&
		TimestampDifferenceExceeds(entry->asked_at, now, ASK_AGAIN_MS);
	if (may)
		entry->asked_at = now;
	LWLockRelease(&shared->lock);
	return may;
}

/* Whether what was asked for last has not been tried yet. */
bool
ol_shared_is_awaited(const char *issuer)
{
	SharedIssuer *entry;
	bool		awaited;

	attach();
	LWLockAcquire(&shared->lock, LW_SHARED);
	entry = find_issuer(issuer);
	awaited = entry != NULL && entry->asked_at > entry->tried_at;
	LWLockRelease(&shared->lock);
	return awaited;
}

/* A try that began then is over, whatever came of it. */
void
ol_shared_note_try(const char *issuer, TimestampTz began)
{
	SharedIssuer *entry;

	attach();
	LWLockAcquire(&shared->lock, LW_EXCLUSIVE);
	entry = find_issuer(issuer);
	if (entry != NULL)
		entry->tried_at = Max(entry->tried_at, began);
	LWLockRelease(&shared->lock);
}

/* False when there is no room.  What was asked for later stays. */
bool
ol_shared_publish(const char *issuer, const char *jwks, TimestampTz began)
{
	SharedIssuer *entry;

	if (strlen(jwks) >= MAX_KEY_SET)
		return false;
	attach();
	LWLockAcquire(&shared->lock, LW_EXCLUSIVE);
	entry = find_or_add(issuer);
	if (entry != NULL && entry->fetched_at <= began)
	{
		strlcpy(entry->jwks, jwks, MAX_KEY_SET);
		entry->fetched_at = began;
	}
	LWLockRelease(&shared->lock);
	return entry != NULL;
}

#endif							/* OL_COMPAT_OAUTH */
