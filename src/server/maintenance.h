/*-------------------------------------------------------------------------
 * maintenance.h
 *	  maintain() now and then; see maintenance.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_MAINTENANCE_H
#define OL_SERVER_MAINTENANCE_H

#include "datatype/timestamp.h"

extern void ol_maintenance_keep_running(TimestampTz *next_at);

#endif							/* OL_SERVER_MAINTENANCE_H */
