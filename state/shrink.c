#include <string.h>

#include "inputs.h"
#include "internal.h"

/*
 * Pages that removed rows left behind go back to the file system, some in
 * each commit: the last pages of the file move into free ones, and the file
 * is cut.  A crash in between loses nothing, no second copy is needed, and
 * readers look on.
 */

/* ${pragma} as a number; 0 of a file that has none. */
static enum dro_code
look(struct dro_store *file, const char *pragma, int64_t *value,
    struct dro_err *err)
{
	struct dro_sql q;

	*value = 0;
	dro_sql_prepare(&q, file, pragma);
	return (dro_sql_one(&q, value, err));
}

/* Some pages; it works one at each step. */
static enum dro_code
give_back(struct dro_store *file, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;
	bool row;

	dro_sql_open(&q, file, "PRAGMA incremental_vacuum(1024)");
	do
		code = dro_sql_next(&q, &row, err);
	while (code == DRO_OK && row);
	dro_sql_close(&q);
	return (code);
}

static enum dro_code
shrink(struct dro_store *file, int64_t *octets, struct dro_err *err)
{
	int64_t before = 0, after = 0, page;
	enum dro_code code;

	*octets = 0;
	if ((code = look(file, "PRAGMA page_size", &page, err)) != DRO_OK ||
	    (code = dro_tx_begin(file, err)) != DRO_OK)
		return (code);
	if ((code = look(file, "PRAGMA page_count", &before, err)) == DRO_OK &&
	    (code = give_back(file, err)) == DRO_OK)
		code = look(file, "PRAGMA page_count", &after, err);
	if ((code = dro_tx_end(file, code, err)) != DRO_OK)
		return (code);
	*octets = (before - after) * page;
	/* Only then is the file shorter, unless a reader looks on. */
	dro_dbfile_settle(file);
	return (DRO_OK);
}

enum dro_code
dro_db_shrink(
    struct dro_store *store, struct dro_shrunk *out, struct dro_err *err)
{
	struct dro_store *archive;
	enum dro_code code;

	memset(out, 0, sizeof(*out));
	if ((code = dro_reports_flush(store, err)) != DRO_OK ||
	    (code = shrink(store, &out->database, err)) != DRO_OK ||
	    (code = dro_archive_open(store, false, &archive, err)) != DRO_OK ||
	    archive == NULL)
		return (code);
	return (shrink(archive, &out->archive, err));
}
