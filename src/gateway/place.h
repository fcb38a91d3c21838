/*-------------------------------------------------------------------------
 * place.h
 *	  What a request is for; see place.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GATEWAY_PLACE_H
#define OL_GATEWAY_PLACE_H

#include <stdbool.h>

#include "server/routes.h"

typedef enum OlPlaceTask
{
	OL_PLACE_HEALTH,
	OL_PLACE_TOKEN,
	OL_PLACE_CONFIGURATION,
	OL_PLACE_KEYS_DOCUMENT,
	OL_PLACE_RESOURCE,
	OL_PLACE_MLFLOW
} OlPlaceTask;

/* One line of the table. */
typedef struct OlPlace
{
	OlRoute		route;			/* what guard.c wants to know */
	OlPlaceTask task;
	bool		has_rest;		/* everything below it, too */
} OlPlace;

typedef struct OlPlaceMatch
{
	const OlPlace *place;		/* NULL: there is none */
	bool		known_path;		/* but of another method */
	const char *rest;			/* of the target, behind the place */
	const char *fault;			/* why the target is not taken */
} OlPlaceMatch;

extern OlPlaceMatch ol_place_find(const char *method, const char *target);

#endif							/* OL_GATEWAY_PLACE_H */
