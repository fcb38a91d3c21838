/*-------------------------------------------------------------------------
 * place.c
 *	  Where in its table a row was found last, by index and key.
 *
 * What is kept here may be wrong at any time: the row may have moved, and
 * another may be in its place.  So it is never invalidated; who looks there
 * makes sure that it is the row (probe.c).
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "base/place.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

/* Beyond that it starts anew: about 7 MB. */
#define MOST_PLACES 100000

typedef struct Place
{
	OlPlaceKey	key;
	ItemPointerData place;
} Place;

static HTAB *places;

bool
ol_place_find(const OlPlaceKey *key, ItemPointer place)
{
	const Place *found;

	if (places == NULL)
		return false;
	found = hash_search(places, key, HASH_FIND, NULL);
	if (found == NULL)
		return false;
	*place = found->place;
	return true;
}

void
ol_place_note(const OlPlaceKey *key, const ItemPointerData *place)
{
	HASHCTL		control = {.keysize = sizeof(OlPlaceKey),
		.entrysize = sizeof(Place),.hcxt = TopMemoryContext
	};
	Place	   *noted;

	if (places != NULL && hash_get_num_entries(places) >= MOST_PLACES)
	{
		hash_destroy(places);
		places = NULL;
	}
	if (places == NULL)
		places = hash_create("places of rows", 1024, &control,
							 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	noted = hash_search(places, key, HASH_ENTER, NULL);
	noted->place = *place;
}
