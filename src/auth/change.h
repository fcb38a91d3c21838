/*-------------------------------------------------------------------------
 * change.h
 *	  Whose rights a change() has; see change.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_AUTH_CHANGE_H
#define OL_AUTH_CHANGE_H

#include "auth/trusted.h"

extern void ol_change_as_caller(OlTrusted *owner);

#endif
