/*-------------------------------------------------------------------------
 * pattern.h
 *	  Patterns of namespaces; see pattern.c.
 *-------------------------------------------------------------------------*/
#ifndef OL_AUTH_PATTERN_H
#define OL_AUTH_PATTERN_H

extern bool ol_pattern_is_exact(const char *pattern);
extern bool ol_pattern_matches(const char *pattern, const char *name);

#endif
