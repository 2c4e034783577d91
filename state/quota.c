#include <string.h>

#include "inputs.h"
#include "internal.h"

/* What senders without a name of theirs have sent today. */

enum dro_code
dro_quota_load(struct dro_store *store, const char *sender, int32_t day,
    struct dro_quota *out, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;
	bool row;

	memset(out, 0, sizeof(*out));
	dro_sql_open(&q, store,
	    "SELECT mails, octets FROM quota WHERE day = ? AND sender = ?");
	dro_sql_int(&q, day);
	dro_sql_text(&q, sender);
	code = dro_sql_next(&q, &row, err);
	if (row) {
		out->mails = dro_sql_get_int(&q, 0);
		out->octets = dro_sql_get_int(&q, 1);
	}
	dro_sql_close(&q);
	return (code);
}

enum dro_code
dro_quota_note(struct dro_store *store, const char *sender, int32_t day,
    int64_t octets, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	if ((code = dro_batch_begin(store, err)) != DRO_OK)
		return (code);
	dro_sql_open(&q, store, "DELETE FROM quota WHERE day < ?");
	dro_sql_int(&q, day);
	if ((code = dro_sql_run(&q, err)) != DRO_OK)
		return (code);
	dro_sql_open(&q, store,
	    "INSERT INTO quota (day, sender, mails, octets)"
	    " VALUES (?, ?, 1, ?) ON CONFLICT (day, sender) DO UPDATE SET"
	    " mails = mails + 1, octets = octets + excluded.octets");
	dro_sql_int(&q, day);
	dro_sql_text(&q, sender);
	dro_sql_int(&q, octets);
	return (dro_sql_run(&q, err));
}
