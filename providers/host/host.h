#ifndef DRO_PROVIDERS_HOST_HOST_H
#define DRO_PROVIDERS_HOST_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * The one door out of the process for plugins.  In read-only mode it refuses
 * whatever could change something, so a dry run is the same path stopped
 * here, whatever a plugin tries.
 */
struct dro_host;

/**
 * dro_host_create(read_only, out, err), dro_host_destroy(host):
 * The caller owns ${out}; destroy accepts NULL.
 */
enum dro_code dro_host_create(
    bool read_only, struct dro_host **out, struct dro_err *err) DRO_MUST_CHECK;
void dro_host_destroy(struct dro_host *host);

/**
 * dro_host_twin(host, out, err):
 * A host for another thread: as read-only as ${host}, with its directory and
 * its secrets, and one turn at ${alone} for both.  Twins are made and
 * destroyed by the same thread.
 */
enum dro_code dro_host_twin(const struct dro_host *host, struct dro_host **out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_host_set_directory(host, path, err):
 * Run commands in ${path}: the configuration file's directory, so that a
 * relative word in a command means the same wherever the program is called.
 */
enum dro_code dro_host_set_directory(struct dro_host *host, const char *path,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_host_read_only(host): whether mutations are refused. */
bool dro_host_read_only(const struct dro_host *host);

/**
 * dro_host_secret(host, value):
 * Register a secret: any error text that passes the host has it, its base64
 * and its URL-encoded form replaced by "[redacted]".
 */
enum dro_code dro_host_secret(struct dro_host *host, const char *value,
    struct dro_err *err) DRO_MUST_CHECK;

enum dro_http_kind { DRO_HTTP_READ, DRO_HTTP_LOGIN, DRO_HTTP_MUTATE };

struct dro_http_request {
	enum dro_http_kind kind;
	const char *method;
	const char *url; /* https, or http towards loopback only */
	const char *const *headers; /* "Name: value", ends with NULL */
	const char *body; /* or NULL */
	const char *ca_file; /* or NULL: the system's */
	bool allow_private; /* private address ranges may be contacted */
	bool alone; /* a twin of this host has to wait its turn */
};

/* At most this much of an answer is taken. */
#define DRO_HTTP_BODY_MAX (8u << 20)

struct dro_http_response {
	long status;
	int retry_after_s;
	struct dro_buf body; /* caller finishes */
};

/**
 * dro_host_http(host, request, response, err):
 * One exchange.  Reads are retried a few times with jitter; a mutation is
 * sent exactly once, on a fresh connection that is not kept (libcurl re-sends
 * by itself on a reused one).  An answer of any status is DRO_OK.
 * DRO_ETIMEOUT: a mutation whose outcome is unknown.  DRO_EREMOTE: could not
 * connect, nothing sent.  DRO_EAUTH: TLS or read-only mode.
 */
enum dro_code dro_host_http(struct dro_host *host,
    const struct dro_http_request *request, struct dro_http_response *response,
    struct dro_err *err) DRO_MUST_CHECK;

/* A DNS message over TCP, RFC 1035 4.2.2, and what every one begins with. */
#define DRO_DNS_MESSAGE_MAX 65535
#define DRO_DNS_HEADER 12

/**
 * dro_host_dns(host, server, wire, len, answer, err):
 * Send the DNS message of ${len} octets at ${wire} to ${server}, "HOST" or
 * "HOST@PORT", and append what it answers to ${answer}.  A query (opcode 0)
 * goes by UDP, tried again, and by TCP if that brings nothing or a truncated
 * answer.  Anything else may change something: it is sent exactly once, by
 * TCP, and not at all in read-only mode (DRO_EAUTH).  The answer has the
 * number of the query; who wrote it is for the caller to find out.
 * DRO_ETIMEOUT: a change whose outcome is unknown.  DRO_EREMOTE: cannot be
 * reached, nothing was sent; or a query without answer.
 */
enum dro_code dro_host_dns(struct dro_host *host, const char *server,
    const unsigned char *wire, size_t len, struct dro_buf *answer,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_host_file_read(host, path, max, out, err):
 * Append the whole file to ${out}; DRO_ELIMIT above ${max} octets.
 */
enum dro_code dro_host_file_read(struct dro_host *host, const char *path,
    size_t max, struct dro_buf *out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_host_file_replace(host, path, ptr, len, err):
 * Replace ${path} atomically: a temporary file in the same directory with
 * the owner and mode of the old one, fsync, rename, fsync of the directory.
 */
enum dro_code dro_host_file_replace(struct dro_host *host, const char *path,
    const char *ptr, size_t len, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_host_file_write(host, path, ptr, len, err):
 * The same for a file that may not exist yet: then it is made, with mode
 * 0640.  DRO_ENOTFOUND: its directory is not there.
 */
enum dro_code dro_host_file_write(struct dro_host *host, const char *path,
    const char *ptr, size_t len, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_host_run(host, argv, timeout_s, err):
 * Run a command (a mutation) with a clean environment and no standard input;
 * DRO_EREMOTE with its last line of output if it exits non-zero.
 */
enum dro_code dro_host_run(struct dro_host *host, const char *const *argv,
    int timeout_s, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_PROVIDERS_HOST_HOST_H */
