#include <string.h>

#include "inputs.h"
#include "internal.h"

/* How far reading has come: inputs, and mailboxes. */

enum dro_code
dro_input_known(struct dro_store *store, const unsigned char hash[DRO_HASH_LEN],
    enum dro_trust trust, struct dro_known_input *out, bool *known,
    struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	memset(out, 0, sizeof(*out));
	dro_sql_open(&q, store,
	    "SELECT reports FROM input WHERE hash = ? AND trust >= ?");
	dro_sql_blob(&q, hash, DRO_HASH_LEN);
	dro_sql_int(&q, trust);
	code = dro_sql_next(&q, known, err);
	if (*known)
		out->reports = dro_sql_get_int(&q, 0);
	dro_sql_close(&q);
	return (code);
}

enum dro_code
dro_input_note(struct dro_store *store, const unsigned char hash[DRO_HASH_LEN],
    enum dro_trust trust, int64_t reports, int64_t now, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	if ((code = dro_batch_begin(store, err)) != DRO_OK)
		return (code);
	dro_sql_open(&q, store,
	    "INSERT INTO input (hash, trust, reports, at) VALUES (?, ?, ?, ?)"
	    " ON CONFLICT (hash) DO UPDATE SET"
	    " trust = max(trust, excluded.trust), reports = excluded.reports");
	dro_sql_blob(&q, hash, DRO_HASH_LEN);
	dro_sql_int(&q, trust);
	dro_sql_int(&q, reports);
	dro_sql_int(&q, now);
	return (dro_sql_run(&q, err));
}

enum dro_code
dro_mailbox_load(struct dro_store *store, const char *source,
    struct dro_mailbox *out, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;
	bool row;

	memset(out, 0, sizeof(*out));
	dro_sql_open(
	    &q, store, "SELECT uidvalidity, uid FROM mailbox WHERE source = ?");
	dro_sql_text(&q, source);
	code = dro_sql_next(&q, &row, err);
	if (row) {
		out->uidvalidity = dro_sql_get_int(&q, 0);
		out->uid = dro_sql_get_int(&q, 1);
	}
	dro_sql_close(&q);
	return (code);
}

enum dro_code
dro_mailbox_save(struct dro_store *store, const char *source,
    const struct dro_mailbox *box, int64_t now, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	dro_sql_open(&q, store,
	    "INSERT OR REPLACE INTO mailbox (source, uidvalidity, uid, at)"
	    " VALUES (?, ?, ?, ?)");
	dro_sql_text(&q, source);
	dro_sql_int(&q, box->uidvalidity);
	dro_sql_int(&q, box->uid);
	dro_sql_int(&q, now);
	return (dro_tx_end(store, dro_sql_run(&q, err), err));
}
