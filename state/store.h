#ifndef DRO_STATE_STORE_H
#define DRO_STATE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/err.h"

/* The database.  All SQL lives in this room; none leaves it. */
struct dro_store;

enum dro_store_mode {
	DRO_STORE_READ, /* never writes, not even a journal file */
	DRO_STORE_WRITE /* takes the run lock and the writer lease */
};

/* Who writes; kept with the lease and shown to whoever is locked out. */
struct dro_writer {
	const char *verb; /* "advance" */
	int64_t now; /* of the run, as main read or was told it */
	bool virtual_clock; /* remembered by the database for ever */
};

/**
 * dro_store_open(path, mode, writer, out, err):
 * Open the database at ${path}.  DRO_STORE_READ: DRO_ENOTFOUND if there is no
 * file (readers then treat it as empty and create nothing); ${writer} is
 * NULL; the reader sees the database as it was at this call.  DRO_STORE_WRITE: create (0600) or migrate it, WAL, synchronous=FULL
 * asserted, foreign keys on, DEFENSIVE; take a kernel lock on a file beside
 * it and the writer lease with the next fencing number.  Errors of both:
 * DRO_ESTATE for a newer schema, another application's file or a corrupt
 * one; DRO_EIO; DRO_EAUTH when permissions forbid it.  Of writing only:
 * DRO_ECONFLICT if another run holds the lock (the message says which verb,
 * pid, host, since when), DRO_EINVAL if the database was made with the other
 * clock, or if ${writer}->now is before the last run's.
 */
enum dro_code dro_store_open(const char *path, enum dro_store_mode mode,
    const struct dro_writer *writer, struct dro_store **out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_store_check(store, err):
 * Look through all of it, which takes as long as reading it.  DRO_ESTATE
 * names the first damage.
 */
enum dro_code dro_store_check(
    struct dro_store *store, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_store_close(store):
 * Release lease, lock and memory; accepts NULL.  Reports that were not
 * flushed are given up, and a run that was not ended looks as if it died.
 */
void dro_store_close(struct dro_store *store);

/* One line of the run log. */
struct dro_run {
	int64_t id;
	const char *verb;
	int64_t at;
	const char *result; /* "ok", "partial", "failed", or NULL: died */
	int64_t changes;
};

/**
 * dro_store_run_end(store, result, changes, err):
 * Close the run that opened ${store} for writing; DRO_ESTATE if it is closed
 * already, DRO_EINVAL for another ${result} than those of struct dro_run.
 */
enum dro_code dro_store_run_end(struct dro_store *store, const char *result,
    int64_t changes, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_store_last_run(store, verb, arena, out, err):
 * The newest finished or unfinished run of ${verb}; DRO_ENOTFOUND if none.
 */
enum dro_code dro_store_last_run(struct dro_store *store, const char *verb,
    struct dro_arena *arena, struct dro_run *out,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_STATE_STORE_H */
