#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "powerdns/api.h"

/* The longest address: the base, a path, and an escaped name or two. */
#define URL_MAX 4096

static bool
is_plain(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	    c == '=');
}

void
dro_powerdns_escape(struct dro_buf *buf, const char *name)
{
	for (; *name != '\0'; name++) {
		if (is_plain(*name))
			dro_buf_addc(buf, *name);
		else
			dro_buf_addf(buf, "%%%02X", (unsigned char)*name);
	}
}

static bool
ends_with(const char *s, size_t len, const char *end)
{
	size_t n = strlen(end);

	return (len >= n && memcmp(s + len - n, end, n) == 0);
}

/* "http://127.0.0.1:8081/" becomes ".../api/v1/servers/localhost". */
static enum dro_code
make_base(
    struct powerdns_api *api, const struct dro_conf *conf, struct dro_err *err)
{
	const char *endpoint = dro_conf_get(conf, "endpoint");
	const char *server = dro_conf_get(conf, "server");
	struct dro_buf base;
	enum dro_code rc;
	size_t len;

	if (server == NULL)
		server = "localhost";
	if (endpoint == NULL || strpbrk(endpoint, "?#@ ") != NULL)
		return (dro_err_set(err, DRO_EINVAL,
		    "account %s: endpoint: an address such as "
		    "https://dns.example:8081 expected, without credentials, "
		    "'?' and '#'",
		    conf->account));
	for (len = strlen(endpoint); len > 0 && endpoint[len - 1] == '/';)
		len--;
	dro_buf_init(&base, sizeof(api->base) - 1);
	dro_buf_add(&base, endpoint, len);
	if (!ends_with(endpoint, len, "/api/v1"))
		dro_buf_adds(&base, "/api/v1");
	dro_buf_adds(&base, "/servers/");
	dro_powerdns_escape(&base, server);
	if ((rc = dro_buf_check(&base, "endpoint", err)) == DRO_OK)
		memcpy(api->base, base.ptr, base.len + 1);
	else
		dro_err_context(err, "account %s", conf->account);
	dro_buf_finish(&base);
	return (rc);
}

static enum dro_code
take_key(
    struct powerdns_api *api, const struct dro_conf *conf, struct dro_err *err)
{
	const char *key = dro_conf_get(conf, "key"), *s;

