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

/* A host that takes its turn with those of ${turn}. */
static struct dro_host *
make_host(struct dro_turn *turn)
{
	struct dro_host *host;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return (NULL);
	if ((host = calloc(1, sizeof(*host))) == NULL) {
		curl_global_cleanup();
		return (NULL);
	}
	host->turn = turn;
	turn->hosts++;
	return (host);
}

enum dro_code
dro_host_create(bool read_only, struct dro_host **out, struct dro_err *err)
{
	struct dro_turn *turn = calloc(1, sizeof(*turn));
	struct dro_host *host;

	if (turn == NULL)
		return (dro_err_nomem(err));
	if ((host = make_host(turn)) == NULL) {
		free(turn);
		return (dro_err_nomem(err));
	}
	(void)pthread_mutex_init(&turn->lock, NULL);
	host->read_only = read_only;
	host->connect_ms = CONNECT_MS;
	host->total_ms = TOTAL_MS;
	host->backoff_ms = BACKOFF_MS;
	host->udp_ms = UDP_MS;
	host->tcp_ms = TCP_MS;
	*out = host;
	return (DRO_OK);
}

enum dro_code
dro_host_twin(
    const struct dro_host *host, struct dro_host **out, struct dro_err *err)
{
	struct dro_host *twin = make_host(host->turn);
	enum dro_code rc = DRO_OK;

	if (twin == NULL)
		return (dro_err_nomem(err));
	twin->read_only = host->read_only;
	twin->connect_ms = host->connect_ms;
	twin->total_ms = host->total_ms;
	twin->backoff_ms = host->backoff_ms;
	twin->udp_ms = host->udp_ms;
	twin->tcp_ms = host->tcp_ms;
	if (host->directory != NULL)
		rc = dro_host_set_directory(twin, host->directory, err);
	if (rc == DRO_OK)
		rc = dro_secrets_copy(twin, host, err);
	if (rc == DRO_OK)
		*out = twin;
	else
		dro_host_destroy(twin);
	return (rc);
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
	if (--host->turn->hosts == 0) {
		(void)pthread_mutex_destroy(&host->turn->lock);
		free(host->turn);
	}
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
