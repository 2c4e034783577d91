#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/date.h"

#include "internal.h"

#define HOST_LEN 256
#define BOOT_ID_LEN 40

/* Say who has the lock, from the lease in the database it guards. */
static enum dro_code
locked_out(const struct dro_store *store, struct dro_err *err)
{
	struct dro_store look = {.schema = &dro_schema_main, .lock_fd = -1};
	char since[DRO_DATE_LEN];
	struct dro_sql q;
	bool row = false;

	(void)dro_err_set(err, DRO_ECONFLICT,
	    "%s: another run holds the lock and is just starting; wait for it",
	    store->path);
	(void)snprintf(look.path, sizeof(look.path), "%s", store->path);
	if (dro_store_read(&look, NULL) == DRO_OK) {
		dro_sql_open(&q, &look,
		    "SELECT verb, pid, host, since FROM lease WHERE held = 1");
		if (dro_sql_next(&q, &row, NULL) == DRO_OK && row)
			(void)dro_err_set(err, DRO_ECONFLICT,
			    "%s: another run holds the lock: %.40s, pid %lld "
			    "on %.80s, since %s; wait until it has ended",
			    store->path, dro_sql_get(&q, 0),
			    (long long)dro_sql_get_int(&q, 1),
			    dro_sql_get(&q, 2),
			    dro_date_format(dro_sql_get_int(&q, 3), since));
		dro_sql_close(&q);
	}
	dro_store_disconnect(&look);
	return (DRO_ECONFLICT);
}

