/*-------------------------------------------------------------------------
 * access.c
 *	  What the caller may see and write.
 *
 * Policies ask can_read() for each row, so the answer is worked out once and
 * kept (rights.c): per role, claims and state of the rules.  Whether what is
 * kept is still right is asked in three steps, each rarer than the one before:
 *
 *	1. The same role, setting and snapshot as at the last call, and nothing
 *	   rolled back since: nothing to ask.  That is the case of all rows of a
 *	   statement but the first.
 *	2. The clock says whether the claims have expired; the snapshot which state
 *	   of the rules it sees (generation.c).  One of the kept rights is of that
 *	   caller and state.
 *	3. It is not, and is worked out from the tables.
 *
 * Rights that are pushed out stay until the end of the transaction, because
 * callers hold on to their bits.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/xact.h"
#include "auth/access.h"
#include "auth/claims.h"
#include "auth/generation.h"
#include "auth/rights.h"
#include "base/settings.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(ol_can_read);
PG_FUNCTION_INFO_V1(ol_can_write);
PG_FUNCTION_INFO_V1(ol_access_open);

/* Callers whose rights one process keeps. */
#define KEPT 16

/* Calls on one expression after which the clock is looked at again. */
#define CALLS_PER_LOOK 1024

/*
 * Two snapshots that are equal in this see the same, those of two transactions
 * as well, if the first wrote nothing (at_end_of_transaction()).
 */
typedef struct Seen
{
	TransactionId xmin;
	TransactionId xmax;
	uint32		xcnt;			/* of all that ran below xmax fewer and fewer
								 * run, so their number says which */
	int32		subxcnt;
	bool		suboverflowed;
	bool		in_recovery;
	CommandId	curcid;			/* what it sees of its own transaction */
} Seen;

typedef struct Kept
{
	MemoryContext cxt;			/* all of it; NULL: a free place */
	Oid			role;
	char	   *claims;			/* the setting; empty when it had expired */
	uint64		memberships;	/* count of their changes */
	OlGeneration generation;
	OlRights   *rights;
	OlReadable	readable;
	OlReadable	writable;
	uint64		last_used;
} Kept;

static Kept *kept[KEPT];
static List *pushed_out;		/* MemoryContexts, in TopTransactionContext */
static uint64 memberships;		/* changes of roles and who is in them */
static uint64 uses;

/* The answer to the last call, and to whom and when it was given. */
static struct
{
	Kept	   *kept;			/* NULL: none that still holds */
	Seen		seen;
	Oid			role;
	uint64		claims_changes;
	uint64		memberships;
}			last;

/* -- what ends an answer ----------------------------------------------------- */

static void
at_end_of_transaction(XactEvent event, void *arg)
{
	ListCell   *cell;

	if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT &&
		event != XACT_EVENT_PREPARE &&
		event != XACT_EVENT_PARALLEL_COMMIT &&
		event != XACT_EVENT_PARALLEL_ABORT)
		return;

	/*
	 * its own xid is in no snapshot of its own, and may look ended in one
	 * after
	 */
	if ((event != XACT_EVENT_COMMIT && event != XACT_EVENT_PARALLEL_COMMIT) ||
		TransactionIdIsValid(GetTopTransactionIdIfAny()))
		last.kept = NULL;
	foreach(cell, pushed_out)
		MemoryContextDelete(lfirst(cell));
	pushed_out = NIL;
}

/* What was rolled back may have been seen. */
static void
at_end_of_subtransaction(SubXactEvent event, SubTransactionId mine,
						 SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		last.kept = NULL;
}

static void
note_memberships(Datum arg, int cache, uint32 hash)
{
	memberships++;
}

static void
watch(void)
{
	static bool is_watching = false;

	if (is_watching)
		return;
	RegisterXactCallback(at_end_of_transaction, NULL);
	RegisterSubXactCallback(at_end_of_subtransaction, NULL);
	CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, note_memberships, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, note_memberships, (Datum) 0);
	is_watching = true;
}

/* -- what is kept ------------------------------------------------------------ */

static void
push_out(int place)
{
	MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);

	pushed_out = lappend(pushed_out, kept[place]->cxt);
	kept[place] = NULL;
	MemoryContextSwitchTo(old);
}

