#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/host.h"
#include "host/internal.h"
#include "scripted.h"
#include "workdir.h"

#define assert_code(expected, call)                                            \
	do {                                                                   \
		enum dro_code got_ = (call);                                   \
		if (got_ != (expected))                                        \
			fail_msg("code %d, expected %d: %s", (int)got_,        \
			    (int)(expected), err.msg);                         \
	} while (0)

static struct dro_err err;

static struct dro_host *
host_of(bool read_only)
{
	struct dro_host *host;

	assert_code(DRO_OK, dro_host_create(read_only, &host, &err));
	host->total_ms = 3000;
	host->backoff_ms = 1;
	return (host);
}

/* One exchange; the answer's status and body are looked at by the caller. */
static enum dro_code
exchange(struct dro_host *host, enum dro_http_kind kind, const char *method,
    const char *url, struct dro_http_response *response)
{
	struct dro_http_request request = {.kind = kind,
	    .method = method,
	    .url = url,
	    .body = kind == DRO_HTTP_READ ? NULL : "{}"};

	memset(&err, 0, sizeof(err));
	return (dro_host_http(host, &request, response, &err));
}

/* The same, when only the code matters. */
static enum dro_code
code_of(struct dro_host *host, enum dro_http_kind kind, const char *method,
    const char *url)
{
	struct dro_http_response response;
	enum dro_code rc = exchange(host, kind, method, url, &response);

	dro_buf_finish(&response.body);
	return (rc);
}

static void
addresses(void **state)
{
	static const struct {
		const char *text;
		enum dro_reach reach;
	} table[] = {
	    {"192.0.2.1", DRO_REACH_PUBLIC},
	    {"9.255.255.255", DRO_REACH_PUBLIC},
	    {"10.0.0.0", DRO_REACH_PRIVATE},
	    {"10.255.255.255", DRO_REACH_PRIVATE},
	    {"11.0.0.0", DRO_REACH_PUBLIC},
	    {"100.63.255.255", DRO_REACH_PUBLIC},
	    {"100.64.0.0", DRO_REACH_PRIVATE},
	    {"100.127.255.255", DRO_REACH_PRIVATE},
	    {"100.128.0.0", DRO_REACH_PUBLIC},
	    {"126.255.255.255", DRO_REACH_PUBLIC},
	    {"127.0.0.1", DRO_REACH_LOOPBACK},
	    {"127.255.0.9", DRO_REACH_LOOPBACK},
	    {"128.0.0.1", DRO_REACH_PUBLIC},
	    {"172.15.255.255", DRO_REACH_PUBLIC},
	    {"172.16.0.0", DRO_REACH_PRIVATE},
	    {"172.31.255.255", DRO_REACH_PRIVATE},
	    {"172.32.0.0", DRO_REACH_PUBLIC},
	    {"192.168.1.1", DRO_REACH_PRIVATE},
	    {"192.169.0.0", DRO_REACH_PUBLIC},
	    {"169.254.169.254", DRO_REACH_NEVER},
	    {"169.253.0.1", DRO_REACH_PUBLIC},
	    {"0.0.0.0", DRO_REACH_NEVER},
	    {"0.1.2.3", DRO_REACH_NEVER},
	    {"223.255.255.255", DRO_REACH_PUBLIC},
	    {"224.0.0.1", DRO_REACH_NEVER},
	    {"240.0.0.1", DRO_REACH_NEVER},
	    {"255.255.255.255", DRO_REACH_NEVER},
	    {"::1", DRO_REACH_LOOPBACK},
	    {"::", DRO_REACH_NEVER},
	    {"::2", DRO_REACH_NEVER},
	    {"::127.0.0.1", DRO_REACH_NEVER},
	    {"::ffff:127.0.0.1", DRO_REACH_LOOPBACK},
	    {"::ffff:10.1.2.3", DRO_REACH_PRIVATE},
	    {"::ffff:169.254.169.254", DRO_REACH_NEVER},
	    {"::ffff:192.0.2.1", DRO_REACH_PUBLIC},
	    {"64:ff9b::169.254.169.254", DRO_REACH_NEVER},
	    {"64:ff9b::192.0.2.1", DRO_REACH_PUBLIC},
	    {"fd00:ec2::254", DRO_REACH_NEVER},
	    {"fd00:ec2::253", DRO_REACH_PRIVATE},
	    {"fc00::1", DRO_REACH_PRIVATE},
	    {"fe80::1", DRO_REACH_NEVER},
	    {"febf::1", DRO_REACH_NEVER},
	    {"fec0::1", DRO_REACH_PRIVATE},
	    {"ff02::1", DRO_REACH_NEVER},
	    {"2001:db8::1", DRO_REACH_PUBLIC},
	};
	struct sockaddr_storage at;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		struct sockaddr_in *in4 = (struct sockaddr_in *)&at;
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&at;

		memset(&at, 0, sizeof(at));
		if (strchr(table[i].text, ':') == NULL) {
			at.ss_family = AF_INET;
			assert_int_equal(
			    inet_pton(AF_INET, table[i].text, &in4->sin_addr),
			    1);
		} else {
			at.ss_family = AF_INET6;
			assert_int_equal(
			    inet_pton(AF_INET6, table[i].text, &in6->sin6_addr),
			    1);
		}
		if (dro_reach_of((struct sockaddr *)&at) != table[i].reach)
			fail_msg("%s: class %d", table[i].text,
			    (int)dro_reach_of((struct sockaddr *)&at));
	}
	at.ss_family = AF_UNIX;
	assert_int_equal(dro_reach_of((struct sockaddr *)&at), DRO_REACH_NEVER);
}

