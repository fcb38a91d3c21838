/*-------------------------------------------------------------------------
 * namespaces.c
 *	  The caller's rights as SQL tells them.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "auth/access.h"
#include "auth/trusted.h"
#include "base/rows.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(ol_namespaces);
PG_FUNCTION_INFO_V1(ol_namespace_ids);
PG_FUNCTION_INFO_V1(ol_sees_all);

/* Names that are granted but not there yet belong to it. */
static OlStatement read_names = {
	"SELECT s.name FROM"
	" (SELECT n.name FROM openlineage.namespace AS n"
	"   WHERE $1 OR n.id OPERATOR(pg_catalog.=) ANY ($2)"
	"  UNION SELECT g.name FROM pg_catalog.unnest($3) AS g(name)) AS s"
	" ORDER BY s.name COLLATE \"C\""
};

static OlStatement read_ids = {
	"SELECT n.id FROM openlineage.namespace AS n ORDER BY 1"
};

static const OlReach *
reach_of(text *name)
{
	char	   *privilege = text_to_cstring(name);

	if (strcmp(privilege, "read") == 0)
		return ol_access_reach(OL_PRIVILEGE_READ);
	if (strcmp(privilege, "write") == 0)
		return ol_access_reach(OL_PRIVILEGE_WRITE);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("there is no privilege \"%s\"", privilege),
			 errdetail("It is read or write.")));
	return NULL;
}

static ArrayType *
ids_of_bits(int nbits, const uint64 *bits)
{
	Datum	   *ids = palloc(sizeof(Datum) * (nbits + 1));
	int			n = 0;

	for (int id = 0; id < nbits; id++)
		if ((bits[id / 64] >> (id % 64) & 1) != 0)
			ids[n++] = Int32GetDatum(id);
	return construct_array(ids, n, INT4OID, sizeof(int32), true, TYPALIGN_INT);
}

ArrayType *
ol_readable_ids(const OlReadable *readable)
{
	return ids_of_bits(readable->everything ? 0 : readable->nbits, readable->bits);
}

/* One column of the last result, as an array in the given context. */
static ArrayType *
column_of_result(Oid type, MemoryContext cxt)
{
	MemoryContext spi = MemoryContextSwitchTo(cxt);
	Datum	   *values = palloc(sizeof(Datum) * (SPI_processed + 1));
	ArrayType  *array;
	bool		isnull;

	for (uint64 i = 0; i < SPI_processed; i++)
		values[i] = ol_result(i, 1, &isnull);
	array = type == INT4OID ?
		construct_array(values, SPI_processed, INT4OID, sizeof(int32), true, TYPALIGN_INT) :
		construct_array(values, SPI_processed, TEXTOID, -1, false, TYPALIGN_INT);
	MemoryContextSwitchTo(spi);
	return array;
}

static ArrayType *
all_ids(void)
{
	MemoryContext cxt = CurrentMemoryContext;
	OlTrusted	trusted;
	ArrayType  *ids;

	ol_trusted_begin(&trusted);
	SPI_connect();
	ol_statement_execute(&read_ids, 0, NULL, NULL, true);
	ids = column_of_result(INT4OID, cxt);
	SPI_finish();
	ol_trusted_end(&trusted);
	return ids;
}

ArrayType *
ol_readable_ids_or_all(void)
{
	const OlReadable *readable = ol_access_readable();

	return readable->everything ? all_ids() : ol_readable_ids(readable);
}

Datum
ol_namespace_ids(PG_FUNCTION_ARGS)
{
	const OlReach *reach = reach_of(PG_GETARG_TEXT_PP(0));

	PG_RETURN_ARRAYTYPE_P(reach->all ? all_ids() : ids_of_bits(reach->nbits, reach->bits));
}

static ArrayType *
exact_names(const OlReach *reach)
{
	List	   *names = reach->all ? NIL : ol_reach_exact_names(reach);
	Datum	   *values = palloc(sizeof(Datum) * (list_length(names) + 1));
	int			n = 0;
	ListCell   *cell;

	foreach(cell, names)
		values[n++] = CStringGetTextDatum((char *) lfirst(cell));
	return construct_array(values, n, TEXTOID, -1, false, TYPALIGN_INT);
}

Datum
ol_namespaces(PG_FUNCTION_ARGS)
{
	const OlReach *reach = reach_of(PG_GETARG_TEXT_PP(0));
	MemoryContext cxt = CurrentMemoryContext;
	Oid			types[3] = {BOOLOID, INT4ARRAYOID, TEXTARRAYOID};
	Datum		values[3];
	OlTrusted	trusted;
	ArrayType  *names;

	values[0] = BoolGetDatum(reach->all);
	values[1] = PointerGetDatum(ids_of_bits(reach->nbits, reach->bits));
	values[2] = PointerGetDatum(exact_names(reach));
	ol_trusted_begin(&trusted);
	SPI_connect();
	ol_statement_execute(&read_names, 3, types, values, true);
	names = column_of_result(TEXTOID, cxt);
	SPI_finish();
	ol_trusted_end(&trusted);
	PG_RETURN_ARRAYTYPE_P(names);
}

Datum
ol_sees_all(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ol_access_reach(OL_PRIVILEGE_READ)->all);
}