static bool
is_of(const Kept *entry, Oid role, const char *claims)
{
	return entry != NULL && entry->role == role &&
		strcmp(entry->claims, claims) == 0;
}

/* The place of this caller, or the one that was not used for longest. */
static int
find_place(Oid role, const char *claims)
{
	int			place = 0;

	for (int i = 0; i < KEPT; i++)
		if (is_of(kept[i], role, claims))
			return i;
	for (int i = 0; i < KEPT; i++)
	{
		if (kept[i] == NULL)
			return i;
		if (kept[i]->last_used < kept[place]->last_used)
			place = i;
	}
	return place;
}

static Kept *
make(Oid role, const char *text, const OlClaims *claims,
	 const OlGeneration *generation)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "openlineage rights",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	Kept	   *entry = palloc0(sizeof(Kept));

	entry->cxt = cxt;
	entry->role = role;
	entry->claims = pstrdup(text);
	entry->memberships = memberships;
	entry->generation = *generation;
	entry->rights = ol_rights_make(role, claims);
	MemoryContextSwitchTo(old);
	/* an error until here has freed it */
	MemoryContextSetParent(cxt, TopMemoryContext);
	return entry;
}

static void
set_readable(OlReadable *readable, const OlRights *rights,
			 const OlReach *reach)
{
	readable->everything = !rights->is_enforced || reach->all;
	readable->nbits = reach->nbits;
	readable->bits = reach->bits;
}

/* -- the answer --------------------------------------------------------------- */

static Seen
seen_by(Snapshot snapshot)
{
	Seen		seen = {0};

	seen.xmin = snapshot->xmin;
	seen.xmax = snapshot->xmax;
	seen.xcnt = snapshot->xcnt;
	seen.subxcnt = snapshot->subxcnt;
	seen.suboverflowed = snapshot->suboverflowed;
	seen.in_recovery = snapshot->takenDuringRecovery;
	seen.curcid = snapshot->curcid;
	return seen;
}

static inline bool
is_seen(const Seen *seen, Snapshot snapshot)
{
	return seen->xmin == snapshot->xmin && seen->xmax == snapshot->xmax &&
		seen->xcnt == snapshot->xcnt && seen->subxcnt == snapshot->subxcnt &&
		seen->curcid == snapshot->curcid &&
		seen->suboverflowed == snapshot->suboverflowed &&
		seen->in_recovery == snapshot->takenDuringRecovery;
}

static inline bool
is_last(Snapshot snapshot)
{
	return last.kept != NULL && last.role == GetUserId() &&
		last.claims_changes == ol_setting_claims_changes &&
		last.memberships == memberships && is_seen(&last.seen, snapshot);
}

static Kept *
look(Snapshot snapshot, Oid role, const OlClaims *claims, const char *text)
{
	OlGeneration generation = ol_generation(snapshot);
	int			place = find_place(role, text);
	Kept	   *entry = kept[place];

	if (is_of(entry, role, text) && entry->memberships == memberships &&
		ol_generation_equal(&entry->generation, &generation))
		return entry;
	entry = make(role, text, claims, &generation);
	if (kept[place] != NULL)
		push_out(place);
	kept[place] = entry;
	return entry;
}

/*
 * The rights of the caller in the active snapshot.  at_once: as the last call
 * found them, if nothing but the time of day can have changed.
 */
static Kept *
rights_of_caller(bool at_once)
{
	Snapshot	snapshot = GetActiveSnapshot();
	const OlClaims *claims;
	bool		had_expired;

	if (at_once && is_last(snapshot))
		return last.kept;
	watch();
	claims = ol_claims();
	had_expired = last.kept != NULL && *last.kept->claims == '\0';
	if (is_last(snapshot) && (claims == NULL) == had_expired)
		return last.kept;
	/* reading the tables may be told of changes: those count from now on */
	AcceptInvalidationMessages();
	last.kept = NULL;
	last.seen = seen_by(snapshot);
	last.role = GetUserId();
	last.claims_changes = ol_setting_claims_changes;
	last.memberships = memberships;
	last.kept = look(snapshot, last.role, claims,
					 claims == NULL ? "" : ol_setting_claims);
	last.kept->last_used = ++uses;
	return last.kept;
}

