/*-------------------------------------------------------------------------
 * reject.c
 *	  The log of events that were not taken.
 *
 * Nothing of a rejected event reaches the tables of the graph.  Who runs the
 * platform has to see all the same that a producer sends what is of no use:
 * so the last of them are kept, with the beginning of their text, in a table
 * of a fixed number of slots.  That is done beside the batch: when it fails,
 * the events that were taken are stored and answered as ever.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "auth/trusted.h"
#include "base/rows.h"
#include "catalog/pg_type.h"
#include "ingest/reject.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/resowner.h"

/* What is kept of the text; enough to see who sent it, and what. */
#define EXCERPT_BYTES 1000

/* Of one batch; an array of a million nulls must not become as many rows. */
#define REJECTIONS_MAX 1000

static OlStatement insert_rejections = {
	"INSERT INTO openlineage.rejected_event AS r"
	"       (slot, namespace_id, code, message, details, hash, bytes, excerpt)"
	" SELECT nextval('openlineage.rejected_event_slot_seq'),"
	"        COALESCE((SELECT n.id FROM openlineage.namespace AS n"
	"                   WHERE n.name_hash = openlineage.hash128(g.space)), 0),"
	"        g.code, left(g.message, 1000), left(g.details, 1000), g.hash, g.bytes, g.excerpt"
	"   FROM unnest($1, $2, $3, $4, $5, $6, $7)"
	"        AS g(space, code, message, details, hash, bytes, excerpt)"
	" ON CONFLICT (slot) DO UPDATE SET"
	"   namespace_id = excluded.namespace_id, received_at = excluded.received_at,"
	"   code = excluded.code, message = excluded.message,"
	"   details = excluded.details, hash = excluded.hash,"
	"   bytes = excluded.bytes, excerpt = excluded.excerpt"
};

/* The beginning of a text, with U+FFFD for what the database cannot hold. */
static char *
excerpt_of(const char *text, uint32 len)
{
	StringInfoData excerpt;
	uint32		at = 0;

	initStringInfo(&excerpt);
	while (at < len && excerpt.len < EXCERPT_BYTES)
	{
		const unsigned char *next = (const unsigned char *) text + at;
		int			width = pg_utf_mblen(next);

		if (*next != '\0' && at + width <= len &&
			pg_utf8_islegal(next, width))
			appendBinaryStringInfo(&excerpt, (const char *) next, width);
		else
		{
			appendStringInfoString(&excerpt, "\xEF\xBF\xBD");
			width = 1;
		}
		at += width;
	}
	return excerpt.data;
}

static OlRows *
rejection_rows(List *rejections)
{
	static const Oid types[] = {
		TEXTOID, TEXTOID, TEXTOID, TEXTOID, UUIDOID, INT8OID, TEXTOID
	};
	OlRows	   *rows = ol_rows_create(lengthof(types), types);
	ListCell   *cell;

	foreach(cell, rejections)
	{
		OlRejection *rejection = lfirst(cell);
		OlHash	   *hash = palloc(sizeof(OlHash));

		if (rows->nrows == REJECTIONS_MAX)
			break;
		*hash = ol_hash(rejection->text, rejection->len);
		ol_rows_add_text(rows, rejection->space);
		ol_rows_add_text(rows, unpack_sql_state(rejection->fault->sqlstate));
		ol_rows_add_text(rows, rejection->fault->message);
		ol_rows_add_text(rows, rejection->fault->detail);
		ol_rows_add(rows, UUIDPGetDatum(hash));
		ol_rows_add(rows, Int64GetDatum(rejection->len));
		ol_rows_add_text(rows, excerpt_of(rejection->text, rejection->len));
	}
	return rows;
}

static void
insert_rows(List *rejections)
{
	OlTrusted	trusted;

	ol_trusted_begin(&trusted);
	SPI_connect();
	ol_rows_execute(rejection_rows(rejections), &insert_rejections);
	SPI_finish();
	ol_trusted_end(&trusted);
}

/* Keeps OlRejections; a failure is a line of the server log. */
void
ol_rejections_store(List *rejections)
{
	MemoryContext cxt = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;

	if (rejections == NIL || XactReadOnly || RecoveryInProgress())
		return;
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(cxt);
	PG_TRY();
	{
		insert_rows(rejections);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(cxt);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		ereport(LOG,
				(errmsg("could not keep %d rejected events: %s",
						list_length(rejections), error->message)));
	}
	PG_END_TRY();
	MemoryContextSwitchTo(cxt);
	CurrentResourceOwner = owner;
}
