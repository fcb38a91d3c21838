/*-------------------------------------------------------------------------
 * path.h
 *	  Where in a token a claim is; see path.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_TOKEN_PATH_H
#define OL_TOKEN_PATH_H

#include "base/json.h"

typedef void (*OlPathVisit) (const OlJson *json, uint32 value, void *arg);

extern const char *ol_path_problem(const char *path);
extern void ol_path_visit(const char *path, const OlJson *json, uint32 root,
						  OlPathVisit visit, void *arg);

#endif
