/*-------------------------------------------------------------------------
 * rules.h
 *	  Settings that guard.c goes by; see rules.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_RULES_H
#define OL_SERVER_RULES_H

#include "http.h"

extern void ol_rules_load(OlHttp *http);

#endif							/* OL_SERVER_RULES_H */
