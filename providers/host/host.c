#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "host/internal.h"

#include "host/host.h"

/* One exchange takes at most this long; a page of a slow API fits. */
#define CONNECT_MS 10000
#define TOTAL_MS 60000
#define BACKOFF_MS 250

/* A name server answers at once or not at all. */
#define UDP_MS 2000
#define TCP_MS 15000

enum dro_code
dro_host_create(bool read_only, struct dro_host **out, struct dro_err *err)
{
	struct dro_host *host;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return (dro_err_nomem(err));
	if ((host = calloc(1, sizeof(*host))) == NULL) {
		curl_global_cleanup();
		return (dro_err_nomem(err));
	}
	host->read_only = read_only;
	host->connect_ms = CONNECT_MS;
	host->total_ms = TOTAL_MS;
	host->backoff_ms = BACKOFF_MS;
	host->udp_ms = UDP_MS;
	host->tcp_ms = TCP_MS;
	*out = host;
	return (DRO_OK);
}

void
dro_host_destroy(struct dro_host *host)
{
	size_t i;

	if (host == NULL)
		return;
	for (i = 0; i < DRO_ARRAY_LEN(host->readers); i++)
		curl_easy_cleanup(host->readers[i]);
	for (i = 0; i < host->n_secrets; i++) {
		explicit_bzero(host->secrets[i], strlen(host->secrets[i]));
		free(host->secrets[i]);
	}
	free(host->secrets);
	free(host->directory);
	free(host);
	curl_global_cleanup();
}

enum dro_code
dro_host_set_directory(
    struct dro_host *host, const char *path, struct dro_err *err)
{
	char *copy = strdup(path);

	if (copy == NULL)
		return (dro_err_nomem(err));
	free(host->directory);
	host->directory = copy;
	return (DRO_OK);
}

bool
dro_host_read_only(const struct dro_host *host)
{
	return (host->read_only);
}
