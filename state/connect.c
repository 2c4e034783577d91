#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

/* A writer waits so long for a reader that holds SQLite's lock. */
#define BUSY_MS 2000
/* Far above anything kept, far below what could hurt. */
#define VALUE_MAX (64 * 1024 * 1024)

/*
 * SQLite gives names such as ":memory:" a meaning of their own; a URI with
 * every special octet encoded has none.
 */
static enum dro_code
make_uri(
    const char *path, bool immutable, struct dro_buf *out, struct dro_err *err)
{
	const unsigned char *p = (const unsigned char *)path;

	dro_buf_adds(out, "file:");
	for (; *p != '\0'; p++)
		if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		    (*p >= '0' && *p <= '9'))
			dro_buf_addc(out, (char)*p);
		else
			dro_buf_addf(out, "%%%02x", *p);
	if (immutable)
		dro_buf_adds(out, "?immutable=1");
	return (dro_buf_check(out, "path of the database", err));
}

/* Set what must hold for every connection, writer or reader. */
static enum dro_code
harden(struct dro_store *store, bool reader, struct dro_err *err)
{
	static const struct {
		int option, value;
	} options[] = {
	    {SQLITE_DBCONFIG_DEFENSIVE, 1},
	    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
	    {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
	};
	struct dro_sql q;
	enum dro_code code;
	size_t i;
	int rc = SQLITE_OK;

	for (i = 0; rc == SQLITE_OK && i < DRO_ARRAY_LEN(options); i++)
		rc = sqlite3_db_config(store->db, options[i].option,
		    options[i].value, (int *)NULL);
	if (rc == SQLITE_OK && reader)
		rc = sqlite3_db_config(store->db,
		    SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(store->db, BUSY_MS);
	if (rc != SQLITE_OK)
		return (dro_sql_fail(store, rc, err));
	(void)sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, VALUE_MAX);
	dro_sql_open(&q, store, "PRAGMA cell_size_check = ON");
	if ((code = dro_sql_run(&q, err)) != DRO_OK)
		return (code);
	dro_sql_open(&q, store, "PRAGMA mmap_size = 0");
	if ((code = dro_sql_run(&q, err)) != DRO_OK)
		return (code);
	/* What is removed for privacy must not stay in free pages. */
	dro_sql_open(&q, store, "PRAGMA secure_delete = ON");
	if ((code = dro_sql_run(&q, err)) != DRO_OK)
		return (code);
	/*
	 * Who stores touches the ends of tables and a few pages of each index:
	 * with 16 MiB no fewer pages were read.  Originals of a commit fit.
	 * Who only reads goes over most pages once, and those of the system
	 * are at hand.
	 */
	if (!reader && store->schema == &dro_schema_main)
		dro_sql_open(&q, store, "PRAGMA cache_size = -4096");
	else
		dro_sql_open(&q, store, "PRAGMA cache_size = -2048");
	if ((code = dro_sql_run(&q, err)) != DRO_OK)
		return (code);
	/* Sorting must not write files either. */
	dro_sql_open(&q, store, "PRAGMA temp_store = MEMORY");
	return (dro_sql_run(&q, err));
}

/*
 * Without a write-ahead log beside it (a copy, a restored backup, a medium
 * that cannot be written) SQLite would create one to read; immutable does
 * without.
 */
static bool
has_log(const char *path, off_t *size)
{
	char log[PATH_MAX + 8];
	struct stat sb;

	*size = 0;
	(void)snprintf(log, sizeof(log), "%s-wal", path);
	if (stat(log, &sb) != 0)
		return (false);
	*size = sb.st_size;
	return (true);
}

enum dro_code
dro_store_connect(
    struct dro_store *store, const char *path, int flags, struct dro_err *err)
{
	bool reader = (flags & SQLITE_OPEN_READONLY) != 0;
	struct dro_buf uri;
	enum dro_code code;
	off_t size;
	int rc;

	/* Its counters take a lock for each allocation; refused once in use. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	dro_buf_init(&uri, (size_t)3 * PATH_MAX + 32);
	code = make_uri(path, reader && !has_log(path, &size), &uri, err);
	if (code == DRO_OK) {
		rc = sqlite3_open_v2(uri.ptr, &store->db,
		    flags | SQLITE_OPEN_URI | SQLITE_OPEN_PRIVATECACHE |
			SQLITE_OPEN_NOMUTEX,
		    NULL);
		code = rc == SQLITE_OK ? harden(store, reader, err)
				       : dro_sql_fail(store, rc, err);
	}
	dro_buf_finish(&uri);
	return (code);
}

void
dro_store_disconnect(struct dro_store *store)
{
	size_t i;

	for (i = 0; i < store->n_cached; i++)
		(void)sqlite3_finalize(store->cached[i].stmt);
	store->n_cached = 0;
	dro_names_forget(store);
	(void)sqlite3_close(store->db);
	store->db = NULL;
}

enum dro_code
dro_store_check_file(const char *path, struct dro_err *err)
{
	struct stat sb;

	if (stat(path, &sb) != 0)
		return (dro_err_set(err, dro_errno_code(errno), "%s: %s", path,
		    strerror(errno)));
	if (!S_ISREG(sb.st_mode))
		return (dro_err_set(err, DRO_ESTATE,
		    "%s: not a file; name another database", path));
	if (sb.st_size == 0)
		return (dro_err_set(err, DRO_ESTATE,
		    "%s: empty, no database; restore a backup, or remove the "
		    "file to start anew",
		    path));
	return (DRO_OK);
}

/*
 * SQLite reads a last page that was cut short as if zeros followed.  With
 * frames in the log a short page may be one that a crash left to be redone.
 */
enum dro_code
dro_store_check_length(struct dro_store *store, struct dro_err *err)
{
	enum dro_code code;
	int64_t page_size = 0;
	struct dro_sql q;
	struct stat sb;
	off_t log;

	dro_sql_open(&q, store, "PRAGMA page_size");
	if ((code = dro_sql_one(&q, &page_size, err)) != DRO_OK)
		return (code);
	if (stat(store->path, &sb) != 0)
		return (dro_err_set(err, dro_errno_code(errno), "%s: %s",
		    store->path, strerror(errno)));
	(void)has_log(store->path, &log);
	if (log == 0 && page_size > 0 && sb.st_size % page_size != 0)
		return (dro_err_set(err, DRO_ESTATE,
		    "%s: damaged: %lld octets are no whole number of pages; "
		    "restore a backup",
		    store->path, (long long)sb.st_size));
	return (DRO_OK);
}

/* The snapshot is taken here: a reader sees one moment, however long. */
static enum dro_code
begin_reading(struct dro_store *store, struct dro_err *err)
{
	struct dro_sql q;
	enum dro_code code;
	int64_t version;

	dro_sql_open(&q, store, "BEGIN");
	if ((code = dro_sql_run(&q, err)) != DRO_OK)
		return (code);
	if ((code = dro_schema_check(store, &version, err)) != DRO_OK ||
	    (code = dro_store_check_length(store, err)) != DRO_OK)
		return (code);
	if (version < store->schema->version)
		return (dro_err_set(err, DRO_ESTATE,
		    "%s: schema %lld is older than this program, which reads "
		    "%lld; run ingest or advance once to bring it up to date",
		    store->path, (long long)version,
		    (long long)store->schema->version));
	return (DRO_OK);
}

enum dro_code
dro_store_read(struct dro_store *store, struct dro_err *err)
{
	enum dro_code code;

	if ((code = dro_store_check_file(store->path, err)) != DRO_OK)
		return (code);
	code = dro_store_connect(store, store->path, SQLITE_OPEN_READONLY, err);
	return (code == DRO_OK ? begin_reading(store, err) : code);
}

enum dro_code
dro_store_durable(struct dro_store *store, struct dro_err *err)
{
	struct dro_sql q;
	enum dro_code code;
	const char *mode;
	int64_t sync = -1, keys = -1, pages = 0;
	bool row, wal;

	dro_sql_open(&q, store, "PRAGMA journal_mode = WAL");
	code = dro_sql_next(&q, &row, err);
	wal = row && (mode = dro_sql_get(&q, 0)) != NULL &&
	    strcmp(mode, "wal") == 0;
	dro_sql_close(&q);
	if (code != DRO_OK)
		return (code);
	dro_sql_open(&q, store, "PRAGMA synchronous = FULL");
	if ((code = dro_sql_run(&q, err)) != DRO_OK)
		return (code);
	dro_sql_open(&q, store, "PRAGMA synchronous");
	if ((code = dro_sql_one(&q, &sync, err)) != DRO_OK)
		return (code);
	dro_sql_open(&q, store, "PRAGMA foreign_keys");
	if ((code = dro_sql_one(&q, &keys, err)) != DRO_OK)
		return (code);
	/* A page that each commit changes is copied back once in 4 000. */
	dro_sql_open(&q, store, "PRAGMA wal_autocheckpoint = 4000");
	if ((code = dro_sql_one(&q, &pages, err)) != DRO_OK)
		return (code);
	if (!wal || sync != 2 || keys != 1)
		return (dro_err_set(err, DRO_ESTATE,
		    "%s: cannot be made durable: WAL %d, synchronous %lld "
		    "(2), foreign keys %lld (1); move it to a local disk",
		    store->path, wal, (long long)sync, (long long)keys));
	return (DRO_OK);
}
