/*-------------------------------------------------------------------------
 * rights.c
 *	  What one caller may read and write in one state of the rules.
 *
 * The patterns of a caller are those of the claims and those of the rows of
 * grant_rule whose principal the caller is.  Patterns become bits of namespace
 * ids, so that a row is tested by looking at one bit.
 *
 * All of it is read as the owner of the tables: the rules are not for
 * everybody to see, and the policy of a table cannot read that table.  The
 * caller's search_path is in force (a policy's function with a SET clause
 * would cost each row more than the test), hence the qualified operators.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "auth/pattern.h"
#include "auth/rights.h"
#include "auth/trusted.h"
#include "base/hash.h"
#include "base/rows.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"

#define ROLE_ADMIN "openlineage_admin"

typedef struct ExactName
{
	const char *name;
	char		status;			/* of simplehash */
} ExactName;

#define SH_PREFIX exact
#define SH_ELEMENT_TYPE ExactName
#define SH_KEY_TYPE const char *
#define SH_KEY name
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) (key), strlen(key))
#define SH_EQUAL(table, a, b) (strcmp((a), (b)) == 0)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static OlStatement read_mode = {
	"SELECT EXISTS (SELECT FROM openlineage.access_mode)"
};

static OlStatement read_grants = {
	"SELECT g.principal_kind, g.principal, g.issuer, g.namespace_pattern, g.privilege"
	"  FROM openlineage.grant_rule AS g"
	" WHERE g.principal_kind OPERATOR(pg_catalog.=) 'database_role'"
	"    OR g.principal_hash OPERATOR(pg_catalog.=) ANY ($1)"
};

static OlStatement find_namespaces = {
	"SELECT n.id, n.name FROM openlineage.namespace AS n"
	" WHERE n.name_hash OPERATOR(pg_catalog.=) ANY ($1)"
};

static OlStatement read_namespaces = {
	"SELECT n.id, n.name FROM openlineage.namespace AS n"
};

/* A namespace that was read between SPI_connect and SPI_finish. */
typedef struct Namespace
{
	int32		id;
	char	   *name;
} Namespace;

/* -- patterns --------------------------------------------------------------- */

static void
add_pattern(OlReach *reach, const char *pattern)
{
	bool		found;

	if (strcmp(pattern, "*") == 0)
		reach->all = true;
	else if (!ol_pattern_is_exact(pattern))
		reach->patterns = lappend(reach->patterns, pstrdup(pattern));
	else
		exact_insert(reach->names, pstrdup(pattern), &found);
}

static void
add_patterns(OlReach *reach, const List *patterns)
{
	ListCell   *cell;

	foreach(cell, patterns)
		add_pattern(reach, lfirst(cell));
}

static void
add_claims(OlRights *rights, const OlClaims *claims)
{
	add_patterns(&rights->reach[OL_PRIVILEGE_READ], claims->read);
	add_patterns(&rights->reach[OL_PRIVILEGE_READ], claims->write);
	add_patterns(&rights->reach[OL_PRIVILEGE_WRITE], claims->write);
}

static bool
equal_or_null(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool
is_member(Oid role, const char *of)
{
	Oid			group = get_role_oid(of, true);

	return OidIsValid(group) && has_privs_of_role(role, group);
}

/* Whether a rule is about the caller. */
static bool
is_principal(Oid role, const OlClaims *claims, const char *kind,
			 const char *principal, const char *issuer)
{
	if (strcmp(kind, "database_role") == 0)
		return is_member(role, principal);
	if (claims == NULL || (issuer != NULL && !equal_or_null(claims->issuer, issuer)))
		return false;
	if (strcmp(kind, "user") == 0)
		return equal_or_null(claims->user, principal);
	if (strcmp(kind, "client") == 0)
		return equal_or_null(claims->client, principal);
	if (strcmp(kind, "role") == 0)
		return ol_claims_list_has(claims->roles, principal);
	if (strcmp(kind, "scope") == 0)
		return ol_claims_list_has(claims->scopes, principal);
	return false;
}

static Datum
hash_datum(const char *string)
{
	OlHash	   *hash = palloc(sizeof(OlHash));

	*hash = ol_hash(string, strlen(string));
	return UUIDPGetDatum(hash);
}

static Datum
array_of_hashes(Datum *hashes, int n)
{
	return PointerGetDatum(construct_array(hashes, n, UUIDOID, UUID_LEN, false,
										   TYPALIGN_CHAR));
}

/* Hashes of all names the claims go by. */
static Datum
principal_hashes(const OlClaims *claims)
{
	Datum	   *hashes;
	int			n = 0;
	ListCell   *cell;

	if (claims == NULL)
		return array_of_hashes(NULL, 0);
	hashes = palloc(sizeof(Datum) * (2 + list_length(claims->roles) +
									 list_length(claims->scopes)));
	if (claims->user != NULL)
		hashes[n++] = hash_datum(claims->user);
	if (claims->client != NULL)
		hashes[n++] = hash_datum(claims->client);
	foreach(cell, claims->roles)
		hashes[n++] = hash_datum(lfirst(cell));
	foreach(cell, claims->scopes)
		hashes[n++] = hash_datum(lfirst(cell));
	return array_of_hashes(hashes, n);
}

static void
add_grants(OlRights *rights, Oid role, const OlClaims *claims,
		   MemoryContext cxt)
{
	Oid			types[1] = {UUIDARRAYOID};
	Datum		values[1];

	values[0] = principal_hashes(claims);
	ol_statement_execute(&read_grants, 1, types, values, true);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *pattern = ol_result_text(i, 4);
		bool		writes = strcmp(ol_result_text(i, 5), "write") == 0;
		MemoryContext spi;

		if (!is_principal(role, claims, ol_result_text(i, 1),
						  ol_result_text(i, 2), ol_result_text(i, 3)))
			continue;
		spi = MemoryContextSwitchTo(cxt);
		add_pattern(&rights->reach[OL_PRIVILEGE_READ], pattern);
		if (writes)
			add_pattern(&rights->reach[OL_PRIVILEGE_WRITE], pattern);
		MemoryContextSwitchTo(spi);
	}
}

