#include "internal.h"

/* Names that recur are kept once and referred to by number. */

enum dro_code
dro_domain_id(
    struct dro_store *store, const char *name, int64_t *id, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	*id = 0;
	dro_sql_open(&q, store, "SELECT id FROM domain WHERE name = ?");
	dro_sql_text(&q, name);
	if ((code = dro_sql_one(&q, id, err)) != DRO_OK || *id != 0)
		return (code);
	dro_sql_open(&q, store, "INSERT INTO domain (name) VALUES (?)");
	dro_sql_text(&q, name);
	code = dro_sql_run(&q, err);
	*id = sqlite3_last_insert_rowid(store->db);
	return (code);
}

enum dro_code
dro_reporter_id(
    struct dro_store *store, const char *name, int64_t *id, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	*id = 0;
	dro_sql_open(&q, store, "SELECT id FROM reporter WHERE name = ?");
	dro_sql_text(&q, name);
	if ((code = dro_sql_one(&q, id, err)) != DRO_OK || *id != 0)
		return (code);
	dro_sql_open(&q, store, "INSERT INTO reporter (name) VALUES (?)");
	dro_sql_text(&q, name);
	code = dro_sql_run(&q, err);
	*id = sqlite3_last_insert_rowid(store->db);
	return (code);
}

static void
bind_stream(struct dro_sql *q, const struct dro_stream *s)
{
	dro_sql_text(q, s->ip);
	dro_sql_text(q, s->dkim);
	dro_sql_text(q, s->selector);
	dro_sql_text(q, s->dkim_other);
	dro_sql_text(q, s->mail_from);
	dro_sql_text(q, s->claim);
	dro_sql_text(q, s->claim_selector);
}

enum dro_code
dro_stream_id(struct dro_store *store, const struct dro_stream *stream,
    int64_t *id, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	*id = 0;
	dro_sql_open(&q, store,
	    "SELECT id FROM stream WHERE ip = ? AND dkim = ?"
	    " AND selector = ? AND dkim_other = ? AND mail_from = ?"
	    " AND claim = ? AND claim_selector = ?");
	bind_stream(&q, stream);
	if ((code = dro_sql_one(&q, id, err)) != DRO_OK || *id != 0)
		return (code);
	dro_sql_open(&q, store,
	    "INSERT INTO stream (ip, dkim, selector, dkim_other, mail_from,"
	    " claim, claim_selector) VALUES (?, ?, ?, ?, ?, ?, ?)");
	bind_stream(&q, stream);
	code = dro_sql_run(&q, err);
	*id = sqlite3_last_insert_rowid(store->db);
	return (code);
}
