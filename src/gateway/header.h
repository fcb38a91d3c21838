/*-------------------------------------------------------------------------
 * header.h
 *	  Which headers are passed on; see header.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_GATEWAY_HEADER_H
#define OL_GATEWAY_HEADER_H

#include <stdbool.h>

extern bool ol_header_goes_up(const char *name, const char *connection);
extern bool ol_header_goes_down(const char *name, const char *connection);
extern bool ol_header_is_clean(const char *value);

#endif							/* OL_GATEWAY_HEADER_H */
