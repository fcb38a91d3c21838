/*-------------------------------------------------------------------------
 * login.c
 *	  Who asks, and with which rights it is answered.
 *
 * The session is openlineage_worker, which may log in and do nothing else
 * here.  As that it has login() verify the token and keep its claims until the
 * end of the transaction; then it asks for the scope of the route; then it
 * becomes the role that the route is run as.  SECURITY_LOCAL_USERID_CHANGE
 * makes that final: no function can get back by RESET ROLE or go on by SET.
 *
 * A token is needed when openlineage.oauth_required is on, or while row-level
 * security is enforced.  Otherwise one that comes is verified when there is
 * anything to verify it by: clients of Marquez send keys that mean nothing.
 *
 * login() is called as a function, not by a statement: so the token is part of
 * no plan, and nothing that shows plans or statements can show it.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/compat.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "parser/parse_func.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "login.h"
#include "reply.h"

#define CLAIMS "openlineage._claims"
#define ADMIN_SCOPE "admin"

/* The table login() names with a refusal that fetching keys might end; the column is the issuer. */
#define KEY_TABLE "issuer_key"

static bool
ask(const char *name, const char *query)
{
	bool		isnull;

	if (SPI_execute_plan(ol_session_plan(name, query, 0, NULL), NULL, NULL, true, 1) != SPI_OK_SELECT ||
		SPI_processed != 1)
		elog(ERROR, "\"%s\" did not return a row", query);
	return DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc,
									  1, &isnull));
}

static bool
is_enforced(void)
{
	return ask("access_mode", "SELECT EXISTS (SELECT FROM openlineage.access_mode)");
}

static bool
can_verify(void)
{
	return ask("verifies_tokens", "SELECT openlineage.verifies_tokens()");
}

static void
refuse(const char *state, const char *message, const char *detail)
{
	ereport(ERROR,
			(errcode(MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4])),
			 errmsg("%s", message),
			 *detail == '\0' ? 0 : errdetail("%s", detail)));
}

/* Is a token to be verified?  Raises where one is needed and there is none. */
static bool
must_verify(const OlCaller *caller)
{
	bool		is_needed;

	if (*caller->needs == '\0')
		return false;
	is_needed = caller->is_required || is_enforced();
	if (caller->token.len == 0 && *caller->fault == '\0')
	{
		if (is_needed)
			refuse(OL_STATE_NO_TOKEN, "a token is needed", "");
		return false;
	}
	if (!is_needed && !can_verify())
		return false;
	if (*caller->fault != '\0')
		refuse(OL_STATE_REFUSED, "token refused", caller->fault);
	return true;
}

/* A refusal for an unknown key gets a state of its own. */
static void
verify_token(const OlCaller *caller)
{
	Oid			types[2] = {TEXTOID, BOOLOID};
	MemoryContext context = CurrentMemoryContext;
	Oid			function = LookupFuncName(list_make2(makeString("openlineage"),
													 makeString("login")),
										  2, types, false);
	text	   *token = cstring_to_text_with_len(caller->token.data, caller->token.len);

	PG_TRY();
	{
		OidFunctionCall2Coll(function, InvalidOid, PointerGetDatum(token),
							 BoolGetDatum(true));
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		if (error->sqlerrcode == ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION &&
			error->table_name != NULL && error->column_name != NULL &&
			strcmp(error->table_name, KEY_TABLE) == 0)
		{
			FlushErrorState();
			ereport(ERROR,
					(errcode(MAKE_SQLSTATE('O', 'L', 'K', 'E', 'Y')),
					 errmsg("%s", error->message),
					 error->detail == NULL ? 0 : errdetail("%s", error->detail),
					 err_generic_string(PG_DIAG_COLUMN_NAME, error->column_name)));
		}
		PG_RE_THROW();
	}
	PG_END_TRY();
	explicit_bzero(VARDATA(token), VARSIZE(token) - VARHDRSZ);
	pfree(token);
}

/* Sets whom the token speaks for; returns whether it has the scope admin. */
static bool
check_scope(OlLogin *login, const char *needs)
{
	Oid			types[2] = {TEXTOID, TEXTOID};
	Datum		values[2];
	bool		isnull;
	HeapTuple	row;
	bool		is_admin;

	values[0] = CStringGetTextDatum(needs);
	values[1] = CStringGetTextDatum(GetConfigOption(CLAIMS, false, false));
	if (SPI_execute_plan(ol_session_plan("has_scope",
										 "SELECT openlineage.has_scope($1), openlineage.has_scope('" ADMIN_SCOPE "'),"
										 " c.claims ->> 'sub', c.claims ->> 'client_id'"
										 " FROM (SELECT $2::pg_catalog.jsonb) AS c (claims)",
										 2, types), values, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not ask for the scope of a token");
	row = SPI_tuptable->vals[0];
	is_admin = DatumGetBool(SPI_getbinval(row, SPI_tuptable->tupdesc, 2, &isnull));
	login->user = ol_session_column(row, 3);
	login->client = ol_session_column(row, 4);
	if (!is_admin &&
		!DatumGetBool(SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &isnull)))
		refuse(OL_STATE_NO_SCOPE, "the token has not the scope that this needs",
			   "The scope is missing.");
	return is_admin;
}

/*
 * Verifies the token where that is to be done; the claims stay until the end
 * of the transaction.  role is what the route is run as; a caller with scope
 * admin gets openlineage_admin where others would write.
 */
void
ol_login_check(OlLogin *login, const OlCaller *caller, const char *role)
{
	login->user = login->client = "";
	login->role = role;
	if (!must_verify(caller))
		return;
	verify_token(caller);
	if (check_scope(login, caller->needs) && strcmp(role, OL_WRITER) == 0)
		login->role = OL_ADMIN;
}

void
ol_login_become(OlLogin *login)
{
	GetUserIdAndSecContext(&login->worker, &login->context);
	SetUserIdAndSecContext(get_role_oid(login->role, false),
						   login->context | SECURITY_LOCAL_USERID_CHANGE);
}

/* An error does this by itself, with the (sub)transaction that it ends. */
void
ol_login_leave(const OlLogin *login)
{
	SetUserIdAndSecContext(login->worker, login->context);
}
