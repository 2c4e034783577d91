#include <string.h>

#include "internal.h"
#include "record/spf.h"
#include "watched.h"

/* ---- reading */

/* "TERM ADDRESS" lines back into the networks of ${spf}. */
static enum dro_code
add_hosts(struct dro_spf *spf, const char *hosts, struct dro_arena *arena,
    struct dro_err *err)
{
	char address[DRO_NET_LEN];
	struct dro_net net;
	const char *end;
	size_t term, n;

	for (; hosts != NULL && *hosts != '\0'; hosts = end + (*end != '\0')) {
		if ((end = strchr(hosts, '\n')) == NULL)
			end = hosts + strlen(hosts);
		for (term = 0; *hosts >= '0' && *hosts <= '9' && term < 100000;
		     hosts++)
			term = 10 * term + (size_t)(*hosts - '0');
		n = (size_t)(end - hosts);
		if (term >= spf->n_terms || *hosts != ' ' ||
		    n > sizeof(address))
			continue;
		memcpy(address, hosts + 1, n - 1);
		address[n - 1] = '\0';
		if (dro_net_parse(address, &net) &&
		    !dro_spf_add(spf, &spf->terms[term], &net, arena))
			return (dro_err_nomem(err));
	}
	return (DRO_OK);
}

/* A watched thing; of SPF also what the record says. */
struct row {
	struct dro_watched watched;
	const struct dro_spf *spf;
};

/* The SPF record of the domain itself, with the addresses it names. */
static enum dro_code
read_spf(const struct dro_sql *q, struct dro_arena *arena,
    const struct dro_spf **out, struct dro_err *err)
{
	struct dro_spf *spf = dro_arena_alloc(arena, 1, sizeof(*spf));
	struct dro_rrset txt;
	enum dro_code code;

	if (spf == NULL)
		return (dro_err_nomem(err));
	if ((code = dro_sql_rrset(q, 9, arena, &txt, err)) == DRO_OK &&
	    (code = dro_spf_parse(&txt, arena, spf, err)) == DRO_OK)
		code = add_hosts(spf, dro_sql_get(q, 10), arena, err);
	*out = spf;
	return (code);
}

static enum dro_code
read_row(const struct dro_sql *q, struct dro_arena *arena, void *item,
    struct dro_err *err)
{
	struct row *row = item;
	struct dro_watched *w = &row->watched;
	enum dro_code code;

	w->kind = (enum dro_watch_kind)dro_sql_get_int(q, 0);
	w->state = (enum dro_watch_state)dro_sql_get_int(q, 2);
	w->since = dro_sql_get_int(q, 3);
	w->good_at = dro_sql_get_int(q, 4);
	w->looked_at = dro_sql_get_int(q, 5);
	w->told = dro_sql_get_int(q, 8) != 0;
	if ((code = dro_sql_copy(q, 1, arena, &w->name, err)) == DRO_OK &&
	    (code = dro_sql_copy(q, 6, arena, &w->good, err)) == DRO_OK)
		code = dro_sql_copy(q, 7, arena, &w->detail, err);
	if (code == DRO_OK && sqlite3_column_type(q->stmt, 9) != SQLITE_NULL)
		code = read_spf(q, arena, &row->spf, err);
	return (code);
}

enum dro_code
dro_watch_load(struct dro_store *store, int64_t id, struct dro_arena *arena,
    struct dro_facts *out, struct dro_err *err)
{
	struct dro_watched *watched;
	const struct row *rows;
	enum dro_code code;
	struct dro_sql q;
	size_t i, n;

	dro_sql_open(&q, store,
	    "SELECT kind, name, state, since, good_at, looked_at, good,"
	    " detail, told, rrset, hosts FROM watch"
	    " WHERE domain = ? ORDER BY kind, name");
	dro_sql_int(&q, id);
	rows = dro_sql_list(&q, sizeof(*rows), read_row, arena, &n, &code, err);
	if (code != DRO_OK || n == 0)
		return (code);
	if ((watched = dro_arena_alloc(arena, n, sizeof(*watched))) == NULL)
		return (dro_err_nomem(err));
	for (i = 0; i < n; i++) {
		watched[i] = rows[i].watched;
		if (rows[i].spf != NULL)
			out->spf = rows[i].spf;
	}
	out->n_watched = n;
	out->watched = watched;
	return (DRO_OK);
}

enum dro_code
dro_watch_read(struct dro_store *store, const char *domain,
    struct dro_arena *arena, struct dro_facts *out, bool *stored,
    struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;
	int64_t id = 0;

	dro_sql_open(&q, store,
	    "SELECT id FROM domain WHERE name = ? AND adopted_at IS NOT NULL");
	dro_sql_text(&q, domain);
	code = dro_sql_one(&q, &id, err);
	*stored = id != 0;
	if (code != DRO_OK || id == 0)
		return (code);
	return (dro_watch_load(store, id, arena, out, err));
}

/* ---- writing */

/* Of all texts at the domain only what is, or was to be, an SPF record. */
static enum dro_code
encode_spf(const struct dro_rrset *txt, struct dro_buf *out,
    struct dro_arena *arena, struct dro_err *err)
{
	struct dro_rrset one, spf;
	enum dro_code code;
	size_t i, at;

