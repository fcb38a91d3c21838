/*-------------------------------------------------------------------------
 * export.h
 *	  Makes SQL-callable functions visible on PostgreSQL 15.
 *
 * Everything is compiled with hidden visibility.  From version 16 on
 * PG_FUNCTION_INFO_V1 exports the function it names; in 15 it exports only the
 * record beside it, and CREATE FUNCTION would not find the function.  The
 * build includes this file ahead of every source file (flags.mk).
 *-------------------------------------------------------------------------*/
#ifndef OL_EXPORT_H
#define OL_EXPORT_H

#include "postgres.h"

#include "fmgr.h"

#if PG_VERSION_NUM < 160000
#undef PG_FUNCTION_INFO_V1
#define PG_FUNCTION_INFO_V1(funcname) \
extern PGDLLEXPORT Datum funcname(PG_FUNCTION_ARGS); \
extern PGDLLEXPORT const Pg_finfo_record *CppConcat(pg_finfo_, funcname) (void); \
const Pg_finfo_record * \
CppConcat(pg_finfo_, funcname) (void) \
{ \
	static const Pg_finfo_record my_finfo = {1}; \
	return &my_finfo; \
} \
extern int no_such_variable
#endif

#endif							/* OL_EXPORT_H */
