/*-------------------------------------------------------------------------
 * challenge.c
 *	  The header WWW-Authenticate: RFC 6750, section 3, and RFC 9728, 5.1.
 *
 * Pure: no PostgreSQL, no sockets.
 *-------------------------------------------------------------------------*/
#include <string.h>

#include "challenge.h"

#define REALM "openlineage"
#define HOST_CHARACTERS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.:[]_"

/* Characters of a quoted string of RFC 6750; any other becomes a space. */
static void
append_quoted(OlBuffer *header, const char *text)
{
	for (; *text != '\0'; text++)
	{
		bool		fits = *text >= 0x20 && *text <= 0x7e && *text != '"' &&
		*text != '\\';

		ol_buffer_append(header, fits ? text : " ", 1);
	}
}

static void
append_parameter(OlBuffer *header, const char *name, const char *value,
				 const char *rest)
{
	if (value == NULL || *value == '\0')
		return;
	ol_buffer_append_text(header, ", ");
	ol_buffer_append_text(header, name);
	ol_buffer_append_text(header, "=\"");
	append_quoted(header, value);
	ol_buffer_append_text(header, rest);
	ol_buffer_append_text(header, "\"");
}

/* Ends with a zero byte. */
void
ol_challenge_write(OlBuffer *header, const OlChallenge *challenge)
{
	ol_buffer_append_text(header, "Bearer realm=\"" REALM "\"");
	append_parameter(header, "error", challenge->error, "");
	append_parameter(header, "error_description", challenge->reason, "");
	append_parameter(header, "scope", challenge->scope, "");
	append_parameter(header, "resource_metadata", challenge->base, OL_METADATA_PATH);
	ol_buffer_append(header, "", 1);
}

/*
 * The base of our URLs as a client sees them, by its header Host; false when
 * that holds what no host has.  Ends with a zero byte.
 */
bool
ol_challenge_base(OlBuffer *base, bool secure, const char *host)
{
	if (host == NULL || *host == '\0' ||
		host[strspn(host, HOST_CHARACTERS)] != '\0')
		return false;
	ol_buffer_append_text(base, secure ? "https://" : "http://");
	ol_buffer_append_text(base, host);
	ol_buffer_append(base, "", 1);
	return !base->failed;
}