/* -- namespaces ------------------------------------------------------------- */

bool
ol_reach_has_name(const OlReach *reach, const char *name)
{
	ListCell   *cell;

	if (reach->all || exact_lookup(reach->names, name) != NULL)
		return true;
	foreach(cell, reach->patterns)
		if (ol_pattern_matches(lfirst(cell), name))
		return true;
	return false;
}

List *
ol_reach_exact_names(const OlReach *reach)
{
	List	   *names = NIL;
	exact_iterator iterator;
	ExactName  *entry;

	exact_start_iterate(reach->names, &iterator);
	while ((entry = exact_iterate(reach->names, &iterator)) != NULL)
		names = lappend(names, (char *) entry->name);
	return names;
}

/* All namespaces when there are true patterns, else those that are named. */
static void
run_namespaces(const OlReach *reach)
{
	Oid			types[1] = {UUIDARRAYOID};
	Datum		values[1];
	Datum	   *hashes;
	int			n = 0;
	List	   *names;
	ListCell   *cell;

	if (reach->patterns != NIL)
	{
		ol_statement_execute(&read_namespaces, 0, NULL, NULL, true);
		return;
	}
	names = ol_reach_exact_names(reach);
	hashes = palloc(sizeof(Datum) * (list_length(names) + 1));
	foreach(cell, names)
		hashes[n++] = hash_datum(lfirst(cell));
	values[0] = array_of_hashes(hashes, n);
	ol_statement_execute(&find_namespaces, 1, types, values, true);
}

static int32
greatest_id(void)
{
	int32		greatest = 0;

	for (uint64 i = 0; i < SPI_processed; i++)
		greatest = Max(greatest, ol_result_int(i, 1));
	return greatest;
}

/*
 * The namespaces of read hold those of write, so one look at the table does for
 * both; read that is all does not matter, write then asks for itself.
 */
static void
set_bits(OlRights *rights, MemoryContext cxt)
{
	OlReach    *read = &rights->reach[OL_PRIVILEGE_READ];
	OlReach    *write = &rights->reach[OL_PRIVILEGE_WRITE];
	int32		greatest;

	if (write->all)
		return;
	run_namespaces(read->all ? write : read);
	greatest = greatest_id();
	for (int privilege = 0; privilege < lengthof(rights->reach); privilege++)
	{
		OlReach    *reach = &rights->reach[privilege];

		reach->nbits = greatest + 1;
		reach->bits = MemoryContextAllocZero(cxt, sizeof(uint64) * (greatest / 64 + 1));
	}
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		int32		id = ol_result_int(i, 1);
		char	   *name = ol_result_text(i, 2);

		CHECK_FOR_INTERRUPTS();
		if (!read->all && ol_reach_has_name(read, name))
			read->bits[id / 64] |= UINT64CONST(1) << (id % 64);
		if (ol_reach_has_name(write, name))
			write->bits[id / 64] |= UINT64CONST(1) << (id % 64);
		pfree(name);
	}
}

/*
 * As the active snapshot sees the rules, in the current context; claims NULL:
 * nobody logged in.
 */
OlRights *
ol_rights_make(Oid role, const OlClaims *claims)
{
	OlRights   *rights = palloc0(sizeof(OlRights));
	OlTrusted	trusted;
	bool		isnull;

	ol_trusted_begin(&trusted);
	SPI_connect();
	ol_statement_execute(&read_mode, 0, NULL, NULL, true);
	rights->is_enforced = DatumGetBool(ol_result(0, 1, &isnull));
	SPI_finish();
	ol_trusted_end(&trusted);
	rights->is_admin = is_member(role, ROLE_ADMIN) ||
		(claims != NULL && claims->is_admin);
	return rights;
}

/*
 * Fills reach, in cxt, for the role and claims that the rights were made for
 * and in the same state of the rules.  Much of the time nobody asks for it: in
 * the open state, and of administrators.
 */
void
ol_rights_resolve(OlRights *rights, Oid role, const OlClaims *claims,
				  MemoryContext cxt)
{
	MemoryContext old;
	OlTrusted	trusted;

	if (rights->is_resolved)
		return;
	old = MemoryContextSwitchTo(cxt);
	memset(rights->reach, 0, sizeof(rights->reach));
	for (int privilege = 0; privilege < lengthof(rights->reach); privilege++)
	{
		rights->reach[privilege].names = exact_create(cxt, 16, NULL);
		rights->reach[privilege].all = rights->is_admin;
	}
	if (!rights->is_admin)
	{
		if (claims != NULL)
			add_claims(rights, claims);
		ol_trusted_begin(&trusted);
		SPI_connect();
		add_grants(rights, role, claims, cxt);
		set_bits(rights, cxt);
		SPI_finish();
		ol_trusted_end(&trusted);
	}
	rights->is_resolved = true;
	MemoryContextSwitchTo(old);
}
