#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/evp.h>

#include "inputs.h"
#include "internal.h"
#include "originals.h"

/*
 * Originals, in a file of their own: nobody who decides reads them, and what
 * is read stays small.  They are committed before the reports that refer to
 * them, by a connection of their own: with ATTACH, SQLite would commit the
 * database first.
 */

/* The longest that one may be; a mail is shorter (DRO_MAIL_MAX). */
#define ORIGINAL_MAX ((size_t)63 << 20)

static enum dro_code
hash_of(const void *ptr, size_t len, unsigned char out[DRO_HASH_LEN],
    struct dro_err *err)
{
	unsigned n = 0;

	if (EVP_Digest(ptr, len, out, &n, EVP_sha256(), NULL) != 1 ||
	    n != DRO_HASH_LEN)
		return (dro_err_nomem(err));
	return (DRO_OK);
}

static enum dro_code
connect_archive(
    struct dro_store *archive, bool writer, bool exists, struct dro_err *err)
{
	enum dro_code code;
	int64_t version;

	if (!writer)
		return (dro_store_read(archive, err));
	if ((!exists && (code = dro_dbfile_make(archive, err)) != DRO_OK) ||
	    (code = dro_dbfile_open(archive, &version, err)) != DRO_OK)
		return (code);
	return (dro_schema_migrate(archive, version, err));
}

enum dro_code
dro_archive_open(struct dro_store *store, bool create, struct dro_store **out,
    struct dro_err *err)
{
	struct dro_store *archive;
	enum dro_code code;
	struct stat sb;
	bool exists;
	int n;

	if ((*out = store->archive) != NULL)
		return (DRO_OK);
	if ((archive = calloc(1, sizeof(*archive))) == NULL)
		return (dro_err_nomem(err));
	archive->lock_fd = -1;
	archive->schema = &dro_schema_archive;
	n = snprintf(archive->path, sizeof(archive->path), "%s" DRO_ARCHIVE,
	    store->path);
	exists = stat(archive->path, &sb) == 0;
	if (n < 0 || (size_t)n >= sizeof(archive->path))
		code = dro_err_set(err, DRO_EINVAL,
		    "%.200s: too long for the name of an archive beside it",
		    store->path);
	else if (!exists && (errno != ENOENT || !create)) {
		code = errno == ENOENT
		    ? DRO_OK
		    : dro_err_set(err, dro_errno_code(errno), "%s: %s",
			  archive->path, strerror(errno));
		free(archive);
		return (code);
	} else
		code =
		    connect_archive(archive, store->lock_fd >= 0, exists, err);
	store->archive = archive;
	if (code != DRO_OK)
		dro_archive_close(store);
	*out = store->archive;
	return (code);
}

void
dro_archive_close(struct dro_store *store)
{
	struct dro_store *archive = store->archive;
	struct dro_sql q;

	if (archive == NULL)
		return;
	if (store->archive_open) {
		dro_sql_open(&q, archive, "ROLLBACK");
		dro_sql_try(&q);
		store->archive_open = false;
	}
	if (store->lock_fd >= 0 && archive->db != NULL)
		dro_dbfile_settle(archive);
	dro_store_disconnect(archive);
	free(archive);
	store->archive = NULL;
}

enum dro_code
dro_archive_flush(struct dro_store *store, struct dro_err *err)
{
	if (!store->archive_open)
		return (DRO_OK);
	store->archive_open = false;
	return (dro_tx_end(store->archive, DRO_OK, err));
}

static enum dro_code
insert(struct dro_store *archive, const void *ptr, size_t len,
    const unsigned char hash[DRO_HASH_LEN], int64_t now, struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, archive,
	    "INSERT INTO original (hash, at, octets) VALUES (?, ?, ?)"
	    " ON CONFLICT (hash) DO NOTHING");
	dro_sql_blob(&q, hash, DRO_HASH_LEN);
	dro_sql_int(&q, now);
	dro_sql_blob(&q, ptr, len);
	return (dro_sql_run(&q, err));
}

enum dro_code
dro_archive_put(struct dro_store *store, const void *ptr, size_t len,
    unsigned char hash[DRO_HASH_LEN], int64_t now, struct dro_err *err)
{
	enum dro_code code;

	if (len <= ORIGINAL_MAX &&
	    (code = hash_of(ptr, len, hash, err)) != DRO_OK)
		return (code);
	return (dro_archive_keep(store, ptr, len, hash, now, err));
}

enum dro_code
dro_archive_keep(struct dro_store *store, const void *ptr, size_t len,
    const unsigned char hash[DRO_HASH_LEN], int64_t now, struct dro_err *err)
{
	struct dro_store *archive;
	enum dro_code code;

	if (store->lost.code != DRO_OK)
		return (
		    dro_err_set(err, store->lost.code, "%s", store->lost.msg));
	if (len > ORIGINAL_MAX)
		return (dro_err_set(err, DRO_ELIMIT,
		    "%s: an original of %zu octets; at most %zu are kept",
		    store->path, len, ORIGINAL_MAX));
	if ((code = dro_archive_open(store, true, &archive, err)) != DRO_OK)
		return (code);
	if (!store->archive_open) {
		if ((code = dro_tx_begin(archive, err)) != DRO_OK)
			return (code);
		store->archive_open = true;
	}
	return (insert(archive, len > 0 ? ptr : "", len, hash, now, err));
}

enum dro_code
dro_archive_get(struct dro_store *store, const unsigned char hash[DRO_HASH_LEN],
    struct dro_buf *out, enum dro_original_state *state, struct dro_err *err)
{
	unsigned char is[DRO_HASH_LEN];
	struct dro_store *archive;
	enum dro_code code;
	struct dro_sql q;
	bool row;

	*state = DRO_ORIGINAL_MISSING;
	dro_buf_reset(out);
	if ((code = dro_archive_open(store, false, &archive, err)) != DRO_OK ||
	    archive == NULL)
		return (code);
	dro_sql_open(&q, archive, "SELECT octets FROM original WHERE hash = ?");
	dro_sql_blob(&q, hash, DRO_HASH_LEN);
	code = dro_sql_next(&q, &row, err);
	if (row)
		dro_buf_add(out, sqlite3_column_blob(q.stmt, 0),
		    (size_t)sqlite3_column_bytes(q.stmt, 0));
	dro_sql_close(&q);
	/* A page that cannot be read; others may be whole. */
	if (code == DRO_ESTATE) {
		*state = DRO_ORIGINAL_DAMAGED;
		return (DRO_OK);
	}
	if (code != DRO_OK || !row)
		return (code);
	if (out->failed)
		return (dro_err_nomem(err));
	if ((code = hash_of(out->len > 0 ? out->ptr : "", out->len, is, err)) ==
	    DRO_OK)
		*state = memcmp(is, hash, sizeof(is)) == 0
		    ? DRO_ORIGINAL_THERE
		    : DRO_ORIGINAL_DAMAGED;
	return (code);
}
