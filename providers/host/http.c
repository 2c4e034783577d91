#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>

#include <curl/curl.h>

#include "host/internal.h"
#include "host/tls.h"

#include "host/host.h"

/* A read is tried at most this often. */
#define READ_TRIES 3

/* A longer Retry-After is the caller's to plan with, not ours to sleep. */
#define RETRY_WAIT_MAX_S 5
#define RETRY_AFTER_MAX_S 86400

/* A stalled exchange ends before the total limit. */
#define LOW_SPEED_BYTES 10L
#define LOW_SPEED_S 30L

/* One attempt, as the callbacks of libcurl see it. */
struct attempt {
	const struct dro_http_request *request;
	struct dro_buf *body;
	bool plain; /* http, for loopback only */
	bool oversize;
	const char *refused; /* why an address was not connected to */
	char address[INET6_ADDRSTRLEN];
	char detail[CURL_ERROR_SIZE];
};

static size_t
on_body(char *ptr, size_t size, size_t n, void *arg)
{
	struct attempt *attempt = arg;

	dro_buf_add(attempt->body, ptr, size * n);
	attempt->oversize = attempt->body->failed;
	return (attempt->oversize ? 0 : size * n);
}

/*
 * After the name is resolved and before anything is sent: a name under
 * somebody else's control must not lead us to the inside.
 */
static curl_socket_t
on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct attempt *attempt = arg;
	enum dro_reach reach = dro_reach_of(&to->addr);
	const char *why = NULL;

	(void)purpose;
	if (attempt->plain && reach != DRO_REACH_LOOPBACK)
		why = "plain http is for loopback only; use https";
	else if (reach == DRO_REACH_NEVER)
		why = "link-local, metadata, multicast and unspecified "
		      "addresses are never contacted";
	else if (reach == DRO_REACH_PRIVATE && !attempt->request->allow_private)
		why = "a private address needs allow_private on the account";
	if (why != NULL) {
		attempt->refused = why;
		if (getnameinfo(&to->addr, to->addrlen, attempt->address,
			sizeof(attempt->address), NULL, 0, NI_NUMERICHOST) != 0)
			attempt->address[0] = '\0';
		return (CURL_SOCKET_BAD);
	}
	return (socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol));
}

#define SET(option, value)                                                     \
	(rc = rc != CURLE_OK ? rc : curl_easy_setopt(curl, option, value))

/* Who may be talked to, and how. */
static CURLcode
set_rules(CURL *curl, struct attempt *attempt)
{
	const struct dro_http_request *request = attempt->request;
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_PROTOCOLS_STR, attempt->plain ? "http" : "https");
	SET(CURLOPT_REDIR_PROTOCOLS_STR, "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_UNRESTRICTED_AUTH, 0L);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
	SET(CURLOPT_OPENSOCKETDATA, attempt);
	SET(CURLOPT_NOPROXY, "localhost,127.0.0.0/8,::1");
	if (attempt->plain)
		SET(CURLOPT_PROXY, "");
	if (request->ca_file != NULL) {
		/* This authority only, not the system's as well. */
		SET(CURLOPT_CAINFO, request->ca_file);
		SET(CURLOPT_CAPATH, NULL);
	}
	return (rc);
}

static CURLcode
set_limits(CURL *curl, const struct dro_host *host, struct attempt *attempt)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, host->connect_ms);
	SET(CURLOPT_TIMEOUT_MS, host->total_ms);
	SET(CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BYTES);
	SET(CURLOPT_LOW_SPEED_TIME, LOW_SPEED_S);
	SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)DRO_HTTP_BODY_MAX);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, attempt);
	SET(CURLOPT_ERRORBUFFER, attempt->detail);
	return (rc);
}

static CURLcode
set_request(CURL *curl, const struct dro_http_request *request,
    const struct curl_slist *headers)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_URL, request->url);
	SET(CURLOPT_USERAGENT, "dmarc-rollout");
	SET(CURLOPT_HTTPHEADER, headers);
	if (request->body != NULL) {
		SET(CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)strlen(request->body));
		SET(CURLOPT_POSTFIELDS, request->body);
	}
	if (strcmp(request->method, "HEAD") == 0)
		SET(CURLOPT_NOBODY, 1L);
	SET(CURLOPT_CUSTOMREQUEST, request->method);
	if (request->kind != DRO_HTTP_READ) {
		/*
		 * libcurl repeats a request by itself when a kept connection
		 * dies, even after the server has executed it.
		 */
		SET(CURLOPT_FRESH_CONNECT, 1L);
		SET(CURLOPT_FORBID_REUSE, 1L);
		SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	}
	return (rc);
}

