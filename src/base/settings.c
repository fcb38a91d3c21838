/*-------------------------------------------------------------------------
 * settings.c
 *	  Every setting openlineage.*, of all modules.
 *
 * They are all defined here, by the core module, because reserving the prefix
 * drops whatever another module would define afterwards.  The other modules
 * read them by name, with GetConfigOption().
 *
 * What a server process uses is PGC_SUSET: only then can ALTER DATABASE ...
 * SET give each database its own.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <limits.h>

#include "datatype/timestamp.h"
#include "miscadmin.h"
#include "utils/datetime.h"
#include "utils/guc.h"

#include "base/settings.h"

#define KB_PER_MB 1024

/* Further back there may be no time that the limit can be. */
#define MAX_RETENTION_DAYS (1000 * 365.0)

typedef struct IntegerSetting
{
	const char *name;
	const char *summary;
	const char *detail;
	int		   *value;
	int			initial;
	int			lowest;
	int			highest;
	int			unit;			/* GUC_UNIT_... or 0 */
} IntegerSetting;

char	   *ol_setting_databases;
int			ol_setting_port;
int			ol_setting_query_workers;
bool		ol_setting_writers_may_purge;
int			ol_setting_stale_window;
int			ol_setting_stale_windows;
char	   *ol_setting_claims;
uint64		ol_setting_claims_changes;
int			ol_setting_graph_gear;
int			ol_setting_graph_cache_size;

/* Read by the server module through their names. */
static char *listen_addresses;
static char *retention;

/* Read by the module for outgoing HTTP. */
static char *allowed_hosts;
static char *ca_file;
static bool oauth_allow_http;

static int	max_body_size;
static int	max_pending_size;
static int	max_clients;
static int	max_clients_per_address;
static int	read_timeout;
static int	lineage_max_nodes;
static int	write_lock_timeout;
static int	max_write_delay;

static const struct config_enum_entry graph_gears[] = {
	{"auto", OL_GEAR_AUTO, false},
	{"1", OL_GEAR_1, false},
	{"2", OL_GEAR_2, false},
	{"3", OL_GEAR_3, false},
	{NULL, 0, false}
};

/* Read by openlineage_auth through their names. */
static int	jwt_leeway;
static int	jwks_max_stale;
static int	jwks_refresh_interval;
static char *oauth_audience;
static char *oauth_claim_map;
static char *oauth_identity;

static const IntegerSetting integer_settings[] = {
	{"openlineage.port",
		"TCP port of the HTTP server of this database; 0 turns it off.",
		"A second database takes its own by ALTER DATABASE ... SET.",
	&ol_setting_port, 5000, 0, 65535, 0},
	{"openlineage.query_workers",
		"Processes that answer HTTP reads of this database.",
		"Each takes one of max_worker_processes.",
	&ol_setting_query_workers, 2, 0, 32, 0},
	{"openlineage.max_body_size",
		"Largest request body, after decompression.",
		"A larger one is answered with status 413 and stored nowhere.",
	&max_body_size, 64 * KB_PER_MB, 1, 512 * KB_PER_MB, GUC_UNIT_KB},
	{"openlineage.max_pending_size",
		"Most memory for request bodies that are not yet stored.",
		"Requests beyond it are answered with status 503 and Retry-After.",
	&max_pending_size, 256 * KB_PER_MB, KB_PER_MB, MAX_KILOBYTES, GUC_UNIT_KB},
	{"openlineage.max_clients",
		"Most open HTTP connections.",
		"Requests on connections beyond it are answered with status 503.",
	&max_clients, 500, 1, 10000, 0},
	{"openlineage.max_clients_per_address",
		"Most open HTTP connections from one client address.",
		"Requests on connections beyond it are answered with status 503.",
	&max_clients_per_address, 400, 1, 10000, 0},
	{"openlineage.read_timeout",
		"Longest time an HTTP read may run in the database.",
		"A read that takes longer is cancelled and answered with status 503.",
	&read_timeout, 30 * 1000, 1, INT_MAX, GUC_UNIT_MS},
	{"openlineage.write_lock_timeout",
		"Longest time that storing events waits for a lock.",
		"Events that wait longer are answered with status 503 and Retry-After.",
	&write_lock_timeout, 10 * 1000, 1, INT_MAX, GUC_UNIT_MS},
	{"openlineage.max_write_delay",
		"Longest time that events wait for the ingest worker.",
		"While others wait longer than that, further events are answered with status 503 and Retry-After.",
	&max_write_delay, 3 * 1000, 1, INT_MAX, GUC_UNIT_MS},
	{"openlineage.stale_window",
		"Emission window assumed for batch jobs that tell none.",
		"A job tells its own by jobType.emissionPattern.windowDuration.",
	&ol_setting_stale_window, 8 * SECS_PER_HOUR, 1, INT_MAX, GUC_UNIT_S},
	{"openlineage.stale_windows",
		"Emission windows without an event after which a run is in the view stale_run.",
		"The run itself is not changed.",
	&ol_setting_stale_windows, 3, 1, 1000, 0},
	{"openlineage.jwt_leeway",
		"Seconds that the clock of an issuer of tokens may differ from ours.",
		"Applies to the claims exp, nbf and iat.",
	&jwt_leeway, 30, 0, 300, GUC_UNIT_S},
	{"openlineage.jwks_max_stale",
		"How long keys of an issuer are used that cannot be fetched again.",
		"After that its tokens are refused until they can.",
	&jwks_max_stale, SECS_PER_DAY, 60, INT_MAX / 1000, GUC_UNIT_S},
	{"openlineage.jwks_refresh_interval",
		"How often the worker fetches the keys of all issuers.",
		"A token with a key that is not known makes it fetch at once, once in ten seconds at most.",
	&jwks_refresh_interval, 300, 10, SECS_PER_DAY, GUC_UNIT_S},
};

