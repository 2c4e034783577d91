#include "internal.h"

/* What persons hold back: one domain, all of a client, or everything. */

/* Every domain that is held has it in its own history. */
static enum dro_code
write_lines(struct dro_store *store, struct dro_line_out *line,
    const char *const *domains, size_t n, int64_t now, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	size_t i;

	for (i = 0; i < n && code == DRO_OK; i++) {
		code = dro_domain_id(store, domains[i], &line->domain, err);
		if (code == DRO_OK)
			code = dro_event_write(store, line, now, err);
	}
	return (code);
}

static enum dro_code
insert(struct dro_store *store, const struct dro_pause *pause,
    const struct dro_actor *actor, int64_t now, struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "INSERT OR REPLACE INTO pause (scope, name, reason, uid, user,"
	    " host, since, until) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
	dro_sql_int(&q, pause->scope);
	dro_sql_text(&q, pause->name);
	dro_sql_text(&q, pause->reason);
	dro_sql_int(&q, actor->uid);
	dro_sql_text(&q, actor->user);
	dro_sql_text(&q, actor->host);
	dro_sql_int(&q, now);
	dro_sql_int(&q, pause->until);
	return (dro_sql_run(&q, err));
}

enum dro_code
dro_pause_set(struct dro_store *store, const struct dro_pause *pause,
    const char *const *domains, size_t n, const struct dro_actor *actor,
    int64_t now, struct dro_err *err)
{
	struct dro_line_out line = {
	    .kind = "paused", .actor = actor, .text = pause->reason};
	enum dro_code code;

	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	code = insert(store, pause, actor, now, err);
	if (code == DRO_OK)
		code = write_lines(store, &line, domains, n, now, err);
	return (dro_tx_end(store, code, err));
}

/* One that is over by its own date is no longer there to be ended. */
static enum dro_code delete (struct dro_store *store,
    enum dro_pause_scope scope, const char *name, int64_t now,
    struct dro_err *err) {
	enum dro_code code; struct dro_sql q;

	dro_sql_open(&q, store,
	    "DELETE FROM pause WHERE scope = ? AND name = ?"
	    " AND (until = 0 OR until > ?)");
	dro_sql_int(&q, scope);
	dro_sql_text(&q, name);
	dro_sql_int(&q, now);
	if ((code = dro_sql_run(&q, err)) != DRO_OK) return (code);
	if (sqlite3_changes(store->db) == 0) return (dro_err_set(err,
	    DRO_ENOTFOUND, "%s: is not paused; nothing to resume",
	    scope == DRO_PAUSE_ALL ? "all" : name));
	return (DRO_OK);
}

enum dro_code
dro_pause_end(struct dro_store *store, enum dro_pause_scope scope,
    const char *name, const char *const *domains, size_t n,
    const struct dro_actor *actor, const char *reason, int64_t now,
    struct dro_err *err)
{
	struct dro_line_out line = {
	    .kind = "resumed", .actor = actor, .text = reason};
	enum dro_code code;

	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	code = delete (store, scope, name, now, err);
	if (code == DRO_OK)
		code = write_lines(store, &line, domains, n, now, err);
	return (dro_tx_end(store, code, err));
}

static enum dro_code
read_pause(const struct dro_sql *q, struct dro_arena *arena,
    const struct dro_pause **out, struct dro_err *err)
{
	struct dro_pause *p = dro_arena_alloc(arena, 1, sizeof(*p));
	enum dro_code code;

	if (p == NULL)
		return (dro_err_nomem(err));
	p->scope = (enum dro_pause_scope)dro_sql_get_int(q, 0);
	p->since = dro_sql_get_int(q, 1);
	p->until = dro_sql_get_int(q, 2);
	if ((code = dro_sql_copy(q, 3, arena, &p->name, err)) == DRO_OK &&
	    (code = dro_sql_copy(q, 4, arena, &p->reason, err)) == DRO_OK)
		code = dro_sql_copy(q, 5, arena, &p->by, err);
	*out = p;
	return (code);
}

enum dro_code
dro_pause_nearest(struct dro_store *store, const char *domain,
    const char *client, int64_t now, struct dro_arena *arena,
    const struct dro_pause **out, struct dro_err *err)
{
	const char *const names[] = {
	    [DRO_PAUSE_DOMAIN] = domain,
	    [DRO_PAUSE_CLIENT] = client,
	    [DRO_PAUSE_ALL] = "",
	};
	enum dro_code code = DRO_OK;
	struct dro_sql q;
	size_t scope;
	bool row;

	*out = NULL;
	for (scope = 0;
	     scope < DRO_ARRAY_LEN(names) && code == DRO_OK && *out == NULL;
	     scope++) {
		dro_sql_open(&q, store,
		    "SELECT scope, since, until, name, reason,"
		    " user || '@' || host FROM pause"
		    " WHERE scope = ? AND name = ?"
		    " AND (until = 0 OR until > ?)");
		dro_sql_int(&q, (int64_t)scope);
		dro_sql_text(&q, names[scope]);
		dro_sql_int(&q, now);
		if ((code = dro_sql_next(&q, &row, err)) == DRO_OK && row)
			code = read_pause(&q, arena, out, err);
		dro_sql_close(&q);
	}
	return (code);
}
