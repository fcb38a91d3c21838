/*-------------------------------------------------------------------------
 * maintain.c
 *	  maintain(): what keeps the store in shape.
 *
 * Partitions can be made by the owner of the tables alone, which neither the
 * worker nor an administrator of lineage has to be; what is done is fixed and
 * depends on nothing a caller says.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "auth/trusted.h"
#include "base/rows.h"
#include "fmgr.h"

PG_FUNCTION_INFO_V1(ol_maintain);

static OlStatement maintain = {
	"SELECT openlineage.make_event_partition(now()),"
	"       openlineage.make_event_partition(date_trunc('month', now(), 'UTC') + interval '1 month'),"
	"       openlineage.compact_event_count(),"
	"       openlineage.compact_entity_count(),"
	"       openlineage.audit_forget()"
};

/* Last: counts are compacted, and locks are held no longer than needed. */
static OlStatement retain = {
	"SELECT count(*) FROM openlineage.retain()"
};

Datum
ol_maintain(PG_FUNCTION_ARGS)
{
	OlTrusted	trusted;

	ol_trusted_begin(&trusted);
	SPI_connect();
	ol_statement_execute(&maintain, 0, NULL, NULL, false);
	ol_statement_execute(&retain, 0, NULL, NULL, false);
	SPI_finish();
	ol_trusted_end(&trusted);
	PG_RETURN_VOID();
}