/* With all that needs to know each namespace, which is worked out once asked. */
static Kept *
resolved(Kept *entry)
{
	const OlReach *reach = entry->rights->reach;

	if (entry->rights->is_resolved)
		return entry;
	ol_rights_resolve(entry->rights, entry->role,
					  *entry->claims == '\0' ? NULL : ol_claims_ignoring_time(),
					  entry->cxt);
	set_readable(&entry->readable, entry->rights, &reach[OL_PRIVILEGE_READ]);
	set_readable(&entry->writable, entry->rights, &reach[OL_PRIVILEGE_WRITE]);
	return entry;
}

/* -- SQL ------------------------------------------------------------------------ */

/*
 * An expression that is set up anew, as by each execution of a plan, asks the
 * clock; one that is kept for long does so now and then.
 */
static inline Kept *
rights_for_row(FmgrInfo *function)
{
	uintptr_t	ncalls = (uintptr_t) function->fn_extra;

	function->fn_extra = (void *) (ncalls + 1);
	return rights_of_caller(ncalls % CALLS_PER_LOOK != 0);
}

Datum
ol_can_read(PG_FUNCTION_ARGS)
{
	Kept	   *entry = rights_for_row(fcinfo->flinfo);

	if (!entry->rights->is_enforced || entry->rights->is_admin)
		PG_RETURN_BOOL(true);
	if (PG_ARGISNULL(0))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(ol_readable_has(&resolved(entry)->readable, PG_GETARG_INT32(0)));
}

Datum
ol_can_write(PG_FUNCTION_ARGS)
{
	Kept	   *entry = rights_for_row(fcinfo->flinfo);

	if (!entry->rights->is_enforced || entry->rights->is_admin)
		PG_RETURN_BOOL(true);
	if (PG_ARGISNULL(0))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(ol_readable_has(&resolved(entry)->writable, PG_GETARG_INT32(0)));
}

Datum
ol_access_open(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ol_access_is_open());
}

/* -- C ---------------------------------------------------------------------------- */

bool
ol_access_is_open(void)
{
	return !rights_of_caller(false)->rights->is_enforced;
}

const OlReach *
ol_access_reach(OlPrivilege privilege)
{
	return &resolved(rights_of_caller(false))->rights->reach[privilege];
}

const OlReadable *
ol_access_readable(void)
{
	static const OlReadable everything = {.everything = true};
	Kept	   *entry = rights_of_caller(false);

	return entry->rights->is_enforced ? &resolved(entry)->readable : &everything;
}

const OlReadable *
ol_access_writable(void)
{
	static const OlReadable everything = {.everything = true};
	Kept	   *entry = rights_of_caller(false);

	return entry->rights->is_enforced ? &resolved(entry)->writable : &everything;
}

/*
 * Whether the caller may do this with what is in this namespace, which need
 * not be there yet; NULL stands for what belongs to none.
 */
static bool
may(OlPrivilege privilege, const char *namespace)
{
	Kept	   *entry = rights_of_caller(false);

	if (!entry->rights->is_enforced || entry->rights->is_admin)
		return true;
	return namespace != NULL &&
		ol_reach_has_name(&resolved(entry)->rights->reach[privilege], namespace);
}

bool
ol_access_may_read(const char *namespace)
{
	return may(OL_PRIVILEGE_READ, namespace);
}

bool
ol_access_may_write(const char *namespace)
{
	return may(OL_PRIVILEGE_WRITE, namespace);
}

void
ol_access_refuse_write(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to write this namespace"),
			 errhint("Row-level security is enforced; ask an administrator of \"openlineage\".")));
}

void
ol_access_check_write(const char *namespace)
{
	if (!ol_access_may_write(namespace))
		ol_access_refuse_write();
}

/*
 * To remove for good is for administrators, in the open state too: nothing
 * brings it back.  A setting hands it to whoever may write the namespace.
 */
void
ol_access_check_purge(const char *namespace)
{
	if (rights_of_caller(false)->rights->is_admin ||
		(ol_setting_writers_may_purge && ol_access_may_write(namespace)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to remove anything for good"),
			 errhint("Only members of \"openlineage_admin\" may, and writers where openlineage.writers_may_purge is on.")));
}
