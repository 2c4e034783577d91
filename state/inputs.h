#ifndef DRO_STATE_INPUTS_H
#define DRO_STATE_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "reports.h"
#include "store.h"

/*
 * What ingest remembers besides the reports: which inputs it has read to
 * their end, how far it is in a mailbox, whom it has seen report, and the
 * originals.
 */

#define DRO_HASH_LEN 32 /* SHA-256 */

/* An input that was read whole and from which nothing new can come. */
struct dro_known_input {
	int64_t reports; /* all stored, or duplicates of such */
};

/**
 * dro_input_known(store, hash, trust, out, known, err):
 * Whether the input with ${hash} was read before at ${trust} or higher.
 */
enum dro_code dro_input_known(struct dro_store *store,
    const unsigned char hash[DRO_HASH_LEN], enum dro_trust trust,
    struct dro_known_input *out, bool *known,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_input_note(store, hash, trust, reports, now, err):
 * Remember it, in the same commit as its reports.  Only for inputs whose
 * every report is stored for good: none refused, foreign, or uncounted
 * because its range was not over.
 */
enum dro_code dro_input_note(struct dro_store *store,
    const unsigned char hash[DRO_HASH_LEN], enum dro_trust trust,
    int64_t reports, int64_t now, struct dro_err *err) DRO_MUST_CHECK;

/* How far a mailbox has been read. */
struct dro_mailbox {
	int64_t uidvalidity; /* 0: never read */
	int64_t uid; /* the highest that is settled */
};

/**
 * dro_mailbox_load(store, source, out, err),
 * dro_mailbox_save(store, source, box, now, err):
 * By name of the configured source.  Saving commits; what it stands for must
 * have been committed before.
 */
enum dro_code dro_mailbox_load(struct dro_store *store, const char *source,
    struct dro_mailbox *out, struct dro_err *err) DRO_MUST_CHECK;
enum dro_code dro_mailbox_save(struct dro_store *store, const char *source,
    const struct dro_mailbox *box, int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;

/* What is known of a reporter that authenticated. */
struct dro_reporter_past {
	int64_t first_at; /* first authenticated report stored; 0: none */
	int64_t reports; /* of them, since */
	int64_t domains; /* how many of our domains they are about */
};

/** dro_reporter_past(store, identity, out, err): zeroes if never seen. */
enum dro_code dro_reporter_past(struct dro_store *store, const char *identity,
    struct dro_reporter_past *out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_reporter_raise(store, identity, trust, err):
 * Its authenticated reports that were stored with less trust get ${trust}:
 * a reporter that has become known was no liar before.
 */
enum dro_code dro_reporter_raise(struct dro_store *store, const char *identity,
    enum dro_trust trust, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_archive_put(store, ptr, len, hash, now, err):
 * Keep an original in the archive file beside the database
 * ("<database>-archive"), named by its SHA-256, which is written to ${hash}.
 * Committed no later than the reports that refer to it.  What is there
 * already is not written again.
 */
enum dro_code dro_archive_put(struct dro_store *store, const void *ptr,
    size_t len, unsigned char hash[DRO_HASH_LEN], int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_archive_each(store, fn, arg, err):
 * Every original, oldest first, for reading all of it again.
 */
enum dro_code dro_archive_each(struct dro_store *store,
    enum dro_code (*fn)(void *arg, const unsigned char hash[DRO_HASH_LEN],
	const void *ptr, size_t len, struct dro_err *err),
    void *arg, struct dro_err *err) DRO_MUST_CHECK;

/* What is kept for how long; 0: for ever. */
struct dro_retention {
	int reports_days;
	int archive_days;
	int addresses_days; /* then /24 and /48 only */
};

struct dro_pruned {
	int64_t reports, originals, addresses; /* removed, removed, cut */
};

/** dro_db_prune(store, keep, now, out, err): in commits of bounded size. */
enum dro_code dro_db_prune(struct dro_store *store,
    const struct dro_retention *keep, int64_t now, struct dro_pruned *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_db_backup(store, path, err):
 * A whole copy at ${path} (0600, made under another name and moved there), of
 * the archive too ("<path>-archive").  DRO_EINVAL if ${path} exists.
 */
enum dro_code dro_db_backup(struct dro_store *store, const char *path,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_STATE_INPUTS_H */
