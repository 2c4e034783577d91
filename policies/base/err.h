#ifndef DRO_BASE_ERR_H
#define DRO_BASE_ERR_H

#include "base/compiler.h"

/* Named by what the caller may do about it. */
enum dro_code {
	DRO_OK = 0,
	DRO_ENOMEM, /* out of memory: give this piece of work up */
	DRO_EINVAL, /* the caller or the user asked for nonsense */
	DRO_EPARSE, /* input breaks its own rules: refuse that input */
	DRO_ENOTFOUND, /* the thing named does not exist */
	DRO_ECONFLICT, /* the world changed: for a person, never overwrite */
	DRO_EAUTH, /* not allowed: renew or widen the credential */
	DRO_ELIMIT, /* too much or too fast: later, or a higher limit */
	DRO_ETIMEOUT, /* outcome unknown: read before trying again */
	DRO_EREMOTE, /* the other side failed or refused; nothing changed */
	DRO_EIO, /* disk, file or socket */
	DRO_ESTATE /* the database is not in a state that allows it */
};

/* How far a fault reaches: what else must not be tried in this run. */
enum dro_scope { DRO_SCOPE_ITEM = 0, DRO_SCOPE_ZONE, DRO_SCOPE_ACCOUNT };

/* A message is one line: subject, rule, found versus expected, remedy. */
#define DRO_ERR_MSG 512

struct dro_err {
	enum dro_code code;
	enum dro_scope scope;
	int retry_after_s; /* with DRO_ELIMIT; otherwise 0 */
	char msg[DRO_ERR_MSG];
};

/**
 * dro_err_set(err, code, fmt, ...):
 * Record ${code} and the formatted one-line message in ${err}, which may be
 * NULL.  Control characters in the message become '?', because the text may
 * quote hostile input.  Return ${code}, so that callers can write
 * `return (dro_err_set(...))`.
 */
enum dro_code dro_err_set(struct dro_err *err, enum dro_code code,
    const char *fmt, ...) DRO_PRINTF(3, 4);

/**
 * dro_err_context(err, fmt, ...):
 * Put the formatted text and ": " before the message in ${err}, keeping its
 * code.  For a subject that the place of the fault could not know.
 */
void dro_err_context(struct dro_err *err, const char *fmt, ...)
    DRO_PRINTF(2, 3);

/**
 * dro_err_nomem(err):
 * Record and return DRO_ENOMEM.
 */
enum dro_code dro_err_nomem(struct dro_err *err);

#endif /* !DRO_BASE_ERR_H */