/* The core parses an interval without a catalog; so this works at start too. */
bool
ol_setting_check_retention(char **newval, void **extra, GucSource source)
{
	char		buffer[MAXDATELEN * 2];
	char	   *field[MAXDATEFIELDS];
	int			kinds[MAXDATEFIELDS];
	int			nfields;
	int			kind;
	struct pg_itm_in interval;
	double		days;

	if (**newval == '\0')
		return true;
	if (ParseDateTime(*newval, buffer, sizeof(buffer), field, kinds,
					  MAXDATEFIELDS, &nfields) != 0 ||
		DecodeInterval(field, kinds, nfields, INTERVAL_FULL_RANGE, &kind,
					   &interval) != 0 || kind != DTK_DELTA)
	{
		GUC_check_errdetail("It must be an interval such as \"90 days\", or empty.");
		return false;
	}
	if (interval.tm_year * 12.0 + interval.tm_mon < 0 || interval.tm_mday < 0 ||
		interval.tm_usec < 0)
	{
		GUC_check_errdetail("No part of it may be negative.");
		return false;
	}
	days = interval.tm_year * 365.0 + interval.tm_mon * 30.0 + interval.tm_mday +
		interval.tm_usec / (double) USECS_PER_DAY;
	if (days < 1)
	{
		GUC_check_errdetail("It must be one day or more; empty keeps everything.");
		return false;
	}
	if (days > MAX_RETENTION_DAYS)
	{
		GUC_check_errdetail("It must be 1000 years or less; empty keeps everything.");
		return false;
	}
	return true;
}

/* Called for every way it changes, the end of a transaction included. */
static void
assign_claims(const char *newval, void *extra)
{
	ol_setting_claims_changes++;
}

/*
 * Who has logged in: only C code sets it, after it has verified a token, and a
 * superuser, who needs no token.  Whatever an ordinary user gives it by SET, by
 * options of the connection or of a role is dropped.  It must not be
 * GUC_NO_RESET_ALL: DISCARD ALL logs out.
 */
static void
define_claims(void)
{
	DefineCustomStringVariable("openlineage._claims",
							   "Claims of the token that this session logged in with.",
							   "Set by openlineage.login().",
							   &ol_setting_claims, "",
							   PGC_SUSET,
							   GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE,
							   NULL, assign_claims, NULL);
}

/*
 * What PostgreSQL 18's authentication goes by, before there is a database.  Only
 * the administrator of the server may write it.
 */
