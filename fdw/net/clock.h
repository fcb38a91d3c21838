/*-------------------------------------------------------------------------
 * clock.h
 *	  Milliseconds of a clock that nobody sets.
 *-------------------------------------------------------------------------*/
#ifndef OL_NET_CLOCK_H
#define OL_NET_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t
ol_net_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif							/* OL_NET_CLOCK_H */
