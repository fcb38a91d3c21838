/*-------------------------------------------------------------------------
 * settings_gateway.c
 *	  The settings openlineage.* of the gateway.
 *
 * Read by name, by the server (is a gateway wanted?), by the gateway and by
 * the functions of the embedded issuer.
 *-------------------------------------------------------------------------*/
#include "postgres.h"

#include <limits.h>

#include "utils/guc.h"

#include "base/settings.h"

#define KB_PER_GB (1024 * 1024)

static int	gateway_port;
static char *gateway_url;
static char *mlflow_url;
static bool embedded_issuer;
static int	token_lifetime;
static int	proxy_timeout;
static int	proxy_max_body_size;

/* Requests are sent to exactly there, so it holds nothing but a place. */
static bool
check_base_url(char **newval, void **extra, GucSource source)
{
	const char *url = *newval;
	size_t		len = strlen(url);

	if (len == 0)
		return true;
	if ((strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0) ||
		strspn(url, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/[]") != len ||
		url[len - 1] == '/' || strstr(url, "..") != NULL)
	{
		GUC_check_errdetail("It must be an http or https URL without user name, query, fragment and slash at the end.");
		return false;
	}
	return true;
}

static void
define_texts(void)
{
	DefineCustomStringVariable("openlineage.gateway_url",
							   "How clients call the gateway: the name of the embedded issuer.",
							   "Empty: its port on loopback. Another name ends the tokens that were issued under the one before.",
							   &gateway_url, "",
							   PGC_SUSET, 0,
							   check_base_url, NULL, NULL);
	DefineCustomStringVariable("openlineage.mlflow_url",
							   "MLflow server behind the gateway's /mlflow.",
							   "Empty: there is none.",
							   &mlflow_url, "",
							   PGC_SUSET, 0,
							   check_base_url, NULL, NULL);
}

void
ol_settings_define_gateway(void)
{
	define_texts();
	DefineCustomIntVariable("openlineage.gateway_port",
							"TCP port of the gateway of this database; 0 turns it off.",
							"Opened only when there is something to serve: openlineage.mlflow_url, openlineage.embedded_issuer, or a client secret in the environment.",
							&gateway_port, 8081, 0, 65535,
							PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("openlineage.embedded_issuer",
							 "Whether the gateway is opened for the clients that create_client() made.",
							 "Not needed when the environment of the server holds a client secret, or openlineage.mlflow_url is set.",
							 &embedded_issuer, false,
							 PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("openlineage.token_lifetime",
							"How long tokens of the embedded issuer are good.",
							NULL,
							&token_lifetime, 3600, 60, 24 * 3600,
							PGC_SUSET, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomIntVariable("openlineage.proxy_timeout",
							"Longest time that a server behind the gateway may be silent.",
							"Requests that wait longer are answered with status 504.",
							&proxy_timeout, 60 * 1000, 100, INT_MAX,
							PGC_SUSET, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("openlineage.proxy_max_body_size",
							"Largest body of a request to a server behind the gateway.",
							"A larger one is answered with status 413.",
							&proxy_max_body_size, 5 * KB_PER_GB, 1, INT_MAX,
							PGC_SUSET, GUC_UNIT_KB, NULL, NULL, NULL);
}