/* Refused before the first packet: these addresses are never contacted. */
static void
forbidden_places(void **state)
{
	static const struct {
		const char *url;
		enum dro_code code;
		const char *why;
	} table[] = {
	    {"http://192.0.2.1/", DRO_EAUTH, "use https"},
	    {"http://10.0.0.1/", DRO_EAUTH, "use https"},
	    {"https://10.0.0.1/", DRO_EAUTH, "allow_private"},
	    {"https://169.254.169.254/latest/", DRO_EAUTH, "metadata"},
	    {"https://2852039166/", DRO_EAUTH, "metadata"}, /* the same */
	    {"https://0.0.0.0/", DRO_EAUTH, "unspecified"},
	    {"file:///etc/passwd", DRO_EINVAL, "https URL"},
	    {"ftp://192.0.2.1/", DRO_EINVAL, "https URL"},
	    {"192.0.2.1", DRO_EINVAL, "https URL"},
	    {"https://192.0.2.1/a b", DRO_EINVAL, "blanks"},
	    {"https://192.0.2.1/\r\nX: y", DRO_EINVAL, "blanks"},
	};
	struct dro_host *host = host_of(false);
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		assert_code(table[i].code,
		    code_of(host, DRO_HTTP_READ, "GET", table[i].url));
		if (strstr(err.msg, table[i].why) == NULL)
			fail_msg("%s: %s", table[i].url, err.msg);
		assert_int_equal(err.scope,
		    table[i].code == DRO_EAUTH ? DRO_SCOPE_ACCOUNT
					       : DRO_SCOPE_ITEM);
	}
	dro_host_destroy(host);
}

#define ANSWER_OK "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"
#define ANSWER_503 "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
#define ANSWER_503_SOON                                                        \
	"HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
#define ANSWER_429_LATE                                                        \
	"HTTP/1.1 429 Slow\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n"

struct front {
	struct scripted *server;
	struct dro_host *host;
	char url[64];
};

static void
front_open(struct front *f, const struct scripted_rule *rules, bool read_only)
{
	f->server = scripted_start(0);
	scripted_rules(f->server, rules);
	f->host = host_of(read_only);
	(void)snprintf(
	    f->url, sizeof(f->url), "http://127.0.0.1:%d/x", f->server->port);
}

static void
front_close(struct front *f)
{
	dro_host_destroy(f->host);
	scripted_stop(f->server);
}

/*
 * The server does it and closes the connection without a word.  libcurl by
 * itself would send it again, had the connection been used before.
 */
