/*-------------------------------------------------------------------------
 * seen.c
 *	  Which transactions a snapshot saw, kept after it is gone.
 *
 * A snapshot may outlive its transaction here, and be compared with one taken
 * long after, so transactions have 64-bit numbers.  Top-level transactions
 * are enough: edges are never looked at by these numbers, only rows of
 * edge_change, which tell the top-level transaction that wrote them and which
 * the reader's own snapshot has found visible, so that no subtransaction of
 * theirs was rolled back.
 *
 * The transaction that takes the snapshot counts as running: its own changes
 * are always told by edge_change.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "graph/seen.h"

static int
compare_xids(const void *a, const void *b)
{
	uint64		left = *(const uint64 *) a;
	uint64		right = *(const uint64 *) b;

	return (left > right) - (left < right);
}

/* The number with its epoch; it is not of the future, nor 2^31 back. */
static uint64
widen(FullTransactionId next, TransactionId xid)
{
	return U64FromFullTransactionId(next) -
		(uint32) (XidFromFullTransactionId(next) - xid);
}

/* Where a standby puts what runs is another place than on a primary. */
static int
running_in(Snapshot snapshot, const TransactionId **xids)
{
	*xids = snapshot->takenDuringRecovery ? snapshot->subxip : snapshot->xip;
	return snapshot->takenDuringRecovery ? snapshot->subxcnt :
		(int) snapshot->xcnt;
}

OlSeen *
ol_seen_create(Snapshot snapshot)
{
	FullTransactionId next = ReadNextFullTransactionId();
	FullTransactionId own = GetTopFullTransactionIdIfAny();
	OlSeen	   *seen = palloc0(sizeof(OlSeen));
	const TransactionId *xids;
	int			n = running_in(snapshot, &xids);
	uint64	   *running = palloc(sizeof(uint64) * (n + 1));

	seen->xmin = widen(next, snapshot->xmin);
	seen->xmax = widen(next, snapshot->xmax);
	for (int i = 0; i < n; i++)
		running[i] = widen(next, xids[i]);
	if (FullTransactionIdIsValid(own))
	{
		running[n++] = U64FromFullTransactionId(own);
		seen->xmin = Min(seen->xmin, U64FromFullTransactionId(own));
	}
	qsort(running, n, sizeof(uint64), compare_xids);
	seen->running = running;
	seen->nrunning = n;
	return seen;
}

static bool
was_running(const OlSeen *seen, uint64 xid)
{
	return seen->nrunning > 0 &&
		bsearch(&xid, seen->running, seen->nrunning, sizeof(uint64),
				compare_xids) != NULL;
}

/* Had it ended, if only by a rollback? */
bool
ol_seen_has(const OlSeen *seen, uint64 xid)
{
	if (xid < seen->xmin)
		return true;
	return xid < seen->xmax && !was_running(seen, xid);
}

/* Does the snapshot see all that was seen? */
bool
ol_seen_within(const OlSeen *seen, Snapshot snapshot)
{
	FullTransactionId next = ReadNextFullTransactionId();
	const TransactionId *xids;
	int			n = running_in(snapshot, &xids);

	if (widen(next, snapshot->xmax) < seen->xmax)
		return false;
	for (int i = 0; i < n; i++)
	{
		if (ol_seen_has(seen, widen(next, xids[i])))
			return false;
	}
	return true;
}