enum dro_code
dro_lock_take(struct dro_store *store, struct dro_err *err)
{
	char path[PATH_MAX + 8];

	(void)snprintf(path, sizeof(path), "%s.lock", store->path);
	store->lock_fd =
	    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (store->lock_fd < 0)
		return (dro_err_set(err, dro_errno_code(errno),
		    "%s: %s; run as the owner of the database", path,
		    strerror(errno)));
	/* The kernel lets go of it when the process ends, however it ends. */
	if (flock(store->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return (DRO_OK);
	if (errno == EWOULDBLOCK)
		return (locked_out(store, err));
	return (dro_err_set(err, dro_errno_code(errno), "%s: flock: %s", path,
	    strerror(errno)));
}

/* The kernel's name for this boot, so that an old pid means nothing. */
static void
read_boot_id(char out[BOOT_ID_LEN])
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	out[0] = '\0';
	if (f == NULL)
		return;
	if (fgets(out, BOOT_ID_LEN, f) == NULL)
		out[0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	(void)fclose(f);
}

/* A database lives in one kind of time, and that time does not go back. */
static enum dro_code
check_clock(struct dro_store *store, const struct dro_writer *writer,
    struct dro_err *err)
{
	const char *clock = writer->virtual_clock ? "virtual" : "real";
	char last[DRO_DATE_LEN], now[DRO_DATE_LEN];
	enum dro_code code;
	struct dro_sql q;
	bool row;

	dro_sql_open(&q, store, "SELECT clock, last_now FROM meta");
	code = dro_sql_next(&q, &row, err);
	if (code != DRO_OK || !row)
		goto out;
	if (strcmp(dro_sql_get(&q, 0), clock) != 0)
		code = dro_err_set(err, DRO_EINVAL,
		    "%s: made with the %s clock, opened with the %s one; set "
		    "clock: %s, or name another database",
		    store->path, dro_sql_get(&q, 0), clock, dro_sql_get(&q, 0));
	else if (writer->now < dro_sql_get_int(&q, 1))
		code = dro_err_set(err, DRO_EINVAL,
		    "%s: now is %s, before the last run at %s; correct the "
		    "clock, or, if it was that run's that was wrong, restore "
		    "a backup from before it",
		    store->path, dro_date_format(writer->now, now),
		    dro_date_format(dro_sql_get_int(&q, 1), last));
out:
	dro_sql_close(&q);
	return (code);
}

static enum dro_code
write_clock(struct dro_store *store, const struct dro_writer *writer,
    struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "INSERT INTO meta (id, clock, last_now) VALUES (1, ?, ?)"
	    " ON CONFLICT (id) DO UPDATE SET last_now = excluded.last_now");
	dro_sql_text(&q, writer->virtual_clock ? "virtual" : "real");
	dro_sql_int(&q, writer->now);
	return (dro_sql_run(&q, err));
}

/* Open a run; its number is the fence. */
static enum dro_code
write_lease(struct dro_store *store, const struct dro_writer *writer,
    int64_t *fence, struct dro_err *err)
{
	char host[HOST_LEN], boot[BOOT_ID_LEN];
	enum dro_code code;
	struct dro_sql q;

	dro_sql_open(&q, store, "INSERT INTO run (verb, at) VALUES (?, ?)");
	dro_sql_text(&q, writer->verb);
	dro_sql_int(&q, writer->now);
	if ((code = dro_sql_run(&q, err)) != DRO_OK)
		return (code);
	*fence = sqlite3_last_insert_rowid(store->db);
	if (gethostname(host, sizeof(host)) != 0)
		host[0] = '\0';
	host[sizeof(host) - 1] = '\0';
	read_boot_id(boot);
	dro_sql_open(&q, store,
	    "INSERT OR REPLACE INTO lease"
	    " (id, fence, held, verb, pid, host, boot_id, since)"
	    " VALUES (1, ?, 1, ?, ?, ?, ?, ?)");
	dro_sql_int(&q, *fence);
	dro_sql_text(&q, writer->verb);
	dro_sql_int(&q, getpid());
	dro_sql_text(&q, host);
	dro_sql_text(&q, boot);
	dro_sql_int(&q, writer->now);
	return (dro_sql_run(&q, err));
}

enum dro_code
dro_lease_take(struct dro_store *store, const struct dro_writer *writer,
    struct dro_err *err)
{
	enum dro_code code;
	int64_t fence = 0;

	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	if ((code = check_clock(store, writer, err)) == DRO_OK &&
	    (code = write_clock(store, writer, err)) == DRO_OK)
		code = write_lease(store, writer, &fence, err);
	if ((code = dro_tx_end(store, code, err)) == DRO_OK)
		store->fence = fence;
	return (code);
}

/* A transaction still open is given up: nobody asked to keep it. */
void
dro_lease_release(struct dro_store *store)
{
	struct dro_sql q;

	if (!sqlite3_get_autocommit(store->db)) {
		dro_sql_open(&q, store, "ROLLBACK");
		dro_sql_try(&q);
	}
	dro_sql_open(&q, store, "UPDATE lease SET held = 0 WHERE fence = ?");
	dro_sql_int(&q, store->fence);
	/* A lease left behind only costs the next run a wrong name. */
	dro_sql_try(&q);
	dro_dbfile_settle(store);
}

enum dro_code
dro_store_run_end(struct dro_store *store, const char *result, int64_t changes,
    struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	dro_sql_open(&q, store,
	    "UPDATE run SET result = ?, changes = ?"
	    " WHERE id = ? AND result IS NULL");
	dro_sql_text(&q, result);
	dro_sql_int(&q, changes);
	dro_sql_int(&q, store->fence);
	code = dro_sql_run(&q, err);
	if (code == DRO_OK && sqlite3_changes(store->db) == 0)
		code = dro_err_set(err, DRO_ESTATE, "%s: run %lld has ended",
		    store->path, (long long)store->fence);
	return (dro_tx_end(store, code, err));
}

enum dro_code
dro_store_last_run(struct dro_store *store, const char *verb,
    struct dro_arena *arena, struct dro_run *out, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;
	bool row;

	memset(out, 0, sizeof(*out));
	dro_sql_open(&q, store,
	    "SELECT id, verb, at, result, changes FROM run"
	    " WHERE verb = ? ORDER BY id DESC LIMIT 1");
	dro_sql_text(&q, verb);
	code = dro_sql_next(&q, &row, err);
	if (code == DRO_OK && !row)
		code = dro_err_set(err, DRO_ENOTFOUND, "%s: %s has never run",
		    store->path, verb);
	if (code == DRO_OK) {
		out->id = dro_sql_get_int(&q, 0);
		out->at = dro_sql_get_int(&q, 2);
		out->changes = dro_sql_get_int(&q, 4);
		if ((code = dro_sql_copy(&q, 1, arena, &out->verb, err)) ==
		    DRO_OK)
			code = dro_sql_copy(&q, 3, arena, &out->result, err);
	}
	dro_sql_close(&q);
	return (code);
}
