/*-------------------------------------------------------------------------
 * init.c
 *	  What happens when the core module is loaded.
 *
 * By a backend that calls one of its functions: the settings are defined, and
 * the planner learns of walk().  By the postmaster, as a preload library: the
 * servers are registered as well.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"

#include "base/launch.h"
#include "base/settings.h"
#include "graph/cache.h"
#include "graph/walk.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	ol_settings_define();
	ol_walk_scan_init();
	if (process_shared_preload_libraries_in_progress)
	{
		ol_launch_preloaded();
		ol_cache_preload();
	}
}
