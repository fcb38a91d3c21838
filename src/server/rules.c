/*-------------------------------------------------------------------------
 * rules.c
 *	  Settings that guard.c goes by, in the form in which it uses them.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/inet.h"
#include "utils/memutils.h"
#include "utils/varlena.h"

#include "process.h"
#include "rules.h"

/* The setting was checked when it was set; what is no network is left out. */
static void
load_proxies(OlProxies *proxies, const char *setting)
{
	char	   *copy = pstrdup(setting);
	List	   *names = NIL;
	ListCell   *cell;

	proxies->count = 0;
	(void) SplitGUCList(copy, ',', &names);
	foreach(cell, names)
	{
		const char *name = lfirst(cell);
		bool		v6 = strchr(name, ':') != NULL;
		OlNetwork  *network = &proxies->networks[proxies->count];

		if (proxies->count == OL_MAX_NETWORKS)
			break;
		memset(network, 0, sizeof(*network));
		network->bits = pg_inet_net_pton(v6 ? PGSQL_AF_INET6 : PGSQL_AF_INET,
										 name, network->address.bytes, -1);
		network->address.family = v6 ? AF_INET6 : AF_INET;
		if (network->bits >= 0)
			proxies->count++;
	}
	list_free(names);
	pfree(copy);
	proxies->rfc7239 = strcmp(ol_process_string("openlineage.forwarded_header"),
							  "forwarded") == 0;
}

static void
load_limits(OlLimiter *limiter)
{
	int			rate = ol_process_integer("openlineage.rate_limit");
	int			burst = ol_process_integer("openlineage.rate_burst");

	if (limiter->secret[0] == 0 &&
		!pg_strong_random(limiter->secret, sizeof(limiter->secret)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	limiter->rate = rate;
	limiter->burst = burst > 0 ? burst : rate;
}

static OlAuditMode
audit_mode(void)
{
	const char *setting = ol_process_string("openlineage.audit");

	if (strcmp(setting, "off") == 0)
		return OL_AUDIT_OFF;
	return strcmp(setting, "all") == 0 ? OL_AUDIT_ALL : OL_AUDIT_CHANGES;
}

/* At the start, and whenever settings may have changed. */
void
ol_rules_load(OlHttp *http)
{
	static char *public_url;

	http->needs_token =
		strcmp(ol_process_string("openlineage.oauth_required"), "on") == 0;
	load_proxies(&http->proxies, ol_process_string("openlineage.trusted_proxies"));
	load_limits(&http->limiter);
	http->audit.mode = audit_mode();
	if (public_url != NULL)
		pfree(public_url);
	public_url = MemoryContextStrdup(TopMemoryContext,
									 ol_process_string("openlineage.public_url"));
	http->public_url = public_url;
}
