/*-------------------------------------------------------------------------
 * stale.c
 *	  stale_after(): how long a run may be silent.
 *
 * In C because the settings exist only once the library is loaded, which a
 * call of this function makes sure of.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/settings.h"
#include "fmgr.h"
#include "utils/timestamp.h"

/* Longer windows are a producer's mistake, and would not fit an interval. */
#define LONGEST_WINDOW (100.0 * DAYS_PER_YEAR * SECS_PER_DAY)

PG_FUNCTION_INFO_V1(ol_stale_after);

Datum
ol_stale_after(PG_FUNCTION_ARGS)
{
	Interval   *result = palloc0(sizeof(Interval));
	double		seconds = PG_ARGISNULL(0) ? 0 : PG_GETARG_FLOAT8(0);

	if (!(seconds > 0))
		seconds = ol_setting_stale_window;
	seconds = Min(seconds, LONGEST_WINDOW);
	result->time = (int64) (seconds * USECS_PER_SEC) * ol_setting_stale_windows;
	PG_RETURN_INTERVAL_P(result);
}
