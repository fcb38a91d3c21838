/*-------------------------------------------------------------------------
 * settings.h
 *	  Settings of the core by name, and the clock; see login.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_TOKEN_SETTINGS_H
#define OL_TOKEN_SETTINGS_H

#define OL_CLAIMS_SETTING "openlineage._claims"

extern double ol_setting_seconds(const char *name);
extern double ol_setting_now(void);

#endif
