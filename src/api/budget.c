/*-------------------------------------------------------------------------
 * budget.c
 *	  How much of stored bodies one answer shows.
 *
 * A page of runs with Spark plans of 23 MB each fits neither into a value nor
 * into memory.  An answer holds openlineage.api_byte_budget() bytes of bodies:
 * the smallest first, and those of one size together, so that what is left out
 * depends on nothing else than sizes.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "api/budget.h"
#include "graph/query.h"

static OlQuery byte_budget = {"SELECT openlineage.api_byte_budget()::int4"};

void
ol_budget_add(OlBudget *budget, int64 size)
{
	if (budget->n == budget->capacity)
	{
		budget->capacity = Max(64, budget->capacity * 2);
		budget->sizes = budget->sizes == NULL ?
			palloc(sizeof(int64) * budget->capacity) :
			repalloc_huge(budget->sizes, sizeof(int64) * budget->capacity);
	}
	budget->sizes[budget->n++] = size;
	budget->sum += size;
}

static int
compare_sizes(const void *a, const void *b)
{
	int64		left = *(const int64 *) a;
	int64		right = *(const int64 *) b;

	return (left > right) - (left < right);
}

int64
ol_budget_fits(OlBudget *budget)
{
	int64		bytes;
	int64		sum = 0;
	int64		fits = -1;
	int			i = 0;

	if (budget->n == 0)
		return fits;
	bytes = ol_query_int(&byte_budget, NULL);
	if (budget->sum <= bytes)
		return PG_INT64_MAX;
	qsort(budget->sizes, budget->n, sizeof(int64), compare_sizes);
	while (i < budget->n)
	{
		int64		size = budget->sizes[i];

		for (; i < budget->n && budget->sizes[i] == size; i++)
			sum += size;
		if (sum > bytes)
			break;
		fits = size;
	}
	return fits;
}
