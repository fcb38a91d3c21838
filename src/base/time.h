/*-------------------------------------------------------------------------
 * time.h
 *	  Times as producers write them; see time.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_BASE_TIME_H
#define OL_BASE_TIME_H

#include "datatype/timestamp.h"
#include "lib/stringinfo.h"

/* What was odd about a time that could be read. */
typedef enum OlTimeOdd
{
	OL_TIME_NO_ZONE = 1,
	OL_TIME_DATE_ONLY = 2,
	OL_TIME_NANOSECONDS = 4
} OlTimeOdd;

extern bool ol_time_parse(const char *text, TimestampTz *result, int *odd);
extern bool ol_time_append(StringInfo text, TimestampTz when);

/* The beginning of the hour that a finite time is in, in UTC. */
extern TimestampTz ol_time_hour(TimestampTz when);

#endif
