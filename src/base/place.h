/*-------------------------------------------------------------------------
 * place.h
 *	  Where in its table a row was found last; see place.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_BASE_PLACE_H
#define OL_BASE_PLACE_H

#include "storage/itemptr.h"

extern bool ol_place_find(uint64 key, ItemPointer place);
extern void ol_place_note(uint64 key, ItemPointerData place);

#endif
