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

/* Behind the name of the database: that of the archive. */
#define DRO_ARCHIVE "-archive"

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
 * Remember it, in the batch of dro_reports_add, so not before the reports
 * that were added until now.  Only for inputs whose
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

/* What one sender's mails have put into the store on one day. */
struct dro_quota {
	int64_t mails, octets;
};

/**
 * dro_quota_load(store, sender, day, out, err),
 * dro_quota_note(store, sender, day, octets, err):
 * Noting adds one mail of ${octets}, in the same commit as its reports, and
 * forgets days before ${day}.
 */
enum dro_code dro_quota_load(struct dro_store *store, const char *sender,
    int32_t day, struct dro_quota *out, struct dro_err *err) DRO_MUST_CHECK;
enum dro_code dro_quota_note(struct dro_store *store, const char *sender,
    int32_t day, int64_t octets, struct dro_err *err) DRO_MUST_CHECK;

/*
 * What is known of a reporter that authenticated: of its reports that were
 * in order and not ignored.  Kept as counters; pruning changes none.
 */
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
 * Its authenticated reports that were stored as DRO_TRUST_NEW get ${trust}:
 * a reporter that has become known was no liar before.  In the batch of
 * dro_reports_add.
 */
enum dro_code dro_reporter_raise(struct dro_store *store, const char *identity,
    enum dro_trust trust, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_archive_put(store, ptr, len, hash, now, err),
 * dro_archive_keep(store, ptr, len, hash, now, err):
 * Keep an original in the archive file beside the database
 * ("<database>-archive"), named by its SHA-256: put works it out and writes it
 * to ${hash}, keep is told.
 * Committed by dro_reports_flush, before the reports that refer to it.  What
 * is there already is not written again.  One that no report came to refer to
 * does no harm, and goes with those of its age.  DRO_ELIMIT above 63 MiB.
 */
enum dro_code dro_archive_put(struct dro_store *store, const void *ptr,
    size_t len, unsigned char hash[DRO_HASH_LEN], int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;
enum dro_code dro_archive_keep(struct dro_store *store, const void *ptr,
    size_t len, const unsigned char hash[DRO_HASH_LEN], int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;

#define DRO_FOREVER (-1)

/* What is kept for how long: days, or DRO_FOREVER. */
struct dro_retention {
	int reports_days; /* since their mail, at most since stored */
	int archive_days; /* originals, since stored; 0: none are kept */
	int addresses_days; /* as reports_days; then /24 and /48 only */
};

/* How much of each kind was done. */
struct dro_pruned {
	int64_t addresses; /* reports whose addresses were cut */
	int64_t originals, reports, inputs; /* removed */
};

/**
 * dro_db_prune(store, keep, now, max, out, err):
 * Cut and remove what is older than ${keep} says, oldest first, at most
 * ${max} of each kind, in commits of bounded size; what reached ${max} may
 * not be done yet.  Inputs are forgotten with the reports of their age.  What
 * decisions read (DRO_EVIDENCE_DAYS) is the caller's to keep.  Ingest calls
 * it at its end with reports_days DRO_FOREVER: addresses and originals go by
 * themselves, reports by `db prune` alone.
 */
enum dro_code dro_db_prune(struct dro_store *store,
    const struct dro_retention *keep, int64_t now, int64_t max,
    struct dro_pruned *out, struct dro_err *err) DRO_MUST_CHECK;

/* What was given back of each file, in octets. */
struct dro_shrunk {
	int64_t database, archive;
};

/**
 * dro_db_shrink(store, out, err):
 * Give back at most 1024 pages of each file that hold nothing any more, in
 * one commit each: call it again until it gives nothing.  Nothing is given
 * back of files that were made before this could be done; their room is used
 * again.
 */
enum dro_code dro_db_shrink(struct dro_store *store, struct dro_shrunk *out,
    struct dro_err *err) DRO_MUST_CHECK;

/* What a backup came to, in octets; 0: there is no archive. */
struct dro_backup {
	int64_t database, archive;
};

/**
 * dro_db_backup(store, path, out, err):
 * A whole and checked copy at ${path} (0600, made under another name and put
 * there when it is durable), of the archive too ("<path>-archive").  For
 * ${store} to read or to write; another run may write meanwhile: the copy
 * shows one moment, and every original that its reports refer to, but for
 * what is pruned meanwhile.  DRO_EINVAL if either name is taken, DRO_ESTATE
 * if the copy is damaged: then so is the database.
 */
enum dro_code dro_db_backup(struct dro_store *store, const char *path,
    struct dro_backup *out, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_STATE_INPUTS_H */
