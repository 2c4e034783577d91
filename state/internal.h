#ifndef DRO_STATE_INTERNAL_H
#define DRO_STATE_INTERNAL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "parked/template.h"
#include "record/rrset.h"
#include "journal.h"
#include "reports.h"
#include "store.h"

/* What the files of this room share; no other room includes it. */

/* Statements kept prepared: all of this room; more would be prepared anew. */
#define DRO_SQL_CACHE 144

struct dro_cached {
	const char *sql; /* a literal: compared by address */
	sqlite3_stmt *stmt;
	bool in_use;
};

/* Names used lately, found again without a query. */
#define DRO_KNOWN_NAMES 8192

struct dro_known_name {
	int64_t id;
	char *names;
	size_t len;
};

/* What one kind of file holds, and how it came there. */
struct dro_schema {
	int64_t application_id;
	const char *page_size; /* the statement that sets it */
	int64_t version; /* that this program writes */
	const char *const *const *migrations; /* from i to i + 1 */
};

/* One connection, used by one thread. */
struct dro_store {
	sqlite3 *db;
	const struct dro_schema *schema;
	char path[PATH_MAX]; /* resolved, so that every name has one lock */
	int lock_fd; /* -1 for a reader */
	int64_t fence; /* number of our lease and run; 0: none */
	bool in_batch; /* a transaction of dro_reports_add is open */
	int batch; /* reports in it */
	int64_t batch_since_ms; /* monotonic */
	struct dro_err lost; /* code != DRO_OK: a batch could not be kept */
	struct dro_store *archive; /* once it was needed */
	bool archive_open; /* a transaction of dro_archive_put is */
	size_t n_cached;
	struct dro_cached cached[DRO_SQL_CACHE];
	struct dro_known_name *known_names; /* or NULL: see intern.c */
	bool identity_was_new; /* the one asked for last */
};

/*
 * A statement in use.  Parameters are bound in order; the first failure is
 * kept and reported by dro_sql_next or dro_sql_run, so that a sequence needs
 * one check.  Texts and blobs must live until dro_sql_close.
 */
struct dro_sql {
	struct dro_store *store;
	sqlite3_stmt *stmt;
	struct dro_cached *slot; /* NULL: not from the cache */
	int rc; /* of SQLite, first failure */
	int bound;
};

/* Only literals: data reaches a statement as a parameter or not at all. */
#define dro_sql_open(q, store, literal)                                        \
	dro_sql_prepare((q), (store), "" literal)
void dro_sql_prepare(
    struct dro_sql *q, struct dro_store *store, const char *sql);
void dro_sql_close(struct dro_sql *q);

/** Bind the next parameter; NULL text or a NULL pointer is SQL's NULL. */
void dro_sql_int(struct dro_sql *q, int64_t value);
void dro_sql_text(struct dro_sql *q, const char *text);
void dro_sql_blob(struct dro_sql *q, const void *ptr, size_t len);

/** dro_sql_next(q, row, err): step once; ${row} tells if there is a row. */
enum dro_code dro_sql_next(
    struct dro_sql *q, bool *row, struct dro_err *err) DRO_MUST_CHECK;

/** dro_sql_run(q, err): step a statement without rows, and close it. */
enum dro_code dro_sql_run(
    struct dro_sql *q, struct dro_err *err) DRO_MUST_CHECK;

/** dro_sql_try(q): the same where a failure changes nothing that matters. */
void dro_sql_try(struct dro_sql *q);

/**
 * dro_sql_one(q, value, err):
 * Run a query for one integer, and close it.  ${value} is left as it was
 * when there is no row.
 */
enum dro_code dro_sql_one(
    struct dro_sql *q, int64_t *value, struct dro_err *err) DRO_MUST_CHECK;

/** dro_sql_get(q, column): text until the next step, or NULL. */
const char *dro_sql_get(const struct dro_sql *q, int column);
int64_t dro_sql_get_int(const struct dro_sql *q, int column);

/** dro_sql_copy(q, column, arena, out, err): text that lives in ${arena}. */
enum dro_code dro_sql_copy(const struct dro_sql *q, int column,
    struct dro_arena *arena, const char **out,
    struct dro_err *err) DRO_MUST_CHECK;

/* Read the current row to ${item}, zeroed; texts live in ${arena}. */
typedef enum dro_code dro_sql_read(const struct dro_sql *q,
    struct dro_arena *arena, void *item, struct dro_err *err);

/**
 * dro_sql_list(q, size, read, arena, n, err):
 * All rows as an array of ${n} items of ${size} octets in ${arena}, and close
 * ${q}.  NULL and what went wrong in ${code}, or when there is no row.
 */
