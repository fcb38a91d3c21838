/*-------------------------------------------------------------------------
 * process.h
 *	  What all processes of this module do alike; see process.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_SERVER_PROCESS_H
#define OL_SERVER_PROCESS_H

#include "postmaster/bgworker.h"

/* A process that is started once and has its say in bgw_extra. */
typedef struct OlProcess
{
	const char *type;			/* its name, too */
	const char *library;
	const char *function;
	BgWorkerStartTime start_time;
	Datum		main_arg;
	const void *call;			/* goes into bgw_extra */
	Size		call_size;
} OlProcess;

extern void ol_process_load_settings(void);
extern void ol_process_reload_settings(void);
extern int	ol_process_integer(const char *setting);
extern const char *ol_process_string(const char *setting);
extern void ol_process_name(const char *name);
extern bool ol_process_database_is_wanted(void);
extern bool ol_process_claim_database(void);
extern bool ol_process_start(const OlProcess *process, BackgroundWorkerHandle **worker);
extern bool ol_process_is_running(BackgroundWorkerHandle **worker);
extern void ol_process_tell_dropped(int *dropped);

/* vigil.c */
extern void ol_vigil_attach(void);
extern bool ol_vigil_is_needed(int index);
extern void ol_vigil_request(int index, bool needed);
extern void ol_vigil_watch(int index, const char *database);

#endif							/* OL_SERVER_PROCESS_H */
