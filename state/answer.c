#include "internal.h"

/* What persons said about something odd in the reports of a domain. */

#define TEXT_MAX ((size_t)64 << 10) /* of a history line */

static enum dro_code
read_answer(const struct dro_sql *q, struct dro_arena *arena, void *item,
    struct dro_err *err)
{
	struct dro_answered *a = item;
	enum dro_code code;

	a->expires_at = dro_sql_get_int(q, 2);
	if ((code = dro_sql_copy(q, 0, arena, &a->kind, err)) == DRO_OK)
		code = dro_sql_copy(q, 1, arena, &a->key, err);
	return (code);
}

enum dro_code
dro_answers_load(struct dro_store *store, int64_t id, struct dro_arena *arena,
    struct dro_facts *out, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "SELECT kind, key, expires_at FROM answer"
	    " WHERE domain = ? ORDER BY kind, key");
	dro_sql_int(&q, id);
	out->answers = dro_sql_list(&q, sizeof(*out->answers), read_answer,
	    arena, &out->n_answers, &code, err);
	return (code);
}

static enum dro_code
answer(struct dro_store *store, struct dro_line_out *line,
    const struct dro_answered *a, const char *reason, int64_t now,
    struct dro_err *err)
{
	enum dro_code code;
	struct dro_buf text;
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "INSERT OR REPLACE INTO answer (domain, kind, key, uid, user, host,"
	    " at, expires_at, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
	dro_sql_int(&q, line->domain);
	dro_sql_text(&q, a->kind);
	dro_sql_text(&q, a->key);
	dro_sql_int(&q, line->actor->uid);
	dro_sql_text(&q, line->actor->user);
	dro_sql_text(&q, line->actor->host);
	dro_sql_int(&q, now);
	dro_sql_int(&q, a->expires_at);
	dro_sql_text(&q, reason);
	if ((code = dro_sql_run(&q, err)) != DRO_OK)
		return (code);
	dro_buf_init(&text, TEXT_MAX);
	dro_buf_addf(&text, "%s %s: %s", a->kind, a->key, reason);
	if ((code = dro_buf_check(&text, "answer", err)) == DRO_OK) {
		line->text = text.ptr;
		code = dro_event_write(store, line, now, err);
	}
	dro_buf_finish(&text);
	return (code);
}

enum dro_code
dro_facts_answer(struct dro_store *store, const char *domain,
    const struct dro_answered *answers, size_t n, const struct dro_actor *actor,
    const char *reason, int64_t now, struct dro_err *err)
{
	struct dro_line_out line = {.kind = "answered", .actor = actor};
	enum dro_code code;
	size_t i;

	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	code = dro_domain_id(store, domain, &line.domain, err);
	for (i = 0; code == DRO_OK && i < n; i++)
		code = answer(store, &line, &answers[i], reason, now, err);
	return (dro_tx_end(store, code, err));
}
