/*-------------------------------------------------------------------------
 * pattern.c
 *	  Patterns of namespaces: a name in which * stands for any run of
 *	  characters, none included.  There is no other sign and no escape.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "auth/pattern.h"

bool
ol_pattern_is_exact(const char *pattern)
{
	return strchr(pattern, '*') == NULL;
}

/*
 * Bytes do: a run of UTF-8 that ends where a character of the pattern begins
 * ends at a character.  After a mismatch the last star takes one byte more, so
 * the time is at most the product of the lengths.
 */
bool
ol_pattern_matches(const char *pattern, const char *name)
{
	const char *star = NULL;	/* behind the last star */
	const char *taken = NULL;	/* what that star has not taken */

	while (*name != '\0')
	{
		if (*pattern == '*')
		{
			star = ++pattern;
			taken = name;
		}
		else if (*pattern == *name)
		{
			pattern++;
			name++;
		}
		else if (star != NULL)
		{
			pattern = star;
			name = ++taken;
		}
		else
			return false;
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}
