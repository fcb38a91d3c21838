/*-------------------------------------------------------------------------
 * settings.h
 *	  The settings openlineage.*; see settings.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_BASE_SETTINGS_H
#define OL_BASE_SETTINGS_H

#include "utils/guc.h"

/* Values of openlineage.audit. */
#define OL_SETTING_AUDIT_OFF 0
#define OL_SETTING_AUDIT_CHANGES 1
#define OL_SETTING_AUDIT_ALL 2

extern char *ol_setting_databases;
extern int	ol_setting_port;
extern int	ol_setting_query_workers;
extern bool ol_setting_writers_may_purge;
extern int	ol_setting_stale_window;
extern int	ol_setting_stale_windows;
extern char *ol_setting_claims;
extern uint64 ol_setting_claims_changes;	/* how often it was set in this
											 * process */

/* openlineage.graph_gear: which gear walks the graph, see graph/gear.c. */
typedef enum OlGearSetting
{
	OL_GEAR_AUTO,
	OL_GEAR_1,
	OL_GEAR_2,
	OL_GEAR_3
} OlGearSetting;

extern int	ol_setting_graph_gear;
extern int	ol_setting_graph_cache_size;	/* kB */
extern bool ol_setting_oauth_required;
extern int	ol_setting_rate_limit;
extern int	ol_setting_audit;

extern void ol_settings_define(void);
extern void ol_settings_define_gateway(void);

/* settings_http.c */
extern void ol_settings_define_http(void);

/* settings.c */
extern bool ol_setting_check_retention(char **newval, void **extra,
									   GucSource source);

#endif							/* OL_BASE_SETTINGS_H */
