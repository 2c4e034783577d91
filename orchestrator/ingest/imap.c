#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <curl/curl.h>

#include "ingest/imap.h"
#include "ingest/imap_text.h"

/* A request is tried at most this often, with pauses of 1, 2 and 4 s. */
#define TRIES 4
/* What a server may ask us to wait at most. */
#define PAUSE_MAX_S 30

#define CONNECT_S 20L
#define ANSWER_S 60L /* to one command */
#define TOTAL_S 900L /* a mail of 32 MiB at 300 kbit/s */

#define URL_OCTETS 4096
#define COMMAND_OCTETS 8192
#define ANSWER_OCTETS 65536
#define SAID_MAX 200

struct dro_imap {
	const struct dro_imap_conf *conf;
	CURL *curl;
	struct dro_buf url; /* for people */
	struct dro_buf name; /* of the mailbox, modified UTF-7 */
	struct dro_buf base, place; /* URLs: of the server, of the mailbox */
	bool ready; /* the options that stay are set, the secret too */
	bool examined; /* the server knows that we only look */
	struct dro_buf *into; /* of the request in hand, or NULL */
	bool overflow; /* of it */
	char said[SAID_MAX + 1]; /* why the server refused the last command */
	char detail[CURL_ERROR_SIZE];
};

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
	    (int)(rest.len < SAID_MAX ? rest.len : SAID_MAX), rest.ptr);
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
	dro_buf_init(&imap->url, URL_OCTETS);
	dro_buf_init(&imap->name, URL_OCTETS);
	dro_buf_init(&imap->base, URL_OCTETS);
	dro_buf_init(&imap->place, URL_OCTETS);
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

#define SET(option, value)                                                     \
	(rc = rc != CURLE_OK ? rc : curl_easy_setopt(curl, option, value))

static CURLcode
set_rules(struct dro_imap *imap)
{
	CURL *curl = imap->curl;
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_PROTOCOLS_STR, "imaps");
	SET(CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_PROXY, ""); /* whatever the environment says */
	if (imap->conf->ca_file != NULL) {
		/* These authorities only, not the system's as well. */
		SET(CURLOPT_CAINFO, imap->conf->ca_file);
		SET(CURLOPT_CAPATH, NULL);
	}
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	SET(CURLOPT_SERVER_RESPONSE_TIMEOUT, ANSWER_S);
	SET(CURLOPT_TIMEOUT, TOTAL_S);
	SET(CURLOPT_LOW_SPEED_LIMIT, 10L);
	SET(CURLOPT_LOW_SPEED_TIME, ANSWER_S);
	SET(CURLOPT_WRITEFUNCTION, on_data);
	SET(CURLOPT_WRITEDATA, imap);
	SET(CURLOPT_HEADERFUNCTION, on_line);
	SET(CURLOPT_HEADERDATA, imap);
	SET(CURLOPT_ERRORBUFFER, imap->detail);
	SET(CURLOPT_USERNAME, imap->conf->user);
	return (rc);
}

/* Follow the reference to the password or token and hand it to libcurl. */
static enum dro_code
set_secret(struct dro_imap *imap, struct dro_err *err)
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
		SET(CURLOPT_XOAUTH2_BEARER, secret);
		SET(CURLOPT_LOGIN_OPTIONS, "AUTH=XOAUTH2;AUTH=OAUTHBEARER");
	} else if (code == DRO_OK)
		SET(CURLOPT_PASSWORD, secret);
	if (rc != CURLE_OK)
		code = dro_err_nomem(err);
	if (secret != NULL)
		explicit_bzero((char *)secret, strlen(secret));
	dro_arena_destroy(arena);
	return (code);
}

static enum dro_code
prepare(struct dro_imap *imap, struct dro_err *err)
{
	enum dro_code code;
	CURLcode rc;

	if (imap->ready)
		return (DRO_OK);
	if ((rc = set_rules(imap)) != CURLE_OK)
		return (dro_err_set(err, DRO_EREMOTE, "%s: cannot be set: %s",
		    imap->url.ptr, curl_easy_strerror(rc)));
	if ((code = set_secret(imap, err)) != DRO_OK)
		return (code);
	imap->ready = true;
	return (DRO_OK);
}

/* ---- faults */

static bool
is_tls_fault(CURLcode rc)
{
	switch (rc) {
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return (true);
	default:
		return (false);
	}
}

