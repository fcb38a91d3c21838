/*-------------------------------------------------------------------------
 * maintain.c
 *	  maintain() and retain_portion(): what keeps the store in shape.
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
PG_FUNCTION_INFO_V1(ol_retain_portion);

static OlStatement maintain = {
	"SELECT openlineage.make_event_partition(now()),"
	"       openlineage.make_event_partition(date_trunc('month', now(), 'UTC') + interval '1 month'),"
	"       openlineage.compact_event_count(),"
	"       openlineage.compact_entity_count(),"
	"       openlineage.audit_forget()"
};

/*
 * So many rows of each kind: no lock is held for more than a second or two.
 * Where fewer were found there is no more of that kind but what came meanwhile.
 */
#define PORTION "10000"

static OlStatement retain = {
	"SELECT COALESCE(bool_or(r.rows >= " PORTION " OR r.what LIKE 'partition %'), false)"
	"  FROM openlineage.retain(NULL, " PORTION ") AS r"
};

/* Before retention, whose changes are still to come. */
static OlStatement refresh_graphs = {
	"SELECT openlineage.trim_edge_change(c, openlineage.graph_refresh(c))"
	"  FROM unnest(ARRAY[false, true]) AS c"
};

static OlStatement rest_jobs = {
	"SELECT openlineage.rest_busy_jobs()"
};

static OlStatement forget_words = {
	"SELECT openlineage.forget_words() >= " PORTION
};

/* True while there may be more to delete. */
static bool
retain_portion(void)
{
	bool		isnull;
	bool		has_more;

	ol_statement_execute(&retain, 0, NULL, NULL, false);
	has_more = DatumGetBool(ol_result(0, 1, &isnull));
	ol_statement_execute(&forget_words, 0, NULL, NULL, false);
	return DatumGetBool(ol_result(0, 1, &isnull)) || has_more;
}

/* (with_retention boolean) */
Datum
ol_maintain(PG_FUNCTION_ARGS)
{
	bool		with_retention = PG_GETARG_BOOL(0);
	OlTrusted	trusted;

	ol_trusted_begin(&trusted);
	SPI_connect();
	ol_statement_execute(&maintain, 0, NULL, NULL, false);
	ol_statement_execute(&refresh_graphs, 0, NULL, NULL, false);
	/* late: counts are compacted, and locks are held no longer than needed */
	if (with_retention)
		(void) retain_portion();
	/* last: retention waits for rows of jobs in order, this passes over them */
	ol_statement_execute(&rest_jobs, 0, NULL, NULL, false);
	SPI_finish();
	ol_trusted_end(&trusted);
	PG_RETURN_VOID();
}

Datum
ol_retain_portion(PG_FUNCTION_ARGS)
{
	OlTrusted	trusted;
	bool		is_more;

	ol_trusted_begin(&trusted);
	SPI_connect();
	is_more = retain_portion();
	SPI_finish();
	ol_trusted_end(&trusted);
	PG_RETURN_BOOL(is_more);
}
