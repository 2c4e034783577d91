#include <string.h>

#include "internal.h"
#include "memo.h"

/* FNV-1a: two of our own values are compared, no adversary picks them. */
static uint64_t
mix(uint64_t h, const void *ptr, size_t len)
{
	const unsigned char *p = ptr;

	while (len-- > 0)
		h = (h ^ *p++) * UINT64_C(0x100000001b3);
	return (h);
}

int64_t
dro_live_print(const struct dro_live *live, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	const struct dro_rrset *rrset;
	size_t i;

	for (; n > 0; n--, live++) {
		rrset = &live->rrset;
		h = mix(h, &live->status, sizeof(live->status));
		h = mix(h, &live->negative_ttl_s, sizeof(live->negative_ttl_s));
		h = mix(h, &rrset->ttl_s, sizeof(rrset->ttl_s));
		h = mix(h, &rrset->n, sizeof(rrset->n));
		for (i = 0; i < rrset->n; i++) {
			h = mix(h, &rrset->values[i].len,
			    sizeof(rrset->values[i].len));
			h = mix(h, rrset->values[i].ptr, rrset->values[i].len);
		}
	}
	return ((int64_t)h);
}

static enum dro_code
keep_rest(struct dro_store *store, int64_t domain, const struct dro_rest *rest,
    int64_t config, int64_t now, struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "INSERT OR REPLACE INTO rest (domain, config, at, until, live,"
	    " signal, calm) VALUES (?, ?, ?, ?, ?, ?, ?)");
	dro_sql_int(&q, domain);
	dro_sql_int(&q, config);
	dro_sql_int(&q, now);
	dro_sql_int(&q, rest->until);
	dro_sql_int(&q, rest->live);
	dro_sql_int(&q, rest->signal);
	dro_sql_int(&q, rest->calm);
	return (dro_sql_run(&q, err));
}

static enum dro_code
keep(struct dro_store *store, const struct dro_memo *memo, int64_t config,
    int64_t now, struct dro_err *err)
{
	enum dro_code code;
	int64_t domain = 0;
	struct dro_sql q;

	dro_sql_open(&q, store, "SELECT id FROM domain WHERE name = ?");
	dro_sql_text(&q, memo->rest.domain);
	if ((code = dro_sql_one(&q, &domain, err)) != DRO_OK || domain == 0)
		return (code);
	code = dro_rollup_put(
	    store, domain, memo->evidence, memo->from_day, now, err);
	if (code == DRO_OK)
		code = keep_rest(store, domain, &memo->rest, config, now, err);
	return (code);
}

enum dro_code
dro_memos_keep(struct dro_store *store, const struct dro_memo *memos, size_t n,
    int64_t config, int64_t now, struct dro_err *err)
{
	enum dro_code code;
	size_t i;

	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	for (i = 0; i < n && code == DRO_OK; i++)
		code = keep(store, &memos[i], config, now, err);
	return (dro_tx_end(store, code, err));
}

static enum dro_code
read_rest(const struct dro_sql *q, struct dro_arena *arena, void *item,
    struct dro_err *err)
{
	struct dro_rest *rest = item;

	rest->calm = true;
	rest->until = dro_sql_get_int(q, 1);
	rest->live = dro_sql_get_int(q, 2);
	rest->signal = dro_sql_get_int(q, 3);
	return (dro_sql_copy(q, 0, arena, &rest->domain, err));
}

enum dro_code
dro_rests_load(struct dro_store *store, int64_t config, int64_t now,
    struct dro_arena *arena, const struct dro_rest **out, size_t *n,
    struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	/* By the index of names, which is in their order and small. */
	dro_sql_open(&q, store,
	    "SELECT d.name, r.until, r.live, r.signal FROM domain d"
	    " CROSS JOIN rest r ON r.domain = d.id"
	    " WHERE r.calm AND r.config = ? AND r.at <= ? AND r.until > ?"
	    " ORDER BY d.name");
	dro_sql_int(&q, config);
	dro_sql_int(&q, now);
	dro_sql_int(&q, now);
	*out = dro_sql_list(&q, sizeof(**out), read_rest, arena, n, &code, err);
	return (code);
}

static enum dro_code
read_name(const struct dro_sql *q, struct dro_arena *arena, void *item,
    struct dro_err *err)
{
	const char **name = item;

	return (dro_sql_copy(q, 0, arena, name, err));
}

enum dro_code
dro_due_load(struct dro_store *store, int64_t config, int64_t now,
    struct dro_arena *arena, const char *const **out, size_t *n,
    struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "SELECT d.name FROM domain d LEFT JOIN rest r ON r.domain = d.id"
	    " WHERE d.adopted_at IS NOT NULL AND"
	    " (r.config = ? AND r.at <= ? AND r.until > ?) IS NOT TRUE");
	dro_sql_int(&q, config);
	dro_sql_int(&q, now);
	dro_sql_int(&q, now);
	*out = dro_sql_list(&q, sizeof(**out), read_name, arena, n, &code, err);
	return (code);
}
