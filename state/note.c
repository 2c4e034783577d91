#include "internal.h"

/* Lines about an operation that change nothing about it. */

enum dro_code
dro_op_note(struct dro_store *store, const struct dro_op *op, const char *kind,
    const char *text, int64_t now, struct dro_err *err)
{
	struct dro_line_out line = {.kind = kind,
	    .from = op->from,
	    .to = op->to,
	    .op = op->id,
	    .text = text};
	enum dro_code code;

	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	code = dro_domain_id(store, op->domain, &line.domain, err);
	if (code == DRO_OK)
		code = dro_event_write(store, &line, now, err);
	return (dro_tx_end(store, code, err));
}

enum dro_code
dro_op_noted(struct dro_store *store, const struct dro_op *op, const char *kind,
    int64_t *at, struct dro_err *err)
{
	struct dro_sql q;

	*at = 0;
	dro_sql_open(&q, store,
	    "SELECT coalesce(max(at), 0) FROM event"
	    " WHERE domain = (SELECT id FROM domain WHERE name = ?)"
	    " AND op = ? AND kind = ?");
	dro_sql_text(&q, op->domain);
	dro_sql_int(&q, op->id);
	dro_sql_text(&q, kind);
	return (dro_sql_one(&q, at, err));
}
