/*-------------------------------------------------------------------------
 * settings.h
 *	  The settings openlineage.*; see settings.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_BASE_SETTINGS_H
#define OL_BASE_SETTINGS_H

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

extern void ol_settings_define(void);

#endif							/* OL_BASE_SETTINGS_H */
