#include <string.h>

#include "internal.h"
#include "kept.h"

/* ${part} and ${domain} of the statement are its first two parameters. */
static void
bind_part(struct dro_sql *q, int64_t domain, enum dro_part part)
{
	dro_sql_int(q, domain);
	dro_sql_int(q, part);
}

enum dro_code
dro_kept_intent(struct dro_store *store, int64_t domain,
    const struct dro_rrset *before, struct dro_err *err)
{
	struct dro_buf undo;
	enum dro_code code;
	struct dro_sql q;

	dro_buf_init(&undo, DRO_RRSET_ENCODED_MAX);
	if ((code = dro_rrset_encode(before, &undo, err)) == DRO_OK) {
		/* An attempt that came to nothing does not count. */
		dro_sql_open(&q, store,
		    "INSERT INTO kept (domain, part, undo) VALUES (?, ?, ?)"
		    " ON CONFLICT (domain, part) DO UPDATE"
		    " SET undo = excluded.undo WHERE verified_at = 0");
		bind_part(&q, domain, dro_part_of(before));
		dro_sql_blob(&q, undo.ptr, undo.len);
		code = dro_sql_run(&q, err);
	}
	dro_buf_finish(&undo);
	return (code);
}

enum dro_code
dro_kept_verified(struct dro_store *store, int64_t domain,
    const struct dro_rrset *served, const char *lacking, int64_t now,
    struct dro_err *err)
{
	struct dro_buf known;
	enum dro_code code;
	struct dro_sql q;

	dro_buf_init(&known, DRO_RRSET_ENCODED_MAX);
	if ((code = dro_rrset_encode(served, &known, err)) == DRO_OK) {
		dro_sql_open(&q, store,
		    "INSERT INTO kept (domain, part, known, verified_at,"
		    " lacking) VALUES (?1, ?2, ?3, ?4, ?5)"
		    " ON CONFLICT (domain, part) DO UPDATE"
		    " SET known = ?3, verified_at = ?4, lacking = ?5");
		bind_part(&q, domain, dro_part_of(served));
		dro_sql_blob(&q, known.ptr, known.len);
		dro_sql_int(&q, now);
		dro_sql_text(&q, lacking);
		code = dro_sql_run(&q, err);
	}
	dro_buf_finish(&known);
	return (code);
}

enum dro_code
dro_kept_forget(struct dro_store *store, int64_t domain, enum dro_part part,
    struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(
	    &q, store, "DELETE FROM kept WHERE domain = ? AND part = ?");
	bind_part(&q, domain, part);
	return (dro_sql_run(&q, err));
}

/* Hand the row of each part that ${q} gives to ${read}, and close ${q}. */
static enum dro_code
each_part(struct dro_sql *q, struct dro_arena *arena,
    struct dro_park_facts *out,
    enum dro_code (*read)(const struct dro_sql *q, struct dro_arena *arena,
	struct dro_kept *part, struct dro_err *err),
    struct dro_err *err)
{
	enum dro_code code;
	int64_t part;
	bool row;

	while ((code = dro_sql_next(q, &row, err)) == DRO_OK && row) {
		part = dro_sql_get_int(q, 0);
		if (part < 0 || part >= DRO_PARTS)
			continue;
		if ((code = read(q, arena, &out->parts[part], err)) != DRO_OK)
			break;
	}
	dro_sql_close(q);
	return (code);
}

static enum dro_code
read_kept(const struct dro_sql *q, struct dro_arena *arena,
    struct dro_kept *out, struct dro_err *err)
{
	enum dro_code code;

	out->verified_at = dro_sql_get_int(q, 1);
	out->kept = out->verified_at != 0;
	code = dro_sql_copy(q, 2, arena, &out->lacking, err);
	if (code == DRO_OK && out->kept)
		code = dro_sql_rrset(q, 3, arena, &out->known, err);
	out->has_undo = sqlite3_column_type(q->stmt, 4) != SQLITE_NULL;
	if (code == DRO_OK && out->has_undo)
		code = dro_sql_rrset(q, 4, arena, &out->undo, err);
	return (code);
}

static enum dro_code
load_parts(struct dro_store *store, int64_t id, struct dro_arena *arena,
    struct dro_park_facts *out, struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "SELECT part, verified_at, lacking, known, undo FROM kept"
	    " WHERE domain = ?");
	dro_sql_int(&q, id);
	return (each_part(&q, arena, out, read_kept, err));
}

static enum dro_code
read_sight(const struct dro_sql *q, struct dro_arena *arena,
    struct dro_kept *out, struct dro_err *err)
{
	struct dro_live *seen = &out->seen;
	enum dro_code code;

	seen->status = (enum dro_live_status)dro_sql_get_int(q, 1);
	seen->negative_ttl_s = (uint32_t)dro_sql_get_int(q, 2);
	code = dro_sql_copy(q, 3, arena, &seen->detail, err);
	return (code == DRO_OK ? dro_sql_rrset(q, 4, arena, &seen->rrset, err)
			       : code);
}

static enum dro_code
load_sights(struct dro_store *store, int64_t id, struct dro_arena *arena,
    struct dro_park_facts *out, struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "SELECT part, status, negative_ttl, detail, rrset FROM kept_sight"
	    " WHERE domain = ?");
	dro_sql_int(&q, id);
	return (each_part(&q, arena, out, read_sight, err));
}

