/*-------------------------------------------------------------------------
 * jwks.c
 *	  SQL functions that read what administrators and issuers write.
 *
 * A key set may hold keys for other purposes, or broken ones; they are listed
 * with the reason and do not spoil the rest.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "claims.h"
#include "jwk.h"
#include "jwt.h"

PG_FUNCTION_INFO_V1(ol_read_jwks);
PG_FUNCTION_INFO_V1(ol_claim_map_problem);

#define MAX_KEYS 100

/* The columns of read_jwks(). */
enum
{
	KEY_POSITION,
	KEY_KID,
	KEY_ALGORITHM,
	KEY_JWK,
	KEY_PROBLEM,
	KEY_COLUMNS
};

static const char *
try_key(const OlJson *json, uint32 value, const char *rsa_algorithm,
		const OlAlgorithm **algorithm)
{
	OlKey		key;
	const char *problem = ol_jwk_read(json, value, rsa_algorithm, &key);

	if (problem == NULL)
	{
		*algorithm = key.algorithm;
		EVP_PKEY_free(key.pkey);
	}
	return problem;
}

static void
put_key(ReturnSetInfo *result, const OlJson *json, uint32 value, int position,
		const char *rsa_algorithm)
{
	const OlAlgorithm *algorithm = NULL;
	uint32		kid = ol_json_member(json, value, "kid");
	Datum		values[KEY_COLUMNS];
	bool		nulls[KEY_COLUMNS] = {false};
	const char *problem;
	uint32		len;
	char	   *text;
	int			odd = 0;

	if (ol_json_type(json, value) != OL_JSON_OBJECT)
		problem = "no object";
	else if (kid != 0 && ol_json_type(json, kid) != OL_JSON_STRING)
		problem = "an id that is no string";
	else
		problem = try_key(json, value, rsa_algorithm, &algorithm);

	text = ol_json_string(json, kid, &odd);
	values[KEY_POSITION] = Int32GetDatum(position);
	nulls[KEY_KID] = text == NULL;
	if (text != NULL)
		values[KEY_KID] = CStringGetTextDatum(text);
	nulls[KEY_ALGORITHM] = algorithm == NULL;
	nulls[KEY_JWK] = algorithm == NULL;
	if (algorithm != NULL)
	{
		text = ol_json_clean_span(json, value, &len, &odd);
		values[KEY_ALGORITHM] = CStringGetTextDatum(algorithm->name);
		values[KEY_JWK] = PointerGetDatum(cstring_to_text_with_len(text, len));
	}
	nulls[KEY_PROBLEM] = problem == NULL;
	if (problem != NULL)
		values[KEY_PROBLEM] = CStringGetTextDatum(problem);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

Datum
ol_read_jwks(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	text	   *jwks = PG_GETARG_TEXT_PP(0);
	char	   *rsa_algorithm = text_to_cstring(PG_GETARG_TEXT_PP(1));
	int			position = 0;
	uint32		keys;
	OlJson		json;

	InitMaterializedSRF(fcinfo, 0);
	if (!ol_json_parse(&json, VARDATA_ANY(jwks), VARSIZE_ANY_EXHDR(jwks)) ||
		ol_json_odd(&json) != NULL)
		keys = 0;
	else
		keys = ol_json_member(&json, 1, "keys");
	if (ol_json_type(&json, keys) != OL_JSON_ARRAY || keys == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("this is no JSON Web Key Set"),
				 errdetail("It must be an object with an array \"keys\".")));
	OL_JSON_FOREACH(key, &json, keys)
	{
		if (position == MAX_KEYS)
			break;
		put_key(result, &json, key, ++position, rsa_algorithm);
	}
	return (Datum) 0;
}

Datum
ol_claim_map_problem(PG_FUNCTION_ARGS)
{
	OlClaimMap	map;
	const char *problem = ol_claim_map_read(text_to_cstring(PG_GETARG_TEXT_PP(0)),
											&map);

	if (problem == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(problem));
}