	dro_rrset_init(&spf, txt->name, DRO_RR_TXT);
	for (i = 0; i < txt->n; i++) {
		dro_rrset_init(&one, txt->name, DRO_RR_TXT);
		one.values[one.n++] = txt->values[i];
		if (dro_spf_read(&one, &at) == DRO_SPF_NONE)
			continue;
		code = dro_rrset_add(
		    &spf, arena, txt->values[i].ptr, txt->values[i].len, err);
		if (code != DRO_OK)
			return (code);
	}
	return (dro_rrset_encode(&spf, out, err));
}

static enum dro_code
saw(struct dro_store *store, int64_t domain, const struct dro_watch_sight *s,
    const struct dro_buf *rrset, int64_t now, struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "INSERT INTO watch (domain, kind, name, state, since, good_at,"
	    " looked_at, good, detail, told, rrset, hosts)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, iif(?4 = 1, ?5, 0), ?5, ?6, ?7, 0,"
	    " ?8, ?9) ON CONFLICT (domain, kind, name) DO UPDATE SET"
	    " since = iif(state = ?4, since, ?5), state = ?4,"
	    " good_at = iif(?4 = 1, ?5, good_at), looked_at = ?5,"
	    " good = iif(?4 = 1, ?6, good), detail = ?7, rrset = ?8,"
	    " hosts = ?9");
	dro_sql_int(&q, domain);
	dro_sql_int(&q, s->kind);
	dro_sql_text(&q, s->name);
	dro_sql_int(&q, s->state);
	dro_sql_int(&q, now);
	dro_sql_text(&q, s->good);
	dro_sql_text(&q, s->detail);
	dro_sql_blob(&q, rrset->ptr, rrset->len);
	dro_sql_text(&q, s->txt != NULL ? s->hosts : NULL);
	return (dro_sql_run(&q, err));
}

static enum dro_code
saw_one(struct dro_store *store, int64_t domain,
    const struct dro_watch_sight *s, int64_t now, struct dro_err *err)
{
	struct dro_arena *arena = dro_arena_create();
	enum dro_code code = DRO_OK;
	struct dro_buf rrset;

	if (arena == NULL)
		return (dro_err_nomem(err));
	dro_buf_init(&rrset, DRO_RRSET_ENCODED_MAX);
	if (s->txt != NULL)
		code = encode_spf(s->txt, &rrset, arena, err);
	if (code == DRO_OK)
		code = saw(store, domain, s, &rrset, now, err);
	dro_buf_finish(&rrset);
	dro_arena_destroy(arena);
	return (code);
}

enum dro_code
dro_watch_saw(struct dro_store *store, const char *domain,
    const struct dro_watch_sight *sights, size_t n, int64_t now,
    struct dro_err *err)
{
	enum dro_code code;
	int64_t id;
	size_t i;

	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	code = dro_domain_id(store, domain, &id, err);
	for (i = 0; i < n && code == DRO_OK; i++)
		code = saw_one(store, id, &sights[i], now, err);
	return (dro_tx_end(store, code, err));
}

enum dro_code
dro_watch_add(struct dro_store *store, const char *domain,
    enum dro_watch_kind kind, const char *name, int64_t now,
    struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "INSERT INTO watch (domain, kind, name, state, since, good_at,"
	    " looked_at, told) SELECT id, ?2, ?3, 0, ?4, 0, 0, 0 FROM domain"
	    " WHERE name = ?1 ON CONFLICT DO NOTHING");
	dro_sql_text(&q, domain);
	dro_sql_int(&q, kind);
	dro_sql_text(&q, name);
	dro_sql_int(&q, now);
	return (dro_sql_run(&q, err));
}

enum dro_code
dro_watch_drop(struct dro_store *store, const char *domain,
    enum dro_watch_kind kind, const char *name, struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "DELETE FROM watch WHERE kind = ?2 AND name = ?3"
	    " AND domain = (SELECT id FROM domain WHERE name = ?1)");
	dro_sql_text(&q, domain);
	dro_sql_int(&q, kind);
	dro_sql_text(&q, name);
	return (dro_sql_run(&q, err));
}

enum dro_code
dro_watch_tell(struct dro_store *store, const char *domain,
    const struct dro_watched *watched, bool broken, const char *text,
    int64_t now, struct dro_err *err)
{
	struct dro_line_out line = {
	    .kind = broken ? "watch_broken" : "watch_mended", .text = text};
	enum dro_code code;
	struct dro_sql q;

	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	if ((code = dro_domain_id(store, domain, &line.domain, err)) ==
	    DRO_OK) {
		dro_sql_open(&q, store,
		    "UPDATE watch SET told = ?"
		    " WHERE domain = ? AND kind = ? AND name = ?");
		dro_sql_int(&q, broken);
		dro_sql_int(&q, line.domain);
		dro_sql_int(&q, watched->kind);
		dro_sql_text(&q, watched->name);
		code = dro_sql_run(&q, err);
	}
	if (code == DRO_OK)
		code = dro_event_write(store, &line, now, err);
	return (dro_tx_end(store, code, err));
}
