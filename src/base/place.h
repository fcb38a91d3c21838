/*-------------------------------------------------------------------------
 * place.h
 *	  Where in its table a row was found last; see place.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_BASE_PLACE_H
#define OL_BASE_PLACE_H

#include "storage/itemptr.h"

#define OL_PLACE_KEY_SIZE 24

typedef struct OlPlaceKey
{
	Oid			index;
	char		key[OL_PLACE_KEY_SIZE]; /* of the row in it; zeroes after it */
} OlPlaceKey;

extern bool ol_place_find(const OlPlaceKey *key, ItemPointer place);
extern void ol_place_note(const OlPlaceKey *key, const ItemPointerData *place);

#endif
