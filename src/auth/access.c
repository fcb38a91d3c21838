/*-------------------------------------------------------------------------
 * access.c
 *	  What the caller may see and write once row-level security is enforced.
 *
 * There are no tokens and no grants yet, so there is one rule: members of
 * openlineage_admin see and write everything, nobody else anything.  Failing
 * closed is what a database with enable_rls() and nothing else must do.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "auth/access.h"
#include "base/rows.h"
#include "base/settings.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"

PG_FUNCTION_INFO_V1(ol_can_read);
PG_FUNCTION_INFO_V1(ol_can_write);

static bool
is_admin(void)
{
	Oid			admin = get_role_oid("openlineage_admin", true);

	return OidIsValid(admin) && has_privs_of_role(GetUserId(), admin);
}

Datum
ol_can_read(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(is_admin());
}

Datum
ol_can_write(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(is_admin());
}

static OlStatement enforced = {
	"SELECT EXISTS (SELECT FROM openlineage.access_mode)"
};

static bool
is_enforced(void)
{
	bool		isnull;
	bool		result;

	SPI_connect();
	ol_statement_execute(&enforced, 0, NULL, NULL, true);
	result = DatumGetBool(ol_result(0, 1, &isnull));
	SPI_finish();
	return result;
}

const OlReadable *
ol_access_readable(void)
{
	static OlReadable readable;

	readable.everything = !is_enforced() || is_admin();
	return &readable;
}

/*
 * Whether the caller may send an event of a job or dataset in this namespace;
 * NULL stands for what belongs to none.
 */
bool
ol_access_may_write(const char *namespace)
{
	return !is_enforced() || is_admin();
}

/*
 * To remove for good is for administrators, in the open state too: nothing
 * brings it back.  A setting hands it to whoever may write the namespace.
 */
void
ol_access_check_purge(const char *namespace)
{
	if (is_admin() ||
		(ol_setting_writers_may_purge && ol_access_may_write(namespace)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to remove anything for good"),
			 errhint("Only members of \"openlineage_admin\" may, and writers where openlineage.writers_may_purge is on.")));
}

void
ol_access_check_write(const char *namespace)
{
	if (!ol_access_may_write(namespace))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to write this namespace"),
				 errhint("Row-level security is enforced; ask an administrator of \"openlineage\".")));
}