/* Whether the connection broke, which may go better next time. */
static bool
is_broken(CURLcode rc)
{
	switch (rc) {
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_WEIRD_SERVER_REPLY:
		return (true);
	default:
		return (false);
	}
}

/* Seconds that the server asks us to wait; 0: it does not. */
static int
patience(const struct dro_imap *imap)
{
	static const char *const words[] = {
	    "[THROTTLED]", "[LIMIT]", "[UNAVAILABLE]", "[INUSE]", "throttled"};
	const char *ms = strcasestr(imap->said, "Backoff Time: ");
	size_t i;
	int s = 0;

	if (ms != NULL) {
		for (ms += 14;
		     *ms >= '0' && *ms <= '9' && s < PAUSE_MAX_S * 1000; ms++)
			s = s * 10 + (*ms - '0');
		s = (s + 999) / 1000;
		return (s < PAUSE_MAX_S ? s : PAUSE_MAX_S);
	}
	for (i = 0; i < DRO_ARRAY_LEN(words); i++)
		if (strcasestr(imap->said, words[i]) != NULL)
			return (1);
	return (0);
}

static enum dro_code
explain(const struct dro_imap *imap, CURLcode rc, struct dro_err *err)
{
	const char *url = imap->url.ptr, *said = imap->said;
	const char *detail =
	    *imap->detail != '\0' ? imap->detail : curl_easy_strerror(rc);

	if (imap->overflow)
		return (
		    dro_err_set(err, DRO_ELIMIT, "%s: answer too long", url));
	if (rc == CURLE_LOGIN_DENIED)
		return (dro_err_set(err, DRO_EAUTH,
		    "%s: the server does not let %s in: %s; check the user and "
		    "the %s",
		    url, imap->conf->user, *said != '\0' ? said : detail,
		    imap->conf->token ? "token" : "password"));
	if (rc == CURLE_REMOTE_FILE_NOT_FOUND)
		return (dro_err_set(err, DRO_ENOTFOUND,
		    "%s: no such mail, or the mailbox was made anew "
		    "(UIDVALIDITY)",
		    url));
	if (rc == CURLE_QUOTE_ERROR)
		return (dro_err_set(err, DRO_EINVAL, "%s: refused: %s", url,
		    *said != '\0' ? said : detail));
	if (is_tls_fault(rc))
		return (
		    dro_err_set(err, DRO_EAUTH, "%s: TLS: %s", url, detail));
	return (dro_err_set(err,
	    rc == CURLE_OPERATION_TIMEDOUT ? DRO_ETIMEOUT : DRO_EREMOTE,
	    "%s: %s%s%s", url, detail, *said != '\0' ? "; it said: " : "",
	    said));
}

/* ---- requests */

static CURLcode
attempt(struct dro_imap *imap, const char *url, const char *command, bool once)
{
	CURL *curl = imap->curl;
	CURLcode rc = CURLE_OK;
	long connects = 0;

	imap->overflow = false;
	*imap->said = *imap->detail = '\0';
	if (imap->into != NULL)
		dro_buf_reset(imap->into);
	SET(CURLOPT_URL, url);
	SET(CURLOPT_CUSTOMREQUEST, command);
	/* libcurl may repeat by itself what it sends over a kept connection. */
	SET(CURLOPT_FRESH_CONNECT, once ? 1L : 0L);
	SET(CURLOPT_FORBID_REUSE, once ? 1L : 0L);
	if (rc == CURLE_OK)
		rc = curl_easy_perform(curl);
	if (curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &connects) !=
		CURLE_OK ||
	    connects > 0)
		imap->examined = false;
	return (rc);
}

static enum dro_code
perform(struct dro_imap *imap, const char *url, const char *command, bool once,
    struct dro_err *err)
{
	bool renewed = !imap->conf->token;
	enum dro_code code;
	struct timespec pause = {0};
	CURLcode rc;
	int try;

	if ((code = prepare(imap, err)) != DRO_OK)
		return (code);
	for (try = 1;; try++) {
		rc = attempt(imap, url, command, once);
		if (rc == CURLE_OK)
			return (DRO_OK);
		if (rc == CURLE_LOGIN_DENIED && !renewed) {
			/* Tokens live for an hour; there may be a new one. */
			renewed = true;
			if ((code = set_secret(imap, err)) != DRO_OK)
				return (code);
			continue;
		}
		pause.tv_sec = patience(imap);
		if (is_broken(rc) && pause.tv_sec < (1 << (try - 1)))
			pause.tv_sec = 1 << (try - 1);
		if (try == TRIES || pause.tv_sec == 0 || once || imap->overflow)
			return (explain(imap, rc, err));
		if (nanosleep(&pause, NULL) != 0) /* asked to stop */
			return (explain(imap, rc, err));
	}
}

