/*-------------------------------------------------------------------------
 * place.c
 *	  Where in its table a row was found last, by a number for index and key.
 *
 * What is kept here may be wrong at any time: the row may have moved, another
 * may be in its place, or the number may be that of another key.  So it is
 * never invalidated; who looks there makes sure that it is the row (probe.c).
 * Of two rows that share a slot, the one found last has it.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/place.h"
#include "utils/memutils.h"

#define SLOTS 131072			/* 1.5 MB */

typedef struct Place
{
	uint32		check;			/* upper half of the key */
	ItemPointerData place;		/* not valid: free */
} Place;

static Place *places;

static Place *
slot_of(uint64 key)
{
	return &places[key % SLOTS];
}

bool
ol_place_find(uint64 key, ItemPointer place)
{
	const Place *slot;

	if (places == NULL)
		return false;
	slot = slot_of(key);
	*place = slot->place;
	return slot->check == (uint32) (key >> 32) && ItemPointerIsValid(place);
}

void
ol_place_note(uint64 key, ItemPointerData place)
{
	Place	   *slot;

	if (places == NULL)
		places = MemoryContextAllocZero(TopMemoryContext,
										sizeof(Place) * SLOTS);
	slot = slot_of(key);
	slot->check = key >> 32;
	slot->place = place;
}
