/*-------------------------------------------------------------------------
 * settings_http.c
 *	  The settings openlineage.* that say who may come in over HTTP.
 *
 * The HTTP server reads them by name; what of them shared code has to know,
 * too, is in settings.h.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <limits.h>
#include <sys/socket.h>

#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inet.h"
#include "utils/varlena.h"

#include "base/settings.h"

#define MAX_PROXIES 64			/* OL_MAX_NETWORKS of the server */

bool		ol_setting_oauth_required;
int			ol_setting_rate_limit;
int			ol_setting_audit;

static char *public_url;
static char *trusted_proxies;
static char *audit_retention;
static int	forwarded_header;
static int	rate_burst;

static const struct config_enum_entry audit_modes[] = {
	{"off", OL_SETTING_AUDIT_OFF, false},
	{"changes", OL_SETTING_AUDIT_CHANGES, false},
	{"all", OL_SETTING_AUDIT_ALL, false},
	{NULL, 0, false}
};

static const struct config_enum_entry forwarded_headers[] = {
	{"x-forwarded-for", 0, false},
	{"forwarded", 1, false},
	{NULL, 0, false}
};

/* Each an address or a network; a name would need a lookup for every request. */
static bool
check_proxies(char **newval, void **extra, GucSource source)
{
	List	   *names;
	ListCell   *cell;
	unsigned char bytes[16];

	if (!SplitGUCList(pstrdup(*newval), ',', &names))
	{
		GUC_check_errdetail("It must be a list of addresses and networks.");
		return false;
	}
	if (list_length(names) > MAX_PROXIES)
	{
		GUC_check_errdetail("At most %d can be listed.", MAX_PROXIES);
		return false;
	}
	foreach(cell, names)
	{
		const char *name = lfirst(cell);

		if (pg_inet_net_pton(strchr(name, ':') != NULL ? PGSQL_AF_INET6 : PGSQL_AF_INET,
							 name, bytes, -1) < 0)
		{
			GUC_check_errdetail("\"%s\" is neither an address nor a network such as 10.0.0.0/8.",
								name);
			return false;
		}
	}
	return true;
}

/* It goes into headers and documents as it is. */
static bool
check_url(char **newval, void **extra, GucSource source)
{
	const char *url = *newval;
	size_t		len = strlen(url);

	if (len == 0)
		return true;
	if ((strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0) ||
		strspn(url, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/[]%") != len ||
		url[len - 1] == '/')
	{
		GUC_check_errdetail("It must be an absolute URL without query, fragment and trailing slash.");
		return false;
	}
	return true;
}

static void
define_numbers(void)
{
	DefineCustomIntVariable("openlineage.rate_limit",
							"Requests per second that one client may send over HTTP; 0 is no limit.",
							"A client is the caller of a token, or else an address. More is answered with status 429 and Retry-After.",
							&ol_setting_rate_limit, 0, 0, 1000000,
							PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("openlineage.rate_burst",
							"Requests that one client may send at once after a pause; 0 is as many as in a second.",
							NULL,
							&rate_burst, 0, 0, 1000000,
							PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomEnumVariable("openlineage.audit",
							 "Which HTTP requests get a row in the table audit.",
							 "\"changes\" are those that change something or were denied.",
							 &ol_setting_audit, OL_SETTING_AUDIT_CHANGES, audit_modes,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomEnumVariable("openlineage.forwarded_header",
							 "Header in which trusted proxies say whom they speak for.",
							 "The other one is ignored: proxies pass it on as the client wrote it.",
							 &forwarded_header, 0, forwarded_headers,
							 PGC_SUSET, 0, NULL, NULL, NULL);
}

void
ol_settings_define_http(void)
{
	DefineCustomBoolVariable("openlineage.oauth_required",
							 "Whether every HTTP request needs a token.",
							 "Off, it does only while row-level security is enforced.",
							 &ol_setting_oauth_required, false,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("openlineage.public_url",
							   "URL under which clients reach the HTTP server; empty takes it from their Host header.",
							   "It names the resource in the metadata of RFC 9728.",
							   &public_url, "",
							   PGC_SUSET, 0, check_url, NULL, NULL);
	DefineCustomStringVariable("openlineage.trusted_proxies",
							   "Addresses and networks of proxies that are believed whom they speak for.",
							   NULL,
							   &trusted_proxies, "",
							   PGC_SUSET, GUC_LIST_INPUT, check_proxies, NULL, NULL);
	DefineCustomStringVariable("openlineage.audit_retention",
							   "How long rows of the table audit are kept; empty keeps them.",
							   "An interval of at least one day; maintain() deletes what is older.",
							   &audit_retention, "90 days",
							   PGC_SUSET, 0, ol_setting_check_retention, NULL, NULL);
	define_numbers();
}