/* Before the first octet of the request; what is not known counts as sent. */
static bool
nothing_sent(CURL *curl, CURLcode code)
{
	long octets = -1;

	if (curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &octets) !=
		CURLE_OK ||
	    octets != 0)
		return (false);
	switch (code) {
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT:
		return (true);
	default:
		return (dro_tls_fault((int)code));
	}
}

static bool
worth_repeating(CURLcode code, const struct attempt *attempt)
{
	switch (code) {
	case CURLE_COULDNT_CONNECT:
		return (attempt->refused == NULL);
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
		return (true);
	default:
		return (false);
	}
}

static enum dro_code
fault(CURL *curl, CURLcode code, const struct attempt *attempt,
    struct dro_err *err)
{
	const struct dro_http_request *request = attempt->request;
	const char *detail = attempt->detail[0] != '\0'
	    ? attempt->detail
	    : curl_easy_strerror(code);
	bool unsent = nothing_sent(curl, code);
	enum dro_code rc;

	if (attempt->refused != NULL && unsent)
		rc = dro_err_set(err, DRO_EAUTH, "%s: %s", attempt->address,
		    attempt->refused);
	else if (request->kind == DRO_HTTP_MUTATE && !unsent)
		rc = dro_err_set(err, DRO_ETIMEOUT,
		    "sent once, outcome unknown: %s", detail);
	else if (attempt->oversize || code == CURLE_FILESIZE_EXCEEDED)
		rc = dro_err_set(err, DRO_EREMOTE,
		    "answer longer than %u octets", DRO_HTTP_BODY_MAX);
	else
		rc = dro_err_set(err,
		    dro_tls_fault((int)code) ? DRO_EAUTH : DRO_EREMOTE, "%s",
		    detail);
	if (err != NULL && unsent)
		err->scope = DRO_SCOPE_ACCOUNT;
	return (rc);
}

static void
take_answer(CURL *curl, struct dro_http_response *response)
{
	curl_off_t after = 0;

	(void)curl_easy_getinfo(
	    curl, CURLINFO_RESPONSE_CODE, &response->status);
	(void)curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &after);
	if (after > RETRY_AFTER_MAX_S)
		after = RETRY_AFTER_MAX_S;
	response->retry_after_s = after > 0 ? (int)after : 0;
}

/* Sleep a random share of the growing pause, or what the server asked. */
static void
pause_before(const struct dro_host *host, int try, int retry_after_s)
{
	long ms = (long)retry_after_s * 1000;
	struct timespec ts;
	uint32_t random = 0;

	if (ms == 0) {
		/* Without a random number every pause is a full one. */
		if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
			random = (uint32_t)(host->backoff_ms << try);
		ms = (long)(random % (uint64_t)((host->backoff_ms << try) + 1));
	}
	ts.tv_sec = ms / 1000;
	ts.tv_nsec = ms % 1000 * 1000000;
	(void)nanosleep(&ts, NULL);
}

/* One attempt on ${curl}; *again tells whether a read may be repeated. */
static enum dro_code
attempt_once(struct dro_host *host, CURL *curl,
    const struct dro_http_request *request, const struct curl_slist *headers,
    struct dro_http_response *response, bool *again, struct dro_err *err)
{
	struct attempt attempt = {.request = request,
	    .body = &response->body,
	    .plain = strncasecmp(request->url, "http:", 5) == 0};
	CURLcode code;

	dro_buf_reset(&response->body);
	if ((code = set_rules(curl, &attempt)) != CURLE_OK ||
	    (code = set_limits(curl, host, &attempt)) != CURLE_OK ||
	    (code = set_request(curl, request, headers)) != CURLE_OK)
		return (dro_err_set(err, DRO_EREMOTE, "cannot be prepared: %s",
		    curl_easy_strerror(code)));
	code = curl_easy_perform(curl);
	if (code != CURLE_OK) {
		*again = worth_repeating(code, &attempt);
		return (fault(curl, code, &attempt, err));
	}
	take_answer(curl, response);
	*again = (response->status >= 500 || response->retry_after_s > 0) &&
	    response->status != 501 &&
	    response->retry_after_s <= RETRY_WAIT_MAX_S;
	return (DRO_OK);
}

