/*-------------------------------------------------------------------------
 * hash.c
 *	  128-bit content hashes and name-based ids.
 *
 * Names and facets come from whoever may post, so what they are looked up by
 * is SHA-256 cut to 128 bits: nobody can build two texts with one hash.  Ids
 * shown to clients that are derived from names are version 3 UUIDs, as the
 * clients of Marquez know them.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <openssl/evp.h>
#include <uuid/uuid.h>

#include "base/compat.h"
#include "base/hash.h"
#include "common/md5.h"
#include "fmgr.h"
#include "utils/builtins.h"

/* The space that version_uuid() makes its name-based ids in. */
static const uuid_t version_space = {
	0x6f, 0x70, 0x65, 0x6e, 0x6c, 0x69, 0x4e, 0x65,
	0x81, 0x67, 0x65, 0x2e, 0x76, 0x31, 0x2e, 0x30
};

PG_FUNCTION_INFO_V1(ol_hash128);
PG_FUNCTION_INFO_V1(ol_version_uuid);
PG_FUNCTION_INFO_V1(ol_sql_run_uuid);

/*
 * SHA-256 of the libcrypto that the server is linked with anyway.  Its own
 * interface looks the algorithm up and makes a context for each hash, which
 * takes longer than to hash a name; here both are made once in a process.
 */
OlHash
ol_hash(const void *data, size_t len)
{
	static EVP_MD *algorithm = NULL;
	static EVP_MD_CTX *context = NULL;
	uint8		digest[EVP_MAX_MD_SIZE];
	OlHash		hash;

	if (algorithm == NULL)
		algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (context == NULL)
		context = EVP_MD_CTX_new();
	if (algorithm == NULL || context == NULL ||
		EVP_DigestInit_ex2(context, algorithm, NULL) != 1 ||
		EVP_DigestUpdate(context, data, len) != 1 ||
		EVP_DigestFinal_ex(context, digest, NULL) != 1)
		elog(ERROR, "could not compute a SHA-256 hash");
	memcpy(hash.data, digest, UUID_LEN);
	return hash;
}

int
ol_hash_cmp(const OlHash *a, const OlHash *b)
{
	return memcmp(a->data, b->data, UUID_LEN);
}

/* Append a part so that different lists of parts never make the same text. */
void
ol_hash_part(StringInfo parts, const char *part, int len)
{
	if (part == NULL)
		appendStringInfoChar(parts, '-');
	else
	{
		char		size[12];

		appendBinaryStringInfo(parts, size, pg_ltoa(len, size));
		appendStringInfoChar(parts, ':');
		appendBinaryStringInfo(parts, part, len);
	}
}

/* The usual 36-character form only, either case. */
bool
ol_uuid_parse(const char *text, pg_uuid_t *uuid)
{
	uuid_t		parsed;

	if (strlen(text) != 36 || uuid_parse(text, parsed) != 0)
		return false;
	memcpy(uuid->data, parsed, UUID_LEN);
	return true;
}

/*
 * The id of a run: its runId, or the version 3 UUID of its bytes when a
 * producer uses something else (what Java's UUID.nameUUIDFromBytes gives).
 */
pg_uuid_t
ol_run_uuid(const char *text, bool *is_uuid)
{
	pg_uuid_t	uuid;
	const char *error = NULL;

	*is_uuid = ol_uuid_parse(text, &uuid);
	if (*is_uuid)
		return uuid;
	if (!pg_md5_binary(text, strlen(text), uuid.data, &error))
		elog(ERROR, "could not compute an MD5 hash: %s", error);
	uuid.data[6] = (uuid.data[6] & 0x0F) | 0x30;
	uuid.data[8] = (uuid.data[8] & 0x3F) | 0x80;
	return uuid;
}

Datum
ol_hash128(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	OlHash	   *result = palloc(sizeof(OlHash));

	*result = ol_hash(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	PG_RETURN_UUID_P(result);
}

static void
hash_text(StringInfo parts, text *part)
{
	ol_hash_part(parts, VARDATA_ANY(part), VARSIZE_ANY_EXHDR(part));
}

/* What clients see of a version: of its kind, the names of its entity and the hash of its content. */
pg_uuid_t
ol_version_id(const char *kind, text *space, text *name,
			  const pg_uuid_t *content)
{
	StringInfoData parts;
	uuid_t		made;
	pg_uuid_t	result;

	initStringInfo(&parts);
	ol_hash_part(&parts, kind, strlen(kind));
	hash_text(&parts, space);
	hash_text(&parts, name);
	ol_hash_part(&parts, (const char *) content->data, UUID_LEN);
	uuid_generate_md5(made, version_space, parts.data, parts.len);
	pfree(parts.data);
	memcpy(result.data, made, UUID_LEN);
	return result;
}

Datum
ol_version_uuid(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *result = palloc(sizeof(pg_uuid_t));

	*result = ol_version_id(text_to_cstring(PG_GETARG_TEXT_PP(0)),
							PG_GETARG_TEXT_PP(1), PG_GETARG_TEXT_PP(2),
							PG_GETARG_UUID_P(3));
	PG_RETURN_UUID_P(result);
}

Datum
ol_sql_run_uuid(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *result = palloc(sizeof(pg_uuid_t));
	bool		is_uuid;

	*result = ol_run_uuid(text_to_cstring(PG_GETARG_TEXT_PP(0)), &is_uuid);
	PG_RETURN_UUID_P(result);
}
