/*-------------------------------------------------------------------------
 * limit.h
 *	  How many requests a client may send; see limit.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_LIMIT_H
#define OL_SERVER_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"

struct OlLimitTables;
struct OlLimitMemory;

/* All zero is no limit. */
typedef struct OlLimiter
{
	double		rate;			/* requests per second; 0: no limit */
	double		burst;			/* and how many at once after a pause */
	uint64_t	secret[2];		/* random; nobody can make keys collide */
	struct OlLimitTables *tables;	/* made with the first request */
	struct OlLimitMemory *memories; /* made with the first good token */
} OlLimiter;

extern uint64_t ol_limit_hash(const OlLimiter *limiter, const void *data,
							  size_t len);
extern int	ol_limit_take(OlLimiter *limiter, const OlAddress *address,
						  uint64_t token, int64_t now);
extern void ol_limit_verified(OlLimiter *limiter, uint64_t token,
							  const char *user, const char *client);
extern bool ol_limit_knows(const OlLimiter *limiter, uint64_t token);

#endif							/* OL_SERVER_LIMIT_H */