/* Reads keep their connection between exchanges, mutations never. */
static CURL *
handle_for(struct dro_host *host, const struct dro_http_request *request)
{
	void **kept = &host->readers[request->allow_private ? 1 : 0];

	if (request->kind != DRO_HTTP_READ)
		return (curl_easy_init());
	if (*kept == NULL)
		*kept = curl_easy_init();
	else
		curl_easy_reset(*kept);
	return (*kept);
}

static bool
is_clean_line(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return (false);
	return (true);
}

/* A header that holds a line break would be two headers. */
static enum dro_code
headers_of(const struct dro_http_request *request, struct curl_slist **out,
    struct dro_err *err)
{
	/* No 100-continue: the body goes with its request. */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:"), *grown;
	size_t i;

	if (list == NULL)
		return (dro_err_nomem(err));
	for (i = 0; request->headers != NULL && request->headers[i] != NULL;
	     i++) {
		if (!is_clean_line(request->headers[i]) ||
		    strchr(request->headers[i], ':') == NULL) {
			curl_slist_free_all(list);
			return (dro_err_set(err, DRO_EINVAL,
			    "header %zu: \"Name: value\" without control "
			    "characters expected",
			    i + 1));
		}
		grown = curl_slist_append(list, request->headers[i]);
		if (grown == NULL) {
			curl_slist_free_all(list);
			return (dro_err_nomem(err));
		}
		list = grown;
	}
	*out = list;
	return (DRO_OK);
}

/* What must not leave, whatever the plugin calls it. */
static enum dro_code
may_leave(const struct dro_host *host, const struct dro_http_request *request,
    struct dro_err *err)
{
	const char *method = request->method;
	bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;

	if (request->kind == DRO_HTTP_READ && !reads)
		return (dro_err_set(err, DRO_EINVAL, "a read is GET or HEAD"));
	if (request->kind == DRO_HTTP_LOGIN && !reads &&
	    strcmp(method, "POST") != 0)
		return (
		    dro_err_set(err, DRO_EINVAL, "a log-in is GET or POST"));
	if (request->kind == DRO_HTTP_MUTATE && host->read_only)
		return (dro_err_set(
		    err, DRO_EAUTH, "not sent: this run only reads"));
	if (!is_clean_line(request->url) || strchr(request->url, ' ') != NULL)
		return (dro_err_set(
		    err, DRO_EINVAL, "a URL without blanks expected"));
	if (strncasecmp(request->url, "http://", 7) != 0 &&
	    strncasecmp(request->url, "https://", 8) != 0)
		return (dro_err_set(err, DRO_EINVAL, "an https URL expected"));
	return (DRO_OK);
}

enum dro_code
dro_host_http(struct dro_host *host, const struct dro_http_request *request,
    struct dro_http_response *response, struct dro_err *err)
{
	int try, tries = request->kind == DRO_HTTP_READ ? READ_TRIES : 1;
	size_t shown = strcspn(request->url, "?");
	struct curl_slist *headers = NULL;
	bool again = false;
	enum dro_code rc;
	CURL *curl;

	memset(response, 0, sizeof(*response));
	dro_buf_init(&response->body, DRO_HTTP_BODY_MAX);
	if ((rc = may_leave(host, request, err)) != DRO_OK ||
	    (rc = headers_of(request, &headers, err)) != DRO_OK)
		goto out;
	if ((curl = handle_for(host, request)) == NULL) {
		rc = dro_err_nomem(err);
		goto out;
	}
	if (request->alone)
		(void)pthread_mutex_lock(&host->turn->lock);
	for (try = 1;; try++) {
		again = false;
		rc = attempt_once(
		    host, curl, request, headers, response, &again, err);
		if (!again || try >= tries)
			break;
		pause_before(host, try, response->retry_after_s);
	}
	if (request->alone)
		(void)pthread_mutex_unlock(&host->turn->lock);
	/* What it points to ends with this call. */
	curl_easy_reset(curl);
	if (request->kind != DRO_HTTP_READ)
		curl_easy_cleanup(curl);
out:
	curl_slist_free_all(headers);
	if (rc != DRO_OK) {
		/* The query is left out: some APIs want secrets there. */
		dro_err_context(err, "%.20s %.*s", request->method,
		    (int)(shown < 300 ? shown : 300), request->url);
		dro_redact_err(host, err);
		dro_buf_finish(&response->body);
	} else if (response->status >= 400) {
		/* An error text; some servers echo what they were sent. */
		dro_redact_buf(host, &response->body);
	}
	return (rc);
}
