#include "internal.h"
#include "reversed.h"

static enum dro_code
read_name(const struct dro_sql *q, struct dro_arena *arena, void *item,
    struct dro_err *err)
{
	struct dro_reverse *r = item;
	enum dro_code code;

	if ((code = dro_sql_copy(q, 0, arena, &r->ip, err)) == DRO_OK)
		code = dro_sql_copy(q, 1, arena, &r->name, err);
	return (code);
}

/* In the order of the key: dro_reverse_name searches by halves. */
enum dro_code
dro_reverse_load(struct dro_store *store, int64_t id, struct dro_arena *arena,
    struct dro_facts *out, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "SELECT address, name FROM reverse"
	    " WHERE domain = ? AND name IS NOT NULL ORDER BY address");
	dro_sql_int(&q, id);
	out->reverse = dro_sql_list(&q, sizeof(*out->reverse), read_name, arena,
	    &out->n_reverse, &code, err);
	return (code);
}

static enum dro_code
read_told(const struct dro_sql *q, struct dro_arena *arena, void *item,
    struct dro_err *err)
{
	struct dro_reverse_told *told = item;
	enum dro_code code;

	told->at = dro_sql_get_int(q, 2);
	if ((code = dro_sql_copy(q, 0, arena, &told->ip, err)) == DRO_OK)
		code = dro_sql_copy(q, 1, arena, &told->name, err);
	return (code);
}

enum dro_code
dro_reverse_read(struct dro_store *store, const char *domain,
    struct dro_arena *arena, struct dro_reverse_told **out, size_t *n,
    struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "SELECT address, name, at FROM reverse WHERE domain ="
	    " (SELECT id FROM domain WHERE name = ?) ORDER BY address");
	dro_sql_text(&q, domain);
	*out = dro_sql_list(&q, sizeof(**out), read_told, arena, n, &code, err);
	return (code);
}

enum dro_code
dro_reverse_keep(struct dro_store *store, const char *domain,
    const struct dro_reverse_told *told, size_t n, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;
	int64_t id = 0;
	size_t i;

	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	code = dro_domain_id(store, domain, &id, err);
	for (i = 0; i < n && code == DRO_OK; i++) {
		dro_sql_open(&q, store,
		    "INSERT INTO reverse (domain, address, name, at)"
		    " VALUES (?, ?, ?, ?) ON CONFLICT (domain, address)"
		    " DO UPDATE SET name = excluded.name, at = excluded.at");
		dro_sql_int(&q, id);
		dro_sql_text(&q, told[i].ip);
		dro_sql_text(&q, told[i].name);
		dro_sql_int(&q, told[i].at);
		code = dro_sql_run(&q, err);
	}
	return (dro_tx_end(store, code, err));
}
