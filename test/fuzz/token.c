/*-------------------------------------------------------------------------
 * token.c
 *	  Random changes to tokens and key sets, under the sanitizers.
 *
 *	  token ROUNDS SEED FILE: FILE has a key set in its first line and good
 *	  tokens of its keys in the others.
 *
 * Nothing may crash or read out of bounds, and no changed token may be taken:
 * each token has one spelling.  The pure files of auth/token are linked with
 * the few functions of the server that they use.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "auth/token/jwk.h"
#include "auth/token/jwt.h"
#include "auth/token/path.h"
#include "utils/memutils.h"

#define MAX_LINES 64
#define MAX_TEXT 65536
#define MAX_KEYS 64

/* -- the server's memory: everything is freed after each round ---------------- */

typedef struct Block
{
	struct Block *next;
	size_t		size;
} Block;

MemoryContext CurrentMemoryContext;
static Block *blocks;

void *
palloc(Size size)
{
	Block	   *block = malloc(sizeof(Block) + size);

	if (block == NULL)
		abort();
	block->next = blocks;
	block->size = size;
	blocks = block;
	return block + 1;
}

void *
MemoryContextAllocHuge(MemoryContext context, Size size)
{
	return palloc(size);
}

void *
repalloc_huge(void *pointer, Size size)
{
	void	   *result = palloc(size);

	memcpy(result, pointer, Min(size, ((Block *) pointer - 1)->size));
	return result;
}

void
pfree(void *pointer)
{
}

char *
pnstrdup(const char *text, Size len)
{
	char	   *copy = palloc(len + 1);

	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

static void
free_all(void)
{
	while (blocks != NULL)
	{
		Block	   *next = blocks->next;

		free(blocks);
		blocks = next;
	}
}

/* -- one round ---------------------------------------------------------------- */

static char *lines[MAX_LINES];
static int	nlines;
static OlKey keys[MAX_KEYS];
static int	nkeys;
static uint64 state;

static uint32
next_random(uint32 below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32) ((state >> 16) % below);
}

/* Change, insert, take out or exchange some bytes. */
static size_t
change(char *text, size_t len)
{
	static const char likely[] = ".=-_{}[]\":,\\u0AQgw";

	for (uint32 n = 1 + next_random(3); n > 0 && len > 1; n--)
	{
		uint32		at = next_random((uint32) len);
		char		c = next_random(2) == 0 ? (char) next_random(256) :
			likely[next_random(sizeof(likely) - 1)];

		switch (next_random(4))
		{
			case 0:
				text[at] = c;
				break;
			case 1:
				memmove(text + at + 1, text + at, len - at);
				text[at] = c;
				len++;
				break;
			case 2:
				memmove(text + at, text + at + 1, len - at - 1);
				len--;
				break;
			default:
				text[at] ^= (char) (1 << next_random(8));
				break;
		}
	}
	return len;
}

static bool
is_taken(const char *token, size_t len)
{
	OlJwt		jwt;

	if (ol_jwt_read(token, len, &jwt) != NULL)
		return false;
	for (int i = 0; i < nkeys; i++)
		if (ol_algorithm_is_named(keys[i].algorithm, jwt.algorithm) &&
			ol_signature_is_valid(&keys[i], jwt.text, jwt.signed_len,
								  jwt.signature, jwt.signature_len))
			return true;
	return false;
}

static int
read_keys(const char *text, size_t len, OlKey *into)
{
	OlJson		json;
	uint32		set;
	int			count = 0;

	if (!ol_json_parse(&json, text, (uint32) len) || ol_json_odd(&json) != NULL)
		return 0;
	set = ol_json_member(&json, 1, "keys");
	if (ol_json_type(&json, set) != OL_JSON_ARRAY)
		return 0;
	OL_JSON_FOREACH(key, &json, set)
	{
		if (count < MAX_KEYS && ol_json_type(&json, key) == OL_JSON_OBJECT &&
			ol_jwk_read(&json, key, "RS256", &into[count]) == NULL)
			count++;
	}
	return count;
}

static void
visit(const OlJson *json, uint32 value, void *arg)
{
	(*(int *) arg)++;
}

static void
try_token(char *buffer)
{
	const char *good = lines[1 + next_random((uint32) nlines - 1)];
	size_t		len = strlen(good);
	OlJwt		jwt;
	int			visited = 0;

	memcpy(buffer, good, len);
	len = change(buffer, len);
	if ((len != strlen(good) || memcmp(buffer, good, len) != 0) &&
		is_taken(buffer, len))
	{
		printf("taken: %.*s\n", (int) len, buffer);
		exit(1);
	}
	/* The payload as it is, by a path that is changed. */
	if (ol_jwt_read(good, strlen(good), &jwt) == NULL)
	{
		strlcpy(buffer, "$.namespaces[0].\"a\"['b'][*]", MAX_TEXT);
		buffer[change(buffer, strlen(buffer))] = '\0';
		if (ol_path_problem(buffer) == NULL)
			ol_path_visit(buffer, &jwt.payload, 1, visit, &visited);
	}
}

static void
try_keys(char *buffer)
{
	static OlKey changed[MAX_KEYS];
	size_t		len = strlen(lines[0]);
	int			count;

	memcpy(buffer, lines[0], len);
	len = change(buffer, len);
	count = read_keys(buffer, len, changed);
	for (int i = 0; i < count; i++)
		EVP_PKEY_free(changed[i].pkey);
}

int
main(int argc, char **argv)
{
	static char buffer[MAX_TEXT + 16];
	FILE	   *file = argc == 4 ? fopen(argv[3], "r") : NULL;
	long		rounds = argc == 4 ? strtol(argv[1], NULL, 10) : 0;

	if (file == NULL)
		return 2;
	while (nlines < MAX_LINES && fgets(buffer, MAX_TEXT, file) != NULL)
	{
		buffer[strcspn(buffer, "\n")] = '\0';
		lines[nlines++] = strdup(buffer);
	}
	fclose(file);
	nkeys = read_keys(lines[0], strlen(lines[0]), keys);
	for (int i = 1; i < nlines; i++)
		if (!is_taken(lines[i], strlen(lines[i])))
			return 3;
	state = (uint64) strtol(argv[2], NULL, 10) * 2654435761u + 88172645463325252u;
	for (long i = 0; i < rounds; i++)
	{
		try_token(buffer);
		if (i % 16 == 0)
			try_keys(buffer);
		free_all();
	}
	printf("%d keys, %d tokens, %ld rounds: no changed token was taken\n",
		   nkeys, nlines - 1, rounds);
	return 0;
}
