#ifndef DRO_PROVIDERS_POWERDNS_API_H
#define DRO_PROVIDERS_POWERDNS_API_H

#include <stdbool.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"
#include "host/host.h"
#include "provider.h"

/* Talking to one server's API: addresses, headers, answers, errors. */
struct powerdns_api {
	struct dro_host *host;
	const char *account; /* borrowed, for messages */
	char base[1024]; /* ".../api/v1/servers/SERVER" */
	char *key_header; /* "X-API-Key: ..." */
	const char *ca_file; /* borrowed, or NULL */
	bool allow_private;
};

/**
 * dro_powerdns_api_init(api, host, conf, err), dro_powerdns_api_finish(api):
 * Take the options of the account; DRO_EINVAL names the wrong one.  Strings
 * are borrowed from ${conf}, apart from the key, which is wiped at the end.
 */
enum dro_code dro_powerdns_api_init(struct powerdns_api *api,
    struct dro_host *host, const struct dro_conf *conf,
    struct dro_err *err) DRO_MUST_CHECK;
void dro_powerdns_api_finish(struct powerdns_api *api);

/**
 * dro_powerdns_get(api, path, out, err):
 * GET ${path} below the server's address; ${out} is the parsed answer, which
 * the caller releases with json_decref.
 */
enum dro_code dro_powerdns_get(struct powerdns_api *api, const char *path,
    json_t **out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_powerdns_patch(api, path, body, err):
 * PATCH once.  DRO_OK says that the server accepted, not that it did it.
 */
enum dro_code dro_powerdns_patch(struct powerdns_api *api, const char *path,
    const char *body, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_powerdns_escape(buf, name):
 * Append ${name} percent-encoded for a path segment or query value.
 */
void dro_powerdns_escape(struct dro_buf *buf, const char *name);

#endif /* !DRO_PROVIDERS_POWERDNS_API_H */
