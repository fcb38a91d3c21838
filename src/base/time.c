/*-------------------------------------------------------------------------
 * time.c
 *	  Times as producers write them: ISO 8601, read leniently.
 *
 * Postgres' own reader takes words ("yesterday", "infinity") and depends on
 * TimeZone and DateStyle, none of which may decide what an event means.  A
 * time without a zone is UTC, a date alone is its midnight, digits beyond
 * microseconds are cut.
 *
 * A pure file: no SPI, no settings.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <math.h>

#include "base/time.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(ol_lenient_time);
PG_FUNCTION_INFO_V1(ol_iso_time);
PG_FUNCTION_INFO_V1(ol_finite_number);

/* Exactly n digits at *p. */
static bool
take_digits(const char **p, int n, int *value)
{
	*value = 0;
	for (int i = 0; i < n; i++)
	{
		if ((*p)[i] < '0' || (*p)[i] > '9')
			return false;
		*value = *value * 10 + ((*p)[i] - '0');
	}
	*p += n;
	return true;
}

static bool
take_char(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

static bool
take_date(const char **p, int64 *day)
{
	int			year;
	int			month;
	int			mday;

	if (!take_digits(p, 4, &year) || !take_char(p, '-') ||
		!take_digits(p, 2, &month) || !take_char(p, '-') ||
		!take_digits(p, 2, &mday))
		return false;
	if (year < 1 || month < 1 || month > 12 || mday < 1 ||
		mday > day_tab[isleap(year)][month - 1])
		return false;
	*day = date2j(year, month, mday) - POSTGRES_EPOCH_JDATE;
	return true;
}

/* Digits after the point, cut to microseconds. */
static bool
take_fraction(const char **p, int64 *micros, int *odd)
{
	int64		unit = USECS_PER_SEC / 10;
	const char *from = *p;

	while (**p >= '0' && **p <= '9')
	{
		if (unit == 0 && **p != '0')
			*odd |= OL_TIME_NANOSECONDS;
		*micros += unit * (**p - '0');
		unit /= 10;
		(*p)++;
	}
	return *p > from;
}

static bool
take_clock(const char **p, int64 *micros, int *odd)
{
	int			hour;
	int			minute;
	int			second = 0;

	if (!take_digits(p, 2, &hour) || !take_char(p, ':') ||
		!take_digits(p, 2, &minute))
		return false;
	if (take_char(p, ':') && !take_digits(p, 2, &second))
		return false;
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	*micros = ((hour * INT64CONST(60) + minute) * 60 + second) * USECS_PER_SEC;
	if (**p == '.' || **p == ',')
	{
		(*p)++;
		return take_fraction(p, micros, odd);
	}
	return true;
}

/* Z, ±hh, ±hhmm, ±hh:mm, or nothing. */
static bool
take_zone(const char **p, int64 *offset, int *odd)
{
	int			sign;
	int			hour;
	int			minute = 0;

	*offset = 0;
	if (take_char(p, 'Z') || take_char(p, 'z'))
		return true;
	if (**p != '+' && **p != '-')
	{
		*odd |= OL_TIME_NO_ZONE;
		return true;
	}
	sign = *(*p)++ == '-' ? -1 : 1;
	if (!take_digits(p, 2, &hour))
		return false;
	if (take_char(p, ':') ? !take_digits(p, 2, &minute) :
		**p >= '0' && **p <= '9' && !take_digits(p, 2, &minute))
		return false;
	if (hour > 18 || minute > 59)
		return false;
	*offset = sign * (hour * INT64CONST(60) + minute) * USECS_PER_MINUTE;
	return true;
}

/* Java's ZonedDateTime adds the name of its zone in brackets. */
static bool
take_zone_name(const char **p)
{
	if (!take_char(p, '['))
		return true;
	while (**p != '\0' && **p != ']')
		(*p)++;
	return take_char(p, ']');
}

static TimestampTz
start_of_year(int year)
{
	return (date2j(year, 1, 1) - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY;
}

/*
 * False when the text is no time, or none that a calendar has; also when it is
 * not of a year of four digits in UTC, where nothing could write it again.
 */
bool
ol_time_parse(const char *text, TimestampTz *result, int *odd)
{
	const char *p = text;
	int64		day;
	int64		micros = 0;
	int64		offset = 0;

	*odd = 0;
	while (*p == ' ')
		p++;
	if (!take_date(&p, &day))
		return false;
	if (take_char(&p, 'T') || take_char(&p, 't') ||
		(*p == ' ' && p[1] >= '0' && p[1] <= '9' && p++))
	{
		if (!take_clock(&p, &micros, odd))
			return false;
		take_char(&p, ' ');
		if (!take_zone(&p, &offset, odd) || !take_zone_name(&p))
			return false;
	}
	else
		*odd |= OL_TIME_DATE_ONLY;
	while (*p == ' ')
		p++;
	if (*p != '\0')
		return false;
	*result = day * USECS_PER_DAY + micros - offset;
	return *result >= start_of_year(1) && *result < start_of_year(10000);
}

Datum
ol_lenient_time(PG_FUNCTION_ARGS)
{
	TimestampTz result;
	int			odd;

	if (!ol_time_parse(text_to_cstring(PG_GETARG_TEXT_PP(0)), &result, &odd))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(result);
}

Datum
ol_finite_number(PG_FUNCTION_ARGS)
{
	char	   *number = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *end;
	double		result;

	if (number[0] != '-' && (number[0] < '0' || number[0] > '9'))
		PG_RETURN_NULL();
	result = strtod(number, &end);
	if (*end != '\0' || !isfinite(result))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(result);
}

/*
 * "2026-01-05T08:00:00Z", years before Christ without a sign; a fraction of
 * three or six digits if there is one.  False, and nothing, for infinity.
 */
bool
ol_time_append(StringInfo text, TimestampTz when)
{
	struct pg_tm tm;
	fsec_t		fraction;

	if (TIMESTAMP_NOT_FINITE(when) ||
		timestamp2tm(when, NULL, &tm, &fraction, NULL, NULL) != 0)
		return false;
	appendStringInfo(text, "%04d-%02d-%02dT%02d:%02d:%02d", abs(tm.tm_year - (tm.tm_year <= 0)),
					 tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	if (fraction % 1000 != 0)
		appendStringInfo(text, ".%06d", (int) fraction);
	else if (fraction != 0)
		appendStringInfo(text, ".%03d", (int) fraction / 1000);
	appendStringInfoChar(text, 'Z');
	return true;
}

TimestampTz
ol_time_hour(TimestampTz when)
{
	return when - (when % USECS_PER_HOUR + USECS_PER_HOUR) % USECS_PER_HOUR;
}

Datum
ol_iso_time(PG_FUNCTION_ARGS)
{
	StringInfoData text;

	initStringInfo(&text);
	if (!ol_time_append(&text, PG_GETARG_TIMESTAMPTZ(0)))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(text.data, text.len));
}
