#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ingest/imap_link.h"
#include "ingest/imap_text.h"

#define CONNECT_S 20L
#define ANSWER_S 60L /* to one command */
#define TOTAL_S 900L /* a mail of 32 MiB at 300 kbit/s */

/* ---- what libcurl calls */

static size_t
on_data(char *ptr, size_t size, size_t n, void *arg)
{
	struct dro_imap *imap = arg;

	if (imap->into == NULL)
		return (size * n);
	dro_buf_add(imap->into, ptr, size * n);
	imap->overflow = imap->into->failed;
	return (imap->overflow ? 0 : size * n);
}

static bool
begins(struct dro_str s, const char *word)
{
	size_t len = strlen(word);

	return (s.len > len && strncasecmp(s.ptr, word, len) == 0);
}

/* What follows the first space of ${s}; empty if there is none. */
static struct dro_str
behind_word(struct dro_str s)
{
	const char *space = s.len > 0 ? memchr(s.ptr, ' ', s.len) : NULL;

	if (space == NULL)
		return ((struct dro_str){s.ptr, 0});
	s.len -= (size_t)(space + 1 - s.ptr);
	s.ptr = space + 1;
	return (s);
}

/*
 * Every line of the server.  "A003 NO [TRYCREATE] text" says why, and so does
 * "* BYE text" if nothing did before; this is for people, and to tell when to
 * try again.  An untagged NO is a remark.
 */
static size_t
on_line(char *ptr, size_t size, size_t n, void *arg)
{
	struct dro_imap *imap = arg;
	struct dro_str line = dro_str_trim((struct dro_str){ptr, size * n});
	struct dro_str rest = behind_word(line);
	bool tagged = line.len > 0 && *line.ptr != '*' && *line.ptr != '+';

	if (!(tagged && (begins(rest, "NO ") || begins(rest, "BAD "))) &&
	    !(begins(rest, "BYE ") && *imap->said == '\0'))
		return (size * n);
	rest = behind_word(rest);
	snprintf(imap->said, sizeof(imap->said), "%.*s",
	    (int)(rest.len < DRO_IMAP_SAID_MAX ? rest.len : DRO_IMAP_SAID_MAX),
	    rest.ptr);
	return (size * n);
}

/* ---- making the connection */

static enum dro_code
make_urls(struct dro_imap *imap, struct dro_err *err)
{
	const struct dro_imap_conf *conf = imap->conf;
	bool v6 = strchr(conf->host, ':') != NULL;
	char *escaped;

	dro_buf_addf(&imap->url, "imaps://%s%s%s", v6 ? "[" : "", conf->host,
	    v6 ? "]" : "");
	if (conf->port != 993)
		dro_buf_addf(&imap->url, ":%d", conf->port);
	dro_buf_addf(&imap->url, "/%s", conf->mailbox);
	dro_buf_addf(&imap->base, "imaps://%s%s%s:%d/", v6 ? "[" : "",
	    conf->host, v6 ? "]" : "", conf->port);
	escaped =
	    curl_easy_escape(imap->curl, imap->name.ptr, (int)imap->name.len);
	if (escaped == NULL)
		return (dro_err_nomem(err));
	dro_buf_addf(&imap->place, "%s%s", imap->base.ptr, escaped);
	curl_free(escaped);
	return (dro_buf_check(&imap->place, "URL of a mailbox", err));
}

enum dro_code
dro_imap_create(const struct dro_imap_conf *conf, struct dro_imap **out,
    struct dro_err *err)
{
	struct dro_imap *imap;
	enum dro_code code;

	*out = NULL;
	if ((imap = calloc(1, sizeof(*imap))) == NULL)
		return (dro_err_nomem(err));
	imap->conf = conf;
	dro_buf_init(&imap->url, DRO_IMAP_URL_OCTETS);
	dro_buf_init(&imap->name, DRO_IMAP_URL_OCTETS);
	dro_buf_init(&imap->base, DRO_IMAP_URL_OCTETS);
	dro_buf_init(&imap->place, DRO_IMAP_URL_OCTETS);
	code = dro_imap_mailbox(conf->mailbox, &imap->name, err);
	if (code == DRO_OK && (imap->curl = curl_easy_init()) == NULL)
		code = dro_err_nomem(err);
	if (code == DRO_OK)
		code = make_urls(imap, err);
	if (code != DRO_OK) {
		dro_imap_destroy(imap);
		return (code);
	}
	*out = imap;
	return (DRO_OK);
}

