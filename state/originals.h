#ifndef DRO_STATE_ORIGINALS_H
#define DRO_STATE_ORIGINALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "inputs.h"
#include "reports.h"
#include "store.h"

/*
 * Reports beside the originals that they came in: what is stored can be
 * compared with what the original says, and be put right.
 */

/* A report, by number, and the original that has it. */
struct dro_original_ref {
	unsigned char hash[DRO_HASH_LEN];
	int64_t report;
	bool wanted; /* is of what was asked for */
};

/**
 * dro_originals_list(store, domain, arena, out, n, err):
 * Every report that names its original, in the order of the hashes; one
 * original may have several.  ${wanted}: about ${domain} or below it (NULL:
 * all).
 */
enum dro_code dro_originals_list(struct dro_store *store, const char *domain,
    struct dro_arena *arena, struct dro_original_ref **out, size_t *n,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_originals_owed(store, since, before, arena, out, n, err):
 * The same of mails whose key DNS did not give (dro_owed_note), noted from
 * ${since} on and earlier than ${before}.
 */
enum dro_code dro_originals_owed(struct dro_store *store, int64_t since,
    int64_t before, struct dro_arena *arena, struct dro_original_ref **out,
    size_t *n, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_owed_note(store, hash, now, err), dro_owed_done(store, hash, err):
 * A mail in the archive whose sender could not be judged yet; it can now.
 * In the batch of dro_reports_add.
 */
enum dro_code dro_owed_note(struct dro_store *store,
    const unsigned char hash[DRO_HASH_LEN], int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;
enum dro_code dro_owed_done(struct dro_store *store,
    const unsigned char hash[DRO_HASH_LEN], struct dro_err *err) DRO_MUST_CHECK;

struct dro_stored_report {
	int64_t id; /* 0: there is none */
	int64_t stored_at;
	bool cut; /* its addresses are networks by now */
	bool conflict; /* another contradicted it */
	struct dro_report report; /* without lines */
};

/** dro_report_load(store, id, arena, out, err): by number. */
enum dro_code dro_report_load(struct dro_store *store, int64_t id,
    struct dro_arena *arena, struct dro_stored_report *out,
    struct dro_err *err) DRO_MUST_CHECK;

/* One thing about a report that is not what it was. */
struct dro_difference {
	const char *field; /* as in `reports --json` */
	const char *was, *is; /* text; NULL: not there */
};

/**
 * dro_report_compare(store, was, is, arena, out, n, err):
 * In what ${is}, read from the original, differs from what is stored: all
 * that is stored but where it came from and when.  Writes nothing.
 */
enum dro_code dro_report_compare(struct dro_store *store,
    const struct dro_stored_report *was, const struct dro_report *is,
    struct dro_arena *arena, struct dro_difference **out, size_t *n,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_report_swap(store, was, is, err):
 * Put ${is} in the place of ${was}, in a transaction of its own.  What it is
 * beside other reports stays: in conflict, cut, counted once for its reporter.
 */
enum dro_code dro_report_swap(struct dro_store *store,
    const struct dro_stored_report *was, const struct dro_report *is,
    struct dro_err *err) DRO_MUST_CHECK;

#define DRO_ORIGINAL_NAME_LEN (2 * DRO_HASH_LEN + 1)

/**
 * dro_original_name(hash, out), dro_original_parse(name, hash):
 * SHA-256 as people write it; false if ${name} is none.
 */
const char *dro_original_name(
    const unsigned char hash[DRO_HASH_LEN], char out[DRO_ORIGINAL_NAME_LEN]);
bool dro_original_parse(const char *name, unsigned char hash[DRO_HASH_LEN]);

enum dro_original_state {
	DRO_ORIGINAL_THERE,
	DRO_ORIGINAL_MISSING,
	DRO_ORIGINAL_DAMAGED /* other octets than those of its hash */
};

/**
 * dro_archive_get(store, hash, out, state, err):
 * The original named ${hash}; ${out} has it if it is THERE.
 */
enum dro_code dro_archive_get(struct dro_store *store,
    const unsigned char hash[DRO_HASH_LEN], struct dro_buf *out,
    enum dro_original_state *state, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_STATE_ORIGINALS_H */
