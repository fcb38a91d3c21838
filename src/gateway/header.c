/*-------------------------------------------------------------------------
 * header.c
 *	  Which headers are passed on: RFC 9110, section 7.6.
 *
 * Headers of one connection stay on it, those that Connection names included.
 * What the other side believes of us is ours to say: who asks, for whom, and by
 * which credentials.
 *
 * Pure: no PostgreSQL, no sockets.
 *-------------------------------------------------------------------------*/
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "header.h"

static const char *const of_connection[] = {
	"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer",
	"Transfer-Encoding", "Upgrade", "Content-Length", NULL
};

static const char *const not_up[] = {
	"Host", "Authorization", "Expect", "Forwarded", "X-Real-IP", "Via",
	"Remote-User", "X-Remote-User", "X-Auth-Request-User", "X-User", NULL
};

static const char *const not_down[] = {
	"Date", "Server", "WWW-Authenticate", "Strict-Transport-Security", "Alt-Svc", NULL
};

static bool
is_one_of(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcasecmp(name, *names) == 0)
			return true;
	return false;
}

/* Does a list, with commas and spaces between, have the name? */
static bool
is_listed(const char *name, const char *list)
{
	size_t		len = strlen(name);

	while (list != NULL && *list != '\0')
	{
		size_t		item;

		list += strspn(list, ", \t");
		item = strcspn(list, ", \t");
		if (item == len && strncasecmp(list, name, len) == 0)
			return true;
		list += item;
	}
	return false;
}

static bool
stays(const char *name, const char *connection)
{
	return is_one_of(name, of_connection) || is_listed(name, connection) ||
		strncasecmp(name, "Proxy-", 6) == 0;
}

/* From the client to the server; connection is the value of that header, or NULL. */
bool
ol_header_goes_up(const char *name, const char *connection)
{
	/* a server that maps "_" to "-" would take X_Forwarded_For for ours */
	return !stays(name, connection) && !is_one_of(name, not_up) &&
		strncasecmp(name, "X-Forwarded-", 12) != 0 && strchr(name, '_') == NULL;
}

/* From the server to the client. */
bool
ol_header_goes_down(const char *name, const char *connection)
{
	return !stays(name, connection) && !is_one_of(name, not_down);
}

/* Nothing in it ends the line. */
bool
ol_header_is_clean(const char *value)
{
	for (; *value != '\0'; value++)
		if ((unsigned char) *value < 0x20 && *value != '\t')
			return false;
	return true;
}