void *dro_sql_list(struct dro_sql *q, size_t size, dro_sql_read *read,
    struct dro_arena *arena, size_t *n, enum dro_code *code,
    struct dro_err *err);

/**
 * dro_seen_policy(seen, p, pct, t):
 * The policy a reporter says it judged by, as far as it can be read.
 */
void dro_seen_policy(
    struct dro_seen *seen, const char *p, const char *pct, const char *t);

/** dro_seen_subs(seen, sp, np): the same of what holds below the domain. */
void dro_seen_subs(struct dro_seen *seen, const char *sp, const char *np);

/** dro_sql_fail(store, rc, err): what SQLite's ${rc} means to a caller. */
enum dro_code dro_sql_fail(
    const struct dro_store *store, int rc, struct dro_err *err);

/** dro_errno_code(errnum): EAUTH, ENOMEM or EIO. */
enum dro_code dro_errno_code(int errnum);

/**
 * dro_tx_begin(store, err):
 * Begin to write: commits a pending batch of reports, takes SQLite's write
 * lock and makes sure that the lease is still ours.
 */
enum dro_code dro_tx_begin(
    struct dro_store *store, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_tx_end(store, code, err):
 * Commit if ${code} is DRO_OK, else roll back; return what came of it.
 */
enum dro_code dro_tx_end(struct dro_store *store, enum dro_code code,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_schema_check(store, err): DRO_ESTATE unless it is ours to read. */
enum dro_code dro_schema_check(
    struct dro_store *store, int64_t *version, struct dro_err *err);

/** dro_schema_migrate(store, version, err): bring it up to this program. */
enum dro_code dro_schema_migrate(struct dro_store *store, int64_t version,
    struct dro_err *err) DRO_MUST_CHECK;

/* The database, and the archive beside it. */
extern const struct dro_schema dro_schema_main, dro_schema_archive;

/** dro_store_connect(store, path, flags, err): open a connection only. */
enum dro_code dro_store_connect(struct dro_store *store, const char *path,
    int flags, struct dro_err *err) DRO_MUST_CHECK;
void dro_store_disconnect(struct dro_store *store);

/**
 * dro_store_check_file(path, err):
 * DRO_ESTATE unless it is a file with something in it: an empty one is a
 * database that lost everything.
 */
enum dro_code dro_store_check_file(
    const char *path, struct dro_err *err) DRO_MUST_CHECK;

/** dro_store_check_length(store, err): DRO_ESTATE if it was cut short. */
enum dro_code dro_store_check_length(
    struct dro_store *store, struct dro_err *err) DRO_MUST_CHECK;

/** dro_store_read(store, err): connect to look, at one moment's content. */
enum dro_code dro_store_read(
    struct dro_store *store, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_store_durable(store, err):
 * Write-ahead log and full synchronisation; pragmas are requests, so what
 * came of them is read back.
 */
enum dro_code dro_store_durable(
    struct dro_store *store, struct dro_err *err) DRO_MUST_CHECK;

/** dro_dbfile_sync(path, flags, err): fsync a file or directory by name. */
enum dro_code dro_dbfile_sync(
    const char *path, int flags, struct dro_err *err) DRO_MUST_CHECK;
/** dro_dbfile_sync_directory(path, err): the one that ${path} lies in. */
enum dro_code dro_dbfile_sync_directory(
    const char *path, struct dro_err *err) DRO_MUST_CHECK;
/** dro_dbfile_remove(path): a database and what SQLite keeps beside it. */
void dro_dbfile_remove(const char *path);
/** dro_dbfile_new(path, err): an empty file (0600) in place of what is there. */
enum dro_code dro_dbfile_new(
    const char *path, struct dro_err *err) DRO_MUST_CHECK;
/** dro_dbfile_make(store, err): store->path with its schema; not connected. */
enum dro_code dro_dbfile_make(
    struct dro_store *store, struct dro_err *err) DRO_MUST_CHECK;
/** dro_dbfile_open(store, version, err): connect to write, durably. */
enum dro_code dro_dbfile_open(struct dro_store *store, int64_t *version,
    struct dro_err *err) DRO_MUST_CHECK;
/** dro_dbfile_settle(store): everything is in the file, nothing in its log. */
void dro_dbfile_settle(struct dro_store *store);

/**
 * dro_archive_open(store, create, out, err):
 * The archive of ${store}, to read or to write as that is; NULL: there is
 * none, and none is to be made.
 */
enum dro_code dro_archive_open(struct dro_store *store, bool create,
    struct dro_store **out, struct dro_err *err) DRO_MUST_CHECK;
/** dro_archive_flush(store, err): commit what dro_archive_put holds back. */
enum dro_code dro_archive_flush(
    struct dro_store *store, struct dro_err *err) DRO_MUST_CHECK;
void dro_archive_close(struct dro_store *store);

/** dro_batch_begin(store, err): join the batch of reports, or begin one. */
enum dro_code dro_batch_begin(
    struct dro_store *store, struct dro_err *err) DRO_MUST_CHECK;

/** dro_lock_take(store, err): the kernel lock, or who has it. */
enum dro_code dro_lock_take(
    struct dro_store *store, struct dro_err *err) DRO_MUST_CHECK;
/** dro_lease_take(store, writer, err): lease, run line and clock. */
enum dro_code dro_lease_take(struct dro_store *store,
    const struct dro_writer *writer, struct dro_err *err) DRO_MUST_CHECK;
void dro_lease_release(struct dro_store *store);

/** dro_domain_id(store, name, id, err): the number of ${name}; made if new. */
enum dro_code dro_domain_id(struct dro_store *store, const char *name,
    int64_t *id, struct dro_err *err) DRO_MUST_CHECK;

enum dro_code dro_reporter_id(struct dro_store *store, const char *name,
    int64_t *id, struct dro_err *err) DRO_MUST_CHECK;
/**
 * dro_identity_id(store, stream, id, err):
 * The number of all names of ${stream} but its address; made if new.
 */
enum dro_code dro_identity_id(struct dro_store *store,
    const struct dro_stream *stream, int64_t *id,
    struct dro_err *err) DRO_MUST_CHECK;
/** dro_names_forget(store): after a rollback none may be remembered. */
void dro_names_forget(struct dro_store *store);

/**
 * dro_number_put(out, value), dro_number_get(in, out):
 * A number as octets, seven bits in each; false if there is no whole one of
 * at most 63 bits.
 */
void dro_number_put(struct dro_buf *out, int64_t value);
bool dro_number_get(struct dro_str *in, int64_t *out);

/**
 * dro_rollup_put(store, domain, ev, from_day, now, err):
 * Keep the evidence that was loaded at ${now} from ${from_day} on.
 * dro_rollup_get(...): the same, ${found} if there is any that is true.
 */
enum dro_code dro_rollup_put(struct dro_store *store, int64_t domain,
    const struct dro_evidence *ev, int32_t from_day, int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;
enum dro_code dro_rollup_get(struct dro_store *store, const char *domain,
    int32_t from_day, int64_t now, struct dro_arena *arena,
    struct dro_evidence *out, bool *found, struct dro_err *err) DRO_MUST_CHECK;

/* One line of a report as it is kept. */
struct dro_packed {
	int64_t identity, pass, fail, unknown;
	struct dro_str ip;
};

#define DRO_IP_MAX 255 /* its length is one octet */
/* 500 000 lines of the longest addresses fit. */
#define DRO_CELLS_MAX ((size_t)48 << 20)

/**
 * dro_cells_add(out, line), dro_cells_next(in, line):
 * Append a line; take the first one off ${in}.  False: there is no whole
 * one, and ${in} is as it was.
 */
void dro_cells_add(struct dro_buf *out, const struct dro_packed *line);
bool dro_cells_next(struct dro_str *in, struct dro_packed *line);

/** dro_sql_cells(q, column): all lines of a report until the next step. */
struct dro_str dro_sql_cells(const struct dro_sql *q, int column);

/** dro_cells_move(store, err): lines of version 1 to where they are now. */
enum dro_code dro_cells_move(
    struct dro_store *store, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_cells_cut(in, out, err):
 * The lines of ${in} with what is left of their addresses: /24 and /48.
 */
enum dro_code dro_cells_cut(
    struct dro_str in, struct dro_buf *out, struct dro_err *err) DRO_MUST_CHECK;

/* "2001:db8:7::/48" */
#define DRO_NETWORK_LEN 50
/** dro_network_of(ip, out): what is left of an address; "" of what is none. */
struct dro_str dro_network_of(struct dro_str ip, char out[DRO_NETWORK_LEN]);
/** dro_report_cut(store, id, cells, err): its lines; ${cells} is room. */
enum dro_code dro_report_cut(struct dro_store *store, int64_t id,
    struct dro_buf *cells, struct dro_err *err) DRO_MUST_CHECK;

/** dro_lines_compare(store, was, is, same, err): whether all lines agree. */
struct dro_stored_report;
enum dro_code dro_lines_compare(struct dro_store *store,
    const struct dro_stored_report *was, const struct dro_report *is,
    bool *same, struct dro_err *err) DRO_MUST_CHECK;

/** dro_authenticated(r): its mail proved who sent it. */
bool dro_authenticated(const struct dro_report *r);
/** dro_reporter_met(store, reporter, domain, now, err): one more report. */
enum dro_code dro_reporter_met(struct dro_store *store, int64_t reporter,
    int64_t domain, int64_t now, struct dro_err *err) DRO_MUST_CHECK;

/** dro_origin_write(store, id, r, err): where report ${id} came from. */
enum dro_code dro_origin_write(struct dro_store *store, int64_t id,
    const struct dro_report *r, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_report_store(store, r, now, out, err):
 * What dro_reports_add does, within the caller's transaction.
 * dro_report_dispute(store, id, err): take it out of the evidence as one of
 * two that contradict each other; doing so again changes nothing.
 */
enum dro_code dro_report_store(struct dro_store *store,
    const struct dro_report *r, int64_t now, enum dro_stored *out,
    struct dro_err *err) DRO_MUST_CHECK;
enum dro_code dro_report_dispute(
    struct dro_store *store, int64_t id, struct dro_err *err) DRO_MUST_CHECK;

/** dro_report_insert(store, r, reporter, now, err): row and cells. */
enum dro_code dro_report_insert(struct dro_store *store,
    const struct dro_report *r, int64_t reporter, int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_rrset_encode(rrset, out, err), dro_rrset_decode(ptr, len, ...):
 * An RRset as octets, without loss.  Decoding trusts nothing: DRO_ESTATE.
 */
enum dro_code dro_rrset_encode(const struct dro_rrset *rrset,
    struct dro_buf *out, struct dro_err *err) DRO_MUST_CHECK;
enum dro_code dro_rrset_decode(const void *ptr, size_t len,
    struct dro_arena *arena, struct dro_rrset *out,
    struct dro_err *err) DRO_MUST_CHECK;
#define DRO_RRSET_ENCODED_MAX                                                  \
	(9 + DRO_DOMAIN_LEN + DRO_RRSET_VALUES_MAX * (2 + DRO_TXT_MAX))

/** dro_rrset_join(rrset, out): the values as a person reads them. */
void dro_rrset_join(const struct dro_rrset *rrset, struct dro_buf *out);

/** dro_sql_rrset(q, column, arena, out, err): decode a column. */
enum dro_code dro_sql_rrset(const struct dro_sql *q, int column,
    struct dro_arena *arena, struct dro_rrset *out,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_sight_load(store, id, arena, out, err): what DNS showed last. */
enum dro_code dro_sight_load(struct dro_store *store, int64_t id,
    struct dro_arena *arena, struct dro_facts *out,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_watch_load(store, id, arena, out, err): own SPF and all watched. */
enum dro_code dro_watch_load(struct dro_store *store, int64_t id,
    struct dro_arena *arena, struct dro_facts *out,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_reverse_load(store, id, arena, out, err): names of addresses. */
enum dro_code dro_reverse_load(struct dro_store *store, int64_t id,
    struct dro_arena *arena, struct dro_facts *out,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_approvals_load(store, id, arena, out, err): every one kept. */
enum dro_code dro_approvals_load(struct dro_store *store, int64_t id,
    struct dro_arena *arena, struct dro_facts *out,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_answers_load(store, id, arena, out, err): every one kept. */
enum dro_code dro_answers_load(struct dro_store *store, int64_t id,
    struct dro_arena *arena, struct dro_facts *out,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_kept_intent(...), dro_kept_verified(...), dro_kept_forget(...):
 * What an operation means for kept.h, within its transaction.
 */
enum dro_code dro_kept_intent(struct dro_store *store, int64_t domain,
    const struct dro_rrset *before, struct dro_err *err) DRO_MUST_CHECK;
enum dro_code dro_kept_verified(struct dro_store *store, int64_t domain,
    const struct dro_rrset *served, const char *lacking, int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;
enum dro_code dro_kept_forget(struct dro_store *store, int64_t domain,
    enum dro_part part, struct dro_err *err) DRO_MUST_CHECK;

/** dro_op_state_name(state): "intent", "sending", ... */
const char *dro_op_state_name(enum dro_op_state state);

/** dro_op_steps_back(kind): true for what opens a cool-down. */
bool dro_op_steps_back(const char *kind);

/* A history line to write; unset members are NULL or 0. */
struct dro_line_out {
	int64_t domain;
	const char *kind;
	const char *from, *to;
	const struct dro_rrset *before, *after;
	const struct dro_actor *actor;
	const char *text;
	int64_t op;
};

/** dro_event_write(store, line, now, err): append within a transaction. */
enum dro_code dro_event_write(struct dro_store *store,
    const struct dro_line_out *line, int64_t now,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_STATE_INTERNAL_H */