void
dro_imap_destroy(struct dro_imap *imap)
{
	if (imap == NULL)
		return;
	curl_easy_cleanup(imap->curl);
	dro_buf_finish(&imap->url);
	dro_buf_finish(&imap->name);
	dro_buf_finish(&imap->base);
	dro_buf_finish(&imap->place);
	free(imap);
}

const char *
dro_imap_url(const struct dro_imap *imap)
{
	return (imap->url.ptr);
}

const char *
dro_imap_mailbox_name(const struct dro_imap *imap)
{
	return (imap->name.ptr);
}

static CURLcode
set_rules(struct dro_imap *imap)
{
	CURL *curl = imap->curl;
	CURLcode rc = CURLE_OK;

	DRO_IMAP_SET(CURLOPT_PROTOCOLS_STR, "imaps");
	DRO_IMAP_SET(CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	DRO_IMAP_SET(CURLOPT_SSL_VERIFYPEER, 1L);
	DRO_IMAP_SET(CURLOPT_SSL_VERIFYHOST, 2L);
	DRO_IMAP_SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	DRO_IMAP_SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	DRO_IMAP_SET(CURLOPT_PROXY, ""); /* whatever the environment says */
	if (imap->conf->ca_file != NULL) {
		/* These authorities only, not the system's as well. */
		DRO_IMAP_SET(CURLOPT_CAINFO, imap->conf->ca_file);
		DRO_IMAP_SET(CURLOPT_CAPATH, NULL);
	}
	DRO_IMAP_SET(CURLOPT_NOSIGNAL, 1L);
	DRO_IMAP_SET(CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	DRO_IMAP_SET(CURLOPT_SERVER_RESPONSE_TIMEOUT, ANSWER_S);
	DRO_IMAP_SET(CURLOPT_TIMEOUT, TOTAL_S);
	DRO_IMAP_SET(CURLOPT_LOW_SPEED_LIMIT, 10L);
	DRO_IMAP_SET(CURLOPT_LOW_SPEED_TIME, ANSWER_S);
	DRO_IMAP_SET(CURLOPT_WRITEFUNCTION, on_data);
	DRO_IMAP_SET(CURLOPT_WRITEDATA, imap);
	DRO_IMAP_SET(CURLOPT_HEADERFUNCTION, on_line);
	DRO_IMAP_SET(CURLOPT_HEADERDATA, imap);
	DRO_IMAP_SET(CURLOPT_ERRORBUFFER, imap->detail);
	DRO_IMAP_SET(CURLOPT_USERNAME, imap->conf->user);
	return (rc);
}

enum dro_code
dro_imap_secret(struct dro_imap *imap, struct dro_err *err)
{
	struct dro_arena *arena = dro_arena_create();
	CURL *curl = imap->curl;
	CURLcode rc = CURLE_OK;
	const char *secret = NULL;
	enum dro_code code;

	if (arena == NULL)
		return (dro_err_nomem(err));
	code = dro_config_secret(&imap->conf->secret, arena, &secret, err);
	if (code == DRO_OK && imap->conf->token) {
		DRO_IMAP_SET(CURLOPT_XOAUTH2_BEARER, secret);
		DRO_IMAP_SET(
		    CURLOPT_LOGIN_OPTIONS, "AUTH=XOAUTH2;AUTH=OAUTHBEARER");
	} else if (code == DRO_OK)
		DRO_IMAP_SET(CURLOPT_PASSWORD, secret);
	if (rc != CURLE_OK)
		code = dro_err_nomem(err);
	if (secret != NULL)
		explicit_bzero((char *)secret, strlen(secret));
	dro_arena_destroy(arena);
	return (code);
}

enum dro_code
dro_imap_prepare(struct dro_imap *imap, struct dro_err *err)
{
	enum dro_code code;
	CURLcode rc;

	if (imap->ready)
		return (DRO_OK);
	if ((rc = set_rules(imap)) != CURLE_OK)
		return (dro_err_set(err, DRO_EREMOTE, "%s: cannot be set: %s",
		    imap->url.ptr, curl_easy_strerror(rc)));
	if ((code = dro_imap_secret(imap, err)) != DRO_OK)
		return (code);
	imap->ready = true;
	return (DRO_OK);
}