static void
mutation_is_sent_once(void **state)
{
	static const struct scripted_rule rules[] = {
	    {"GET", -1, SCRIPTED_REPLY, ANSWER_OK},
	    {"", -1, SCRIPTED_DROP_BEFORE, NULL}, {NULL, 0, 0, NULL}};
	static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE"};
	struct front f;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(methods); i++) {
		front_open(&f, rules, false);
		assert_code(
		    DRO_OK, code_of(f.host, DRO_HTTP_READ, "GET", f.url));
		assert_code(
		    DRO_OK, code_of(f.host, DRO_HTTP_READ, "GET", f.url));
		assert_int_equal(f.server->connections, 1);
		assert_code(DRO_ETIMEOUT,
		    code_of(f.host, DRO_HTTP_MUTATE, methods[i], f.url));
		assert_int_equal(
		    scripted_count(f.server, &f.server->mutations), 1);
		assert_int_equal(f.server->connections, 2);
		front_close(&f);
	}
}

/* Some APIs want the key in the query, so no message has the query. */
static void
query_is_never_told(void **state)
{
	struct dro_host *host = host_of(false);

	(void)state;
	assert_code(DRO_EAUTH,
	    code_of(host, DRO_HTTP_READ, "GET",
		"https://10.0.0.1/zones?token=hunter2"));
	assert_non_null(strstr(err.msg, "GET https://10.0.0.1/zones: 10.0"));
	assert_null(strstr(err.msg, "hunter2"));
	dro_host_destroy(host);
}

/* A mutation's connection is not kept for the next one. */
static void
mutation_leaves_no_connection(void **state)
{
	static const struct scripted_rule rules[] = {
	    {"", -1, SCRIPTED_REPLY, ANSWER_OK}, {NULL, 0, 0, NULL}};
	struct front f;

	(void)state;
	front_open(&f, rules, false);
	assert_code(DRO_OK, code_of(f.host, DRO_HTTP_MUTATE, "PUT", f.url));
	assert_code(DRO_OK, code_of(f.host, DRO_HTTP_MUTATE, "PUT", f.url));
	assert_int_equal(f.server->connections, 2);
	assert_int_equal(scripted_count(f.server, &f.server->mutations), 2);
	front_close(&f);
}

/* A change that is to be made alone, from a thread of its own. */
struct alone {
	struct dro_host *host;
	const char *url;
	enum dro_code code;
};

static void *
change_alone(void *arg)
{
	struct alone *a = arg;
	const struct dro_http_request request = {.kind = DRO_HTTP_MUTATE,
	    .method = "PATCH",
	    .url = a->url,
	    .body = "{}",
	    .alone = true};
	struct dro_http_response response;
	struct dro_err why;

	a->code = dro_host_http(a->host, &request, &response, &why);
	dro_buf_finish(&response.body);
	return (NULL);
}

/* While one of two twins changes something the other may only read. */
static void
twins_take_turns(void **state)
{
	static const struct scripted_rule rules[] = {
	    {"PATCH", -1, SCRIPTED_HANG, NULL},
	    {"GET", -1, SCRIPTED_REPLY, ANSWER_OK}, {NULL, 0, 0, NULL}};
	struct dro_host *twin;
	struct alone alone;
	pthread_t thread;
	struct front f;

	(void)state;
	front_open(&f, rules, false);
	f.host->total_ms = 1000;
	assert_code(DRO_OK, dro_host_twin(f.host, &twin, &err));
	alone = (struct alone){f.host, f.url, DRO_OK};
	assert_int_equal(
	    pthread_create(&thread, NULL, change_alone, &alone), 0);
	while (scripted_count(f.server, &f.server->mutations) == 0)
		(void)sched_yield();
	assert_ptr_equal(twin->turn, f.host->turn);
	assert_int_equal(pthread_mutex_trylock(&twin->turn->lock), EBUSY);
	assert_code(DRO_OK, code_of(twin, DRO_HTTP_READ, "GET", f.url));
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(alone.code, DRO_ETIMEOUT);
	assert_int_equal(pthread_mutex_trylock(&twin->turn->lock), 0);
	assert_int_equal(pthread_mutex_unlock(&twin->turn->lock), 0);
	/* Whichever goes first: the turn is theirs together. */
	dro_host_destroy(twin);
	front_close(&f);
}