static enum dro_code
send_command(struct dro_imap *imap, struct dro_imap_how how,
    const char *command, struct dro_buf *answer, struct dro_err *err)
{
	struct dro_buf url, text;
	enum dro_code code;

	dro_buf_init(&url, URL_OCTETS);
	dro_buf_init(&text, COMMAND_OCTETS);
	if (how.uidvalidity == 0)
		dro_buf_adds(&url, imap->base.ptr);
	else
		dro_buf_addf(&url, "%s;UIDVALIDITY=%lld", imap->place.ptr,
		    (long long)how.uidvalidity);
	/* libcurl decodes "%.." in a command. */
	for (; *command != '\0'; command++)
		if (*command == '%')
			dro_buf_adds(&text, "%25");
		else
			dro_buf_addc(&text, *command);
	imap->into = answer;
	if ((code = dro_buf_check(&url, "URL of a mailbox", err)) == DRO_OK &&
	    (code = dro_buf_check(&text, "IMAP command", err)) == DRO_OK)
		code = perform(imap, url.ptr, text.ptr, how.once, err);
	dro_buf_finish(&url);
	dro_buf_finish(&text);
	return (code);
}

/*
 * Open the mailbox again, with ${verb} SELECT or EXAMINE; libcurl has selected
 * it before and goes on to think so.
 */
static enum dro_code
reopen(struct dro_imap *imap, const char *verb, int64_t uidvalidity,
    struct dro_err *err)
{
	const struct dro_imap_how how = {.uidvalidity = uidvalidity};
	struct dro_buf command, answer;
	enum dro_code code;
	char expected[64];

	dro_buf_init(&command, COMMAND_OCTETS);
	dro_buf_init(&answer, ANSWER_OCTETS);
	dro_buf_addf(&command, "%s ", verb);
	dro_imap_quote(imap->name.ptr, &command);
	if ((code = dro_buf_check(&command, "IMAP command", err)) == DRO_OK)
		code = send_command(imap, how, command.ptr, &answer, err);
	snprintf(expected, sizeof(expected), "[UIDVALIDITY %lld]",
	    (long long)uidvalidity);
	if (code == DRO_OK &&
	    (answer.len == 0 || strstr(answer.ptr, expected) == NULL))
		code = explain(imap, CURLE_REMOTE_FILE_NOT_FOUND, err);
	dro_buf_finish(&command);
	dro_buf_finish(&answer);
	return (code);
}

enum dro_code
dro_imap_do(struct dro_imap *imap, struct dro_imap_how how,
    struct dro_buf *answer, struct dro_err *err, const char *fmt, ...)
{
	char command[COMMAND_OCTETS];
	enum dro_code code;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(command))
		return (dro_err_set(err, DRO_EINVAL,
		    "%s: a command of more than %d octets", imap->url.ptr,
		    COMMAND_OCTETS));

	if (how.changes && imap->examined) {
		code = reopen(imap, "SELECT", how.uidvalidity, err);
		if (code != DRO_OK)
			return (code);
		imap->examined = false;
	}
	return (send_command(imap, how, command, answer, err));
}

enum dro_code
dro_imap_fetch(struct dro_imap *imap, int64_t uidvalidity, int64_t uid,
    struct dro_buf *mail, bool *flagged, struct dro_err *err)
{
	struct dro_buf url;
	enum dro_code code;

	*flagged = false;
	if (!imap->examined) {
		code = reopen(imap, "EXAMINE", uidvalidity, err);
		if (code != DRO_OK)
			return (code);
		imap->examined = true;
	}
	dro_buf_init(&url, URL_OCTETS);
	dro_buf_addf(&url, "%s;UIDVALIDITY=%lld;UID=%lld", imap->place.ptr,
	    (long long)uidvalidity, (long long)uid);
	imap->into = mail;
	if ((code = dro_buf_check(&url, "URL of a mail", err)) == DRO_OK)
		code = perform(imap, url.ptr, NULL, false, err);
	*flagged = !imap->examined;
	dro_buf_finish(&url);
	return (code);
}