static void
define_oauth(void)
{
	DefineCustomStringVariable("openlineage.oauth_audience",
							   "What the claim aud of a token must be or hold to log in to PostgreSQL.",
							   "For oauth_validator_libraries = 'openlineage_auth'; empty refuses all tokens.",
							   &oauth_audience, "",
							   PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("openlineage.oauth_claim_map",
							   "Where tokens that log in to PostgreSQL say what.",
							   "As the argument claim_map of openlineage.add_issuer().",
							   &oauth_claim_map, "{}",
							   PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("openlineage.oauth_identity",
							   "Path of the claim that pg_ident.conf maps to roles.",
							   NULL,
							   &oauth_identity, "sub",
							   PGC_SIGHUP, 0, NULL, NULL, NULL);
}

static void
define_strings(void)
{
	DefineCustomStringVariable("openlineage.databases",
							   "Databases that get an HTTP server when PostgreSQL starts.",
							   "Needs \"openlineage\" in shared_preload_libraries; a change takes effect at the next start of PostgreSQL.",
							   &ol_setting_databases, "",
							   PGC_SIGHUP, GUC_LIST_INPUT,
							   NULL, NULL, NULL);
	DefineCustomStringVariable("openlineage.listen_addresses",
							   "Addresses the HTTP server listens on.",
							   "Any address but loopback needs openlineage.oauth_required.",
							   &listen_addresses, "127.0.0.1",
							   PGC_SUSET, GUC_LIST_INPUT,
							   NULL, NULL, NULL);
	DefineCustomStringVariable("openlineage.retention",
							   "How long events and what hangs on them are kept; empty keeps everything.",
							   "An interval of at least one day. openlineage.retention_plan() tells what would go.",
							   &retention, "",
							   PGC_SUSET, 0,
							   ol_setting_check_retention, NULL, NULL);
}

static void
define_outgoing(void)
{
	DefineCustomStringVariable("openlineage.allowed_hosts",
							   "Hosts inside the network that may be asked over HTTP.",
							   "Names or addresses as URLs have them, with \":port\" or without. All others are reached only at public addresses.",
							   &allowed_hosts, "",
							   PGC_SUSET, GUC_LIST_INPUT,
							   NULL, NULL, NULL);
	DefineCustomStringVariable("openlineage.ca_file",
							   "File with the certificate authorities that are trusted when other servers are asked.",
							   "Empty: those of the system.",
							   &ca_file, "",
							   PGC_SUSET, 0,
							   NULL, NULL, NULL);
	DefineCustomBoolVariable("openlineage.oauth_allow_http",
							 "Whether keys of an issuer may be fetched without TLS.",
							 "Only from hosts in openlineage.allowed_hosts, even so; for tests.",
							 &oauth_allow_http, false,
							 PGC_SUSET, 0, NULL, NULL, NULL);
}

static void
define_graph(void)
{
	bool		is_shared = process_shared_preload_libraries_in_progress;

	DefineCustomEnumVariable("openlineage.graph_gear",
							 "Which gear walks the graph, for tests: auto chooses by cost.",
							 "1 asks SQL level by level, 2 reads all edges once, 3 uses the graph kept in memory. A gear that could not answer exactly is not taken: last_walk() tells.",
							 &ol_setting_graph_gear, OL_GEAR_AUTO,
							 graph_gears, PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("openlineage.graph_cache_size",
							"Memory for graphs that are kept for later walks; 0 keeps none.",
							"Shared by all sessions and set at server start where openlineage is in shared_preload_libraries; otherwise for each session that makes a large walk.",
							&ol_setting_graph_cache_size,
							(is_shared ? 256 : 64) * KB_PER_MB, 0,
							MAX_KILOBYTES,
							is_shared ? PGC_POSTMASTER : PGC_SUSET,
							GUC_UNIT_KB, NULL, NULL, NULL);
}

void
ol_settings_define(void)
{
	define_strings();
	define_claims();
	define_oauth();
	define_outgoing();
	ol_settings_define_http();
	ol_settings_define_gateway();
	for (int i = 0; i < lengthof(integer_settings); i++)
	{
		const IntegerSetting *setting = &integer_settings[i];

		DefineCustomIntVariable(setting->name, setting->summary,
								setting->detail, setting->value,
								setting->initial, setting->lowest,
								setting->highest, PGC_SUSET, setting->unit,
								NULL, NULL, NULL);
	}
	DefineCustomBoolVariable("openlineage.writers_may_purge",
							 "Whether who may write a namespace may also remove from it for good.",
							 "Off, only members of openlineage_admin may; requests without authentication are none.",
							 &ol_setting_writers_may_purge, false,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("openlineage.lineage_max_nodes",
							"Most nodes that one lineage question visits; 0 is no limit.",
							"An answer that is cut says so with a warning.",
							&lineage_max_nodes, 0, 0, INT_MAX,
							PGC_USERSET, 0, NULL, NULL, NULL);
	define_graph();
	MarkGUCPrefixReserved("openlineage");
}