/* What must not happen through a host does not happen through its twin. */
static void
twin_is_as_careful(void **state)
{
	static const struct scripted_rule rules[] = {
	    {"", -1, SCRIPTED_REPLY, ANSWER_OK}, {NULL, 0, 0, NULL}};
	struct dro_host *twin;
	struct front f;

	(void)state;
	front_open(&f, rules, true);
	assert_code(DRO_OK, dro_host_secret(f.host, "hunter2", &err));
	assert_code(DRO_OK, dro_host_set_directory(f.host, "/tmp", &err));
	assert_code(DRO_OK, dro_host_twin(f.host, &twin, &err));
	assert_code(DRO_EAUTH, code_of(twin, DRO_HTTP_MUTATE, "PUT", f.url));
	assert_int_equal(scripted_count(f.server, &f.server->mutations), 0);
	assert_string_equal(twin->directory, "/tmp");
	assert_code(DRO_EAUTH,
	    code_of(twin, DRO_HTTP_READ, "GET", "https://10.0.0.1/hunter2"));
	assert_non_null(strstr(err.msg, "/[redacted]: 10.0"));
	front_close(&f);
	/* It outlives its host. */
	assert_code(DRO_EAUTH, code_of(twin, DRO_HTTP_MUTATE, "PUT", f.url));
	dro_host_destroy(twin);
}

/* Not connected means not sent, so it is no mystery. */
static void
unsent_mutation_is_known(void **state)
{
	struct dro_host *host = host_of(false);
	char url[64];
	int port;

	(void)state;
	(void)close(scripted_listen(&port));
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/", port);
	assert_code(DRO_EREMOTE, code_of(host, DRO_HTTP_MUTATE, "PATCH", url));
	assert_int_equal(err.scope, DRO_SCOPE_ACCOUNT);
	dro_host_destroy(host);
}

static void
reads_are_repeated(void **state)
{
	static const struct {
		struct scripted_rule rules[3];
		enum dro_code code;
		long status;
		int reads, retry_after_s;
	} table[] = {
	    {{{"GET", 2, SCRIPTED_REPLY, ANSWER_503},
		 {"GET", -1, SCRIPTED_REPLY, ANSWER_OK}},
		DRO_OK, 200, 3, 0},
	    {{{"GET", -1, SCRIPTED_REPLY, ANSWER_503}}, DRO_OK, 503, 3, 0},
	    {{{"GET", 1, SCRIPTED_REPLY, ANSWER_503_SOON},
		 {"GET", -1, SCRIPTED_REPLY, ANSWER_OK}},
		DRO_OK, 200, 2, 0},
	    {{{"GET", -1, SCRIPTED_REPLY, ANSWER_429_LATE}}, DRO_OK, 429, 1,
		120},
	    {{{"GET", 2, SCRIPTED_DROP_BEFORE, NULL},
		 {"GET", -1, SCRIPTED_REPLY, ANSWER_OK}},
		DRO_OK, 200, 3, 0},
	    {{{"GET", -1, SCRIPTED_DROP_BEFORE, NULL}}, DRO_EREMOTE, 0, 3, 0},
	    {{{"GET", -1, SCRIPTED_HANG, NULL}}, DRO_EREMOTE, 0, 1, 0},
	};
	struct dro_http_response response;
	struct front f;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		front_open(&f, table[i].rules, true);
		f.host->total_ms = 500;
		assert_code(table[i].code,
		    exchange(f.host, DRO_HTTP_READ, "GET", f.url, &response));
		assert_int_equal(
		    scripted_count(f.server, &f.server->reads), table[i].reads);
		if (table[i].code == DRO_OK) {
			assert_int_equal(response.status, table[i].status);
			assert_int_equal(
			    response.retry_after_s, table[i].retry_after_s);
		}
		dro_buf_finish(&response.body);
		front_close(&f);
	}
}

