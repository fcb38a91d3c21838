/*-------------------------------------------------------------------------
 * limit.c
 *	  How many requests a client may send: one bucket of tokens for each.
 *
 * Who a client is should be known before its body is read, and a token is
 * verified only afterwards, elsewhere.  So a token that was verified before is
 * remembered by its hash, with whom it speaks for; all tokens of one caller
 * share one bucket.  Any other request, one with an invented token included,
 * counts for its address (of IPv6: for its /64).
 *
 * Both tables have a fixed size.  What is pushed out of them begins with a
 * full bucket again, so filling them harms nobody.
 *
 * Pure: no PostgreSQL, no sockets.
 *-------------------------------------------------------------------------*/
#include <stdlib.h>
#include <string.h>

#include "limit.h"

#define SETS 2048
#define WAYS 4
#define MEMORIES 4096
#define IPV6_NETWORK 8			/* bytes of an address that make a client */

typedef struct Bucket
{
	uint64_t	key;			/* 0: free */
	int64_t		at;				/* milliseconds; when level was right */
	double		level;
} Bucket;

/* A token that was verified, and whom it spoke for. */
typedef struct OlLimitMemory
{
	uint64_t	token;
	uint64_t	caller;
} OlLimitMemory;

typedef struct OlLimitTables
{
	Bucket		buckets[SETS][WAYS];
} OlLimitTables;

static inline uint64_t
rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void
mix(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32) + v[3];
	v[2] += v[1];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

/* SipHash-2-4; never 0. */
uint64_t
ol_limit_hash(const OlLimiter *limiter, const void *data, size_t len)
{
	const unsigned char *bytes = data;
	uint64_t	v[4] = {
		limiter->secret[0] ^ UINT64_C(0x736f6d6570736575),
		limiter->secret[1] ^ UINT64_C(0x646f72616e646f6d),
		limiter->secret[0] ^ UINT64_C(0x6c7967656e657261),
		limiter->secret[1] ^ UINT64_C(0x7465646279746573),
	};
	uint64_t	hash;

	for (size_t at = 0; at <= len; at += 8)
	{
		size_t		n = len - at < 8 ? len - at : 8;
		uint64_t	word = n < 8 ? (uint64_t) len << 56 : 0;

		for (size_t i = 0; i < n; i++)
			word |= (uint64_t) bytes[at + i] << (8 * i);
		v[3] ^= word;
		mix(v);
		mix(v);
		v[0] ^= word;
	}
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		mix(v);
	hash = v[0] ^ v[1] ^ v[2] ^ v[3];
	return hash == 0 ? 1 : hash;
}

static uint64_t
key_of_address(const OlLimiter *limiter, const OlAddress *address)
{
	return ol_limit_hash(limiter, address->bytes,
						 address->family == AF_INET ? 4 : IPV6_NETWORK);
}

/* Was it verified not long ago?  Whether it still is good is another question. */
bool
ol_limit_knows(const OlLimiter *limiter, uint64_t token)
{
	return token != 0 && limiter->memories != NULL &&
		limiter->memories[token % MEMORIES].token == token;
}

static uint64_t
key_of(const OlLimiter *limiter, const OlAddress *address, uint64_t token)
{
	if (ol_limit_knows(limiter, token))
		return limiter->memories[token % MEMORIES].caller;
	return key_of_address(limiter, address);
}

/* The bucket of a key; the one unused for longest makes room for a new one. */
static Bucket *
find_bucket(OlLimiter *limiter, uint64_t key, int64_t now)
{
	Bucket	   *set = limiter->tables->buckets[key % SETS];
	Bucket	   *oldest = set;

	for (int i = 0; i < WAYS; i++)
	{
		if (set[i].key == key)
			return &set[i];
		if (set[i].at < oldest->at)
			oldest = &set[i];
	}
	oldest->key = key;
	oldest->at = now;
	oldest->level = limiter->burst;
	return oldest;
}

/*
 * Takes one request off the bucket of its client.  Returns 0, or the seconds
 * after which it may come again.  token is its hash, 0 for none; now are
 * milliseconds.
 */
int
ol_limit_take(OlLimiter *limiter, const OlAddress *address, uint64_t token,
			  int64_t now)
{
	Bucket	   *bucket;

	if (limiter->rate <= 0)
		return 0;
	if (limiter->tables == NULL)
		limiter->tables = calloc(1, sizeof(OlLimitTables));
	if (limiter->tables == NULL)
		return 0;
	bucket = find_bucket(limiter, key_of(limiter, address, token), now);
	bucket->level += (now - bucket->at) * limiter->rate / 1000;
	if (bucket->level > limiter->burst)
		bucket->level = limiter->burst;
	bucket->at = now;
	if (bucket->level < 1)
		return 1 + (int) ((1 - bucket->level) / limiter->rate);
	bucket->level -= 1;
	return 0;
}

/* A token turned out to be good: its next requests count for its caller. */
void
ol_limit_verified(OlLimiter *limiter, uint64_t token, const char *user,
				  const char *client)
{
	uint64_t	names[2];
	OlLimitMemory *memory;

	if (token == 0 || ol_limit_knows(limiter, token))
		return;
	if (limiter->memories == NULL)
		limiter->memories = calloc(MEMORIES, sizeof(OlLimitMemory));
	if (limiter->memories == NULL)
		return;
	memory = &limiter->memories[token % MEMORIES];
	names[0] = ol_limit_hash(limiter, user, strlen(user));
	names[1] = ol_limit_hash(limiter, client, strlen(client));
	memory->token = token;
	memory->caller = ol_limit_hash(limiter, names, sizeof(names));
}