static enum dro_code
load_word(struct dro_store *store, int64_t id, struct dro_park_word *out,
    struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;
	bool row;

	dro_sql_open(&q, store,
	    "SELECT confirmed_at, replace_mx, undone_at FROM park"
	    " WHERE domain = ?");
	dro_sql_int(&q, id);
	if ((code = dro_sql_next(&q, &row, err)) == DRO_OK && row) {
		out->confirmed_at = dro_sql_get_int(&q, 0);
		out->replace_mx = dro_sql_get_int(&q, 1) != 0;
		out->undone_at = dro_sql_get_int(&q, 2);
	}
	dro_sql_close(&q);
	return (code);
}

enum dro_code
dro_park_load(struct dro_store *store, const char *domain,
    struct dro_arena *arena, struct dro_park_facts *out, struct dro_err *err)
{
	struct dro_sql q;
	enum dro_code code;
	int64_t id = 0;

	memset(out, 0, sizeof(*out));
	dro_sql_open(&q, store, "SELECT id FROM domain WHERE name = ?");
	dro_sql_text(&q, domain);
	if ((code = dro_sql_one(&q, &id, err)) != DRO_OK || id == 0)
		return (code);
	if ((code = load_parts(store, id, arena, out, err)) == DRO_OK &&
	    (code = load_sights(store, id, arena, out, err)) == DRO_OK)
		code = load_word(store, id, &out->word, err);
	return (code);
}

static enum dro_code
write_sight(struct dro_store *store, int64_t id, const struct dro_live *live,
    const struct dro_buf *rrset, struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "INSERT OR REPLACE INTO kept_sight (domain, part, status,"
	    " negative_ttl, detail, rrset) VALUES (?, ?, ?, ?, ?, ?)");
	bind_part(&q, id, dro_part_of(&live->rrset));
	dro_sql_int(&q, live->status);
	dro_sql_int(&q, live->negative_ttl_s);
	dro_sql_text(&q, live->detail);
	dro_sql_blob(&q, rrset->ptr, rrset->len);
	return (dro_sql_run(&q, err));
}

enum dro_code
dro_park_seen(struct dro_store *store, const char *domain,
    const struct dro_live *live, struct dro_err *err)
{
	struct dro_buf rrset;
	enum dro_code code;
	int64_t id;

	dro_buf_init(&rrset, DRO_RRSET_ENCODED_MAX);
	code = dro_rrset_encode(&live->rrset, &rrset, err);
	if (code == DRO_OK && (code = dro_tx_begin(store, err)) == DRO_OK) {
		code = dro_domain_id(store, domain, &id, err);
		if (code == DRO_OK)
			code = write_sight(store, id, live, &rrset, err);
		code = dro_tx_end(store, code, err);
	}
	dro_buf_finish(&rrset);
	return (code);
}

enum dro_code
dro_park_take(struct dro_store *store, const char *domain,
    const struct dro_rrset *live, const char *lacking, int64_t now,
    struct dro_err *err)
{
	struct dro_line_out line = {.kind = "kept",
	    .to = "parked",
	    .after = live,
	    .text =
		lacking != NULL ? lacking : "found as a parked domain has it"};
	enum dro_code code;

	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	code = dro_domain_id(store, domain, &line.domain, err);
	if (code == DRO_OK)
		code = dro_kept_verified(
		    store, line.domain, live, lacking, now, err);
	if (code == DRO_OK)
		code = dro_event_write(store, &line, now, err);
	return (dro_tx_end(store, code, err));
}

/* A person's word replaces the one before; the history has them all. */
static enum dro_code
write_word(struct dro_store *store, int64_t domain,
    const struct dro_park_word *word, struct dro_err *err)
{
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "INSERT OR REPLACE INTO park (domain, confirmed_at, replace_mx,"
	    " undone_at) VALUES (?, ?, ?, ?)");
	dro_sql_int(&q, domain);
	dro_sql_int(&q, word->confirmed_at);
	dro_sql_int(&q, word->replace_mx);
	dro_sql_int(&q, word->undone_at);
	return (dro_sql_run(&q, err));
}

enum dro_code
dro_park_confirm(struct dro_store *store, const char *domain, bool replace_mx,
    const struct dro_actor *actor, const char *reason, int64_t now,
    struct dro_err *err)
{
	const struct dro_park_word word = {
	    .confirmed_at = now, .replace_mx = replace_mx};
	struct dro_line_out line = {.kind = "confirmed",
	    .to = "parked",
	    .actor = actor,
	    .text = reason};
	enum dro_code code;

	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	code = dro_domain_id(store, domain, &line.domain, err);
	if (code == DRO_OK)
		code = write_word(store, line.domain, &word, err);
	if (code == DRO_OK)
		code = dro_event_write(store, &line, now, err);
	return (dro_tx_end(store, code, err));
}

static enum dro_code
undo(struct dro_store *store, const char *domain, const bool *restoring,
    struct dro_line_out *line, int64_t now, struct dro_err *err)
{
	const struct dro_park_word word = {.undone_at = now};
	enum dro_code code;
	enum dro_part part;

	code = dro_domain_id(store, domain, &line->domain, err);
	if (code == DRO_OK)
		code = write_word(store, line->domain, &word, err);
	for (part = DRO_PART_DMARC; part < DRO_PARTS && code == DRO_OK; part++)
		if (!restoring[part])
			code = dro_kept_forget(store, line->domain, part, err);
	return (code == DRO_OK ? dro_event_write(store, line, now, err) : code);
}

enum dro_code
dro_park_undo(struct dro_store *store, const char *domain,
    const bool *restoring, const struct dro_actor *actor, const char *reason,
    int64_t now, struct dro_err *err)
{
	struct dro_line_out line = {
	    .kind = "undone", .from = "parked", .actor = actor, .text = reason};
	enum dro_code code;

	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	code = undo(store, domain, restoring, &line, now, err);
	return (dro_tx_end(store, code, err));
}