static void
answers_are_bounded(void **state)
{
	static const struct scripted_rule rules[] = {
	    {"", -1, SCRIPTED_FLOOD, NULL}, {NULL, 0, 0, NULL}};
	struct dro_http_response response;
	struct front f;

	(void)state;
	front_open(&f, rules, false);
	assert_code(DRO_EREMOTE,
	    exchange(f.host, DRO_HTTP_READ, "GET", f.url, &response));
	assert_non_null(strstr(err.msg, "longer than 8388608"));
	assert_null(response.body.ptr);
	assert_code(DRO_ETIMEOUT,
	    exchange(f.host, DRO_HTTP_MUTATE, "PUT", f.url, &response));
	front_close(&f);
}

/* Whatever the plugin calls it, nothing that could write leaves. */
static void
read_only_mode(void **state)
{
	static const struct scripted_rule rules[] = {
	    {"", -1, SCRIPTED_REPLY, ANSWER_OK}, {NULL, 0, 0, NULL}};
	static const char *const argv[] = {"true", NULL};
	struct front f;

	(void)state;
	front_open(&f, rules, true);
	assert_true(dro_host_read_only(f.host));
	assert_code(
	    DRO_EAUTH, code_of(f.host, DRO_HTTP_MUTATE, "PATCH", f.url));
	assert_code(DRO_EAUTH, code_of(f.host, DRO_HTTP_MUTATE, "GET", f.url));
	assert_code(
	    DRO_EINVAL, code_of(f.host, DRO_HTTP_READ, "DELETE", f.url));
	assert_code(DRO_EINVAL, code_of(f.host, DRO_HTTP_LOGIN, "PUT", f.url));
	assert_int_equal(f.server->connections, 0);
	assert_code(DRO_EAUTH, dro_host_run(f.host, argv, 5, &err));
	assert_code(DRO_OK, code_of(f.host, DRO_HTTP_LOGIN, "POST", f.url));
	assert_code(DRO_OK, code_of(f.host, DRO_HTTP_READ, "GET", f.url));
	front_close(&f);
}

static void
headers_are_single_lines(void **state)
{
	static const struct scripted_rule rules[] = {
	    {"", -1, SCRIPTED_REPLY, ANSWER_OK}, {NULL, 0, 0, NULL}};
	static const char *const bad[] = {"X-Key: secret\r\nX-Admin: yes",
	    "X-Key: secret\nX-Admin: yes", "X-Key: secret\r", "no colon",
	    "X-Key: sec\x7fret"};
	const char *headers[] = {"Accept: */*", NULL, NULL};
	struct dro_http_request request = {
	    .kind = DRO_HTTP_READ, .method = "GET", .headers = headers};
	struct dro_http_response response;
	struct front f;
	size_t i;

	(void)state;
	front_open(&f, rules, false);
	request.url = f.url;
	for (i = 0; i < DRO_ARRAY_LEN(bad); i++) {
		headers[1] = bad[i];
		assert_code(DRO_EINVAL,
		    dro_host_http(f.host, &request, &response, &err));
		assert_null(strstr(err.msg, "sec"));
	}
	assert_int_equal(f.server->connections, 0);
	headers[1] = "X-Key: secret";
	assert_code(DRO_OK, dro_host_http(f.host, &request, &response, &err));
	assert_int_equal(response.status, 200);
	assert_memory_equal(response.body.ptr, "good", 4);
	assert_non_null(strstr(f.server->last, "\r\nX-Key: secret\r\n"));
	dro_buf_finish(&response.body);
	front_close(&f);
}

/* A TLS server with a certificate for 127.0.0.1 that nobody vouches for. */
struct tls {
	struct workdir work;
	char ca_file[128];
	pid_t pid;
	int port;
};

static void
tls_make(struct tls *tls, const char *subject)
{
	char key[128];
	const char *make[] = {"openssl", "req", "-x509", "-newkey", "ec",
	    "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
	    "-subj", "/CN=test", "-addext", subject, "-keyout", key, "-out",
	    tls->ca_file, NULL};

	assert_true(work_init(&tls->work));
	(void)snprintf(
	    tls->ca_file, sizeof(tls->ca_file), "%s/cert", tls->work.path);
	(void)snprintf(key, sizeof(key), "%s/key", tls->work.path);
	assert_true(work_run(&tls->work, make, NULL, "make.log"));
}

