#ifndef DRO_ORCHESTRATOR_INGEST_DKIM_H
#define DRO_ORCHESTRATOR_INGEST_DKIM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "ingest/header.h"
#include "ingest/sender.h"

/* What the signatures of a mail prove, the one that says most first. */
enum dro_dkim_verdict {
	DRO_DKIM_NONE, /* none is aligned */
	DRO_DKIM_WEAK, /* true, but does not count: l=, short key, SHA-1 */
	DRO_DKIM_LATE, /* the key is gone, or the signature has expired */
	DRO_DKIM_BROKEN, /* does not fit the mail */
	DRO_DKIM_SILENT, /* DNS did not answer: ask another day */
	DRO_DKIM_GOOD
};

struct dro_dkim {
	enum dro_dkim_verdict verdict;
	const char *domain,
	    *selector; /* of the signature that decided, or "" */
	int key_bits; /* of RSA; 0: not known, or another kind */
	const char *note; /* a phrase */
};

/* Whether a signature by ${domain} speaks for the mail. */
typedef bool dro_aligned_fn(void *arg, const char *domain);

/* Whose mail it is, and where keys come from. */
struct dro_dkim_job {
	const struct dro_header *header;
	int64_t now;
	dro_aligned_fn *aligned;
	void *aligned_arg;
	dro_key_fn *fetch;
	void *fetch_arg;
};

/** dro_dkim_prepare(err): as dro_sender_prepare, for signatures. */
enum dro_code dro_dkim_prepare(struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_dkim_verify(job, arena, out, err):
 * Verify the aligned ones among the first DRO_SIGNATURES_MAX signatures; keys
 * are fetched for those only.  Strings live in ${arena}.  DRO_ENOMEM.
 */
enum dro_code dro_dkim_verify(const struct dro_dkim_job *job,
    struct dro_arena *arena, struct dro_dkim *out,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_DKIM_H */