	if (key == NULL)
		return (dro_err_set(err, DRO_EINVAL,
		    "account %s: key: a secret is required", conf->account));
	for (s = key; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return (dro_err_set(err, DRO_EINVAL,
			    "account %s: key: holds a line break or another "
			    "control character",
			    conf->account));
	if (asprintf(&api->key_header, "X-API-Key: %s", key) < 0) {
		api->key_header = NULL;
		return (dro_err_nomem(err));
	}
	return (dro_host_secret(api->host, key, err));
}

enum dro_code
dro_powerdns_api_init(struct powerdns_api *api, struct dro_host *host,
    const struct dro_conf *conf, struct dro_err *err)
{
	const char *private = dro_conf_get(conf, "allow_private");
	enum dro_code rc;

	memset(api, 0, sizeof(*api));
	api->host = host;
	api->account = conf->account;
	api->ca_file = dro_conf_get(conf, "ca_file");
	if (private != NULL && strcmp(private, "true") != 0 &&
	    strcmp(private, "false") != 0)
		return (dro_err_set(err, DRO_EINVAL,
		    "account %s: allow_private: true or false expected, got "
		    "\"%.40s\"",
		    conf->account, private));
	api->allow_private = private != NULL && strcmp(private, "true") == 0;
	if ((rc = make_base(api, conf, err)) == DRO_OK)
		rc = take_key(api, conf, err);
	return (rc);
}

void
dro_powerdns_api_finish(struct powerdns_api *api)
{
	if (api->key_header != NULL)
		explicit_bzero(api->key_header, strlen(api->key_header));
	free(api->key_header);
	memset(api, 0, sizeof(*api));
}

/* The server's own words: JSON {"error"} or, by some answers, plain text. */
static void
error_text(const struct dro_buf *body, char *out, size_t size)
{
	json_t *json = NULL, *field;
	const char *text = body->ptr == NULL ? "" : body->ptr;

	if (body->len > 0)
		json = json_loadb(
		    body->ptr, body->len, JSON_REJECT_DUPLICATES, NULL);
	if ((field = json_object_get(json, "error")) != NULL &&
	    json_is_string(field))
		text = json_string_value(field);
	else if (strchr(text, '<') != NULL)
		text = "(a web page)";
	(void)snprintf(out, size, "%.200s", text);
	json_decref(json);
}

/* What a status above 299 means.  Source: openapi.yaml and tried on 4.7. */
static enum dro_code
refusal(const struct powerdns_api *api, const struct dro_http_request *request,
    const struct dro_http_response *response, struct dro_err *err)
{
	enum dro_scope scope = DRO_SCOPE_ITEM;
	bool unknown = request->kind == DRO_HTTP_MUTATE;
	enum dro_code code;
	char text[256];

	error_text(&response->body, text, sizeof(text));
	switch (response->status) {
	case 401:
	case 403:
		code = DRO_EAUTH;
		scope = DRO_SCOPE_ACCOUNT;
		break;
	case 404:
		code = DRO_ENOTFOUND;
		scope = DRO_SCOPE_ZONE;
		break;
	case 409:
		code = DRO_ECONFLICT;
		break;
	case 400:
	case 422:
		/* A CNAME that came between our read and our write. */
		code = strstr(text, "onflicts with pre-existing") != NULL
		    ? DRO_ECONFLICT
		    : DRO_EINVAL;
		break;
	case 429:
		code = DRO_ELIMIT;
		scope = DRO_SCOPE_ACCOUNT;
		break;
	case 408:
		code = unknown ? DRO_ETIMEOUT : DRO_EREMOTE;
		break;
	default:
		if (response->status >= 400 && response->status < 500)
			unknown = false;
		code = unknown ? DRO_ETIMEOUT : DRO_EREMOTE;
		break;
	}
	(void)dro_err_set(err, code, "account %s: %s %.160s: HTTP %ld%s%s",
	    api->account, request->method, request->url, response->status,
	    text[0] == '\0' ? "" : ": ", text);
	if (err != NULL) {
		err->scope = scope;
		if (code == DRO_ELIMIT)
			err->retry_after_s = response->retry_after_s;
	}
	return (code);
}

/* One exchange with a status below 300; the caller finishes ${response}. */
static enum dro_code
call(struct powerdns_api *api, enum dro_http_kind kind, const char *path,
    const char *body, struct dro_http_response *response, struct dro_err *err)
{
	const char *headers[] = {api->key_header, "Accept: application/json",
	    body == NULL ? NULL : "Content-Type: application/json", NULL};
	char url[URL_MAX];
	struct dro_http_request request = {.kind = kind,
	    .method = kind == DRO_HTTP_READ ? "GET" : "PATCH",
	    .url = url,
	    .headers = headers,
	    .body = body,
	    .ca_file = api->ca_file,
	    .allow_private = api->allow_private,
	    /*
	     * Two transactions that meet in the SQLite backend end one of
	     * them, "database is locked", and the server says 500.
	     */
	    .alone = kind == DRO_HTTP_MUTATE};
	enum dro_code rc;
	int n;

	n = snprintf(url, sizeof(url), "%s%s", api->base, path);
	if (n < 0 || (size_t)n >= sizeof(url))
		return (dro_err_set(err, DRO_EINVAL,
		    "account %s: address longer than %d octets", api->account,
		    URL_MAX));
	rc = dro_host_http(api->host, &request, response, err);
	if (rc != DRO_OK) {
		dro_err_context(err, "account %s", api->account);
		return (rc);
	}
	if (response->status >= 200 && response->status < 300)
		return (DRO_OK);
	rc = refusal(api, &request, response, err);
	dro_buf_finish(&response->body);
	return (rc);
}

enum dro_code
dro_powerdns_get(struct powerdns_api *api, const char *path, json_t **out,
    struct dro_err *err)
{
	struct dro_http_response response = {0};
	enum dro_code rc;
	json_error_t why;

	*out = NULL;
	rc = call(api, DRO_HTTP_READ, path, NULL, &response, err);
	if (rc != DRO_OK)
		return (rc);
	if (response.body.len > 0)
		*out = json_loadb(response.body.ptr, response.body.len,
		    JSON_REJECT_DUPLICATES, &why);
	if (*out == NULL)
		/* The answer itself is not quoted: it may be anything. */
		rc = dro_err_set(err, DRO_EREMOTE,
		    "account %s: GET %.160s%.160s: HTTP %ld, but the answer "
		    "of %zu octets is not JSON; is this the API of PowerDNS?",
		    api->account, api->base, path, response.status,
		    response.body.len);
	dro_buf_finish(&response.body);
	return (rc);
}

enum dro_code
dro_powerdns_patch(struct powerdns_api *api, const char *path, const char *body,
    struct dro_err *err)
{
	struct dro_http_response response = {0};
	enum dro_code rc;

	rc = call(api, DRO_HTTP_MUTATE, path, body, &response, err);
	dro_buf_finish(&response.body);
	return (rc);
}