static void
tls_start(struct tls *tls, const char *protocol)
{
	char key[128], accept_at[64];
	const char *serve[] = {"setpriv", "--pdeathsig", "KILL", "openssl",
	    "s_server", "-accept", accept_at, "-cert", tls->ca_file, "-key",
	    key, "-www", "-cipher", "DEFAULT:@SECLEVEL=0", protocol, NULL};
	int i, fd = -1;

	(void)snprintf(key, sizeof(key), "%s/key", tls->work.path);
	(void)close(scripted_listen(&tls->port));
	(void)snprintf(accept_at, sizeof(accept_at), "127.0.0.1:%d", tls->port);
	tls->pid = work_spawn(&tls->work, serve, NULL, "serve.log");
	assert_true(tls->pid > 0);
	for (i = 0; i < 200 && fd < 0; i++)
		if ((fd = scripted_connect(tls->port)) < 0)
			(void)usleep(20000);
	assert_true(fd >= 0);
	(void)close(fd);
}

static void
tls_stop(struct tls *tls)
{
	(void)kill(tls->pid, SIGKILL);
	(void)waitpid(tls->pid, NULL, 0);
}

static enum dro_code
tls_get(struct tls *tls, enum dro_http_kind kind, const char *ca_file)
{
	struct dro_host *host = host_of(false);
	struct dro_http_response response;
	struct dro_http_request request = {
	    .kind = kind, .method = "GET", .ca_file = ca_file};
	enum dro_code rc;
	char url[64];

	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%d/", tls->port);
	request.url = url;
	rc = dro_host_http(host, &request, &response, &err);
	if (rc == DRO_OK)
		assert_int_equal(response.status, 200);
	dro_buf_finish(&response.body);
	dro_host_destroy(host);
	return (rc);
}

static void
certificates_are_checked(void **state)
{
	struct tls tls;

	(void)state;
	tls_make(&tls, "subjectAltName=IP:127.0.0.1");
	tls_start(&tls, "-tls1_2");
	assert_code(DRO_EAUTH, tls_get(&tls, DRO_HTTP_READ, NULL));
	assert_int_equal(err.scope, DRO_SCOPE_ACCOUNT);
	assert_code(DRO_EAUTH, tls_get(&tls, DRO_HTTP_MUTATE, NULL));
	assert_code(DRO_EAUTH,
	    tls_get(&tls, DRO_HTTP_READ, "/nonexistent/authorities"));
	assert_code(DRO_OK, tls_get(&tls, DRO_HTTP_READ, tls.ca_file));
	assert_code(DRO_OK, tls_get(&tls, DRO_HTTP_MUTATE, tls.ca_file));
	tls_stop(&tls);
	tls_start(&tls, "-tls1_1");
	assert_code(DRO_EAUTH, tls_get(&tls, DRO_HTTP_READ, tls.ca_file));
	tls_stop(&tls);
	work_finish(&tls.work);
	/* Trusted, but made out to somebody else. */
	tls_make(&tls, "subjectAltName=DNS:other.example");
	tls_start(&tls, "-tls1_2");
	assert_code(DRO_EAUTH, tls_get(&tls, DRO_HTTP_READ, tls.ca_file));
	tls_stop(&tls);
	work_finish(&tls.work);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses),
	    cmocka_unit_test(forbidden_places),
	    cmocka_unit_test(query_is_never_told),
	    cmocka_unit_test(mutation_is_sent_once),
	    cmocka_unit_test(mutation_leaves_no_connection),
	    cmocka_unit_test(twins_take_turns),
	    cmocka_unit_test(twin_is_as_careful),
	    cmocka_unit_test(unsent_mutation_is_known),
	    cmocka_unit_test(reads_are_repeated),
	    cmocka_unit_test(answers_are_bounded),
	    cmocka_unit_test(read_only_mode),
	    cmocka_unit_test(headers_are_single_lines),
	    cmocka_unit_test(certificates_are_checked),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
