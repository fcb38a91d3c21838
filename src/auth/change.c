/*-------------------------------------------------------------------------
 * change.c
 *	  change(): the one door for writes that no event tells.
 *
 * A namespace that somebody describes, a tag, a deletion, an issuer: the functions of the
 * API check the request as the caller and come here for the write alone.  What
 * can be done is the list below; each entry is a function
 * openlineage.change_NAME(namespace text, arguments json) RETURNS json, which
 * nobody but the owner of the tables may execute.  It runs in trusted state
 * after the caller's right to write the namespace was checked, and answers
 * nothing that the caller did not say.  Events that it tells are checked like
 * any other, with the rights of the caller (ingest.c).
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "auth/access.h"
#include "auth/change.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "parser/parse_func.h"
#include "utils/acl.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(ol_change);
PG_FUNCTION_INFO_V1(ol_change_may);

static const OlTrusted *caller; /* of the change() that runs; NULL: none does */

#define WRITE(name) \
	{name, ol_access_check_write, "change_" name}
#define WRITE_COMMON(name) \
	{name, check_common, "change_" name}
#define PURGE(name) \
	{name, ol_access_check_purge, "change_" name}
#define ADMINISTER(name) \
	{name, check_administrator, "change_" name}
#define GATEWAY(name) \
	{name, check_worker, "change_" name}

typedef struct Change
{
	const char *action;
	void		(*check) (const char *namespace);	/* raises without the
													 * right */
	const char *function;
} Change;

/* What belongs to no namespace, whichever was given. */
static void
check_common(const char *namespace)
{
	ol_access_check_write(NULL);
}

/* Who comes in is decided by roles of the database alone, never by a token. */
static void
check_administrator(const char *namespace)
{
	if (!has_privs_of_role(GetUserId(), get_role_oid("openlineage_admin", false)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to change who may come in"),
				 errhint("Only members of \"openlineage_admin\" may.")));
}

/* What the gateway does for whoever asks it, after a look at their secret. */
static void
check_worker(const char *namespace)
{
	if (!has_privs_of_role(GetUserId(), get_role_oid("openlineage_worker", false)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to act for the gateway")));
}

static Change changes[] =
{
	WRITE("put_namespace"),
	WRITE("hide_namespace"),
	WRITE("hide_node"),
	WRITE_COMMON("put_source"),
	WRITE_COMMON("put_tag"),
	WRITE("state_tag"),
	WRITE("put_dataset"),
	WRITE("put_job"),
	WRITE("post_run"),
	WRITE("mark_run"),
	PURGE("purge_node"),
	PURGE("purge_namespace"),
	ADMINISTER("put_issuer"),
	ADMINISTER("remove_issuer"),
	ADMINISTER("create_api_key"),
	ADMINISTER("revoke_api_key"),
	ADMINISTER("create_client"),
	ADMINISTER("rotate_client"),
	ADMINISTER("remove_client"),
	ADMINISTER("rotate_signing_key"),
	GATEWAY("issue_token"),
	GATEWAY("issuer_document"),
	GATEWAY("seed_clients"),
};

static Change *
find_change(const char *action)
{
	for (int i = 0; i < lengthof(changes); i++)
		if (strcmp(changes[i].action, action) == 0)
			return &changes[i];
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("there is no change \"%s\"", action)));
	return NULL;
}

/* As a function, not by a statement: arguments may be secrets, and plans are shown. */
static Datum
call_function(const char *name, const Datum *values, bool *isnull)
{
	LOCAL_FCINFO(fcinfo, 2);
	Oid			types[2] = {TEXTOID, JSONOID};
	FmgrInfo	function;
	Datum		result;

	fmgr_info(LookupFuncName(list_make2(makeString("openlineage"), makeString(pstrdup(name))),
							 2, types, false), &function);
	InitFunctionCallInfoData(*fcinfo, &function, 2, InvalidOid, NULL, NULL);
	for (int i = 0; i < 2; i++)
	{
		fcinfo->args[i].value = values[i];
		fcinfo->args[i].isnull = false;
	}
	result = FunctionCallInvoke(fcinfo);
	*isnull = fcinfo->isnull;
	return result;
}

/*
 * What a change says of other things than the namespace that was checked needs
 * rights too: they are those of who called it.  Ends with ol_trusted_end().
 */
void
ol_change_as_caller(OlTrusted *owner)
{
	GetUserIdAndSecContext(&owner->user_id, &owner->context);
	if (caller != NULL)
		SetUserIdAndSecContext(caller->user_id, caller->context);
}

/* SQL: change_may() */
Datum
ol_change_may(PG_FUNCTION_ARGS)
{
	const char *namespace = text_to_cstring(PG_GETARG_TEXT_PP(0));
	OlTrusted	owner;
	bool		result;

	ol_change_as_caller(&owner);
	result = ol_access_may_read(namespace) && ol_access_may_write(namespace);
	ol_trusted_end(&owner);
	PG_RETURN_BOOL(result);
}

Datum
ol_change(PG_FUNCTION_ARGS)
{
	const OlTrusted *outer = caller;
	Datum		values[2];
	Change	   *change;
	OlTrusted	trusted;
	bool		isnull;
	volatile Datum result = (Datum) 0;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("action and arguments must not be null")));
	change = find_change(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	change->check(PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1)));
	values[0] = PG_ARGISNULL(1) ? CStringGetTextDatum("") : PG_GETARG_DATUM(1);
	values[1] = PG_GETARG_DATUM(2);

	ol_trusted_begin(&trusted);
	caller = &trusted;
	PG_TRY();
	{
		result = call_function(change->function, values, &isnull);
	}
	PG_FINALLY();
	{
		caller = outer;
	}
	PG_END_TRY();
	ol_trusted_end(&trusted);
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(result);
}
