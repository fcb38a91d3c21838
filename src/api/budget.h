/*-------------------------------------------------------------------------
 * budget.h
 *	  How much of stored bodies one answer shows; see budget.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_API_BUDGET_H
#define OL_API_BUDGET_H

/* The sizes of all bodies that want to be shown; starts as {0}. */
typedef struct OlBudget
{
	int64	   *sizes;
	int			n;
	int			capacity;
	int64		sum;
} OlBudget;

extern void ol_budget_add(OlBudget *budget, int64 size);

/* Bodies up to this size are shown.  Between SPI_connect() and SPI_finish(). */
extern int64 ol_budget_fits(OlBudget *budget);

#endif
