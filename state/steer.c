#include "internal.h"

/* What is learnt about a domain without a publish, and what people say. */

static enum dro_code
write_known(struct dro_store *store, int64_t domain, const char *client,
    const struct dro_rrset *live, int64_t now, struct dro_err *err)
{
	struct dro_buf known;
	enum dro_code code;
	struct dro_sql q;

	dro_buf_init(&known, DRO_RRSET_ENCODED_MAX);
	if ((code = dro_rrset_encode(live, &known, err)) == DRO_OK) {
		dro_sql_open(&q, store,
		    "UPDATE domain SET known = ?1,"
		    " client = coalesce(?2, client),"
		    " adopted_at = coalesce(adopted_at, ?3),"
		    " verified_at = coalesce(verified_at, ?3),"
		    " settle_s = coalesce(settle_s, 0) WHERE id = ?4");
		dro_sql_blob(&q, known.ptr, known.len);
		dro_sql_text(&q, client);
		dro_sql_int(&q, now);
		dro_sql_int(&q, domain);
		code = dro_sql_run(&q, err);
	}
	dro_buf_finish(&known);
	return (code);
}

/* Take ${live} as known; ${was} tells if the domain was adopted before. */
static enum dro_code
take_live(struct dro_store *store, const char *client, const char *domain,
    bool was, const struct dro_rrset *live, int64_t now,
    struct dro_arena *arena, struct dro_err *err)
{
	struct dro_line_out line = {.kind = was ? "edited" : "adopted",
	    .after = live,
	    .text = was ? "edited outside our tags; taken as it is"
			: "taken as it is"};
	struct dro_facts facts;
	enum dro_code code;

	code = dro_facts_load(store, domain, arena, &facts, err);
	if (code != DRO_OK)
		return (code);
	if (facts.adopted != was)
		return (dro_err_set(err, DRO_ESTATE, "%s: %s", domain,
		    was ? "not adopted yet, so nothing is known to be edited"
			: "adopted already"));
	if (was)
		line.before = &facts.known;
	if ((code = dro_domain_id(store, domain, &line.domain, err)) !=
		DRO_OK ||
	    (code = write_known(store, line.domain, client, live, now, err)) !=
		DRO_OK)
		return (code);
	return (dro_event_write(store, &line, now, err));
}

static enum dro_code
take_live_tx(struct dro_store *store, const char *client, const char *domain,
    bool was, const struct dro_rrset *live, int64_t now, struct dro_err *err)
{
	struct dro_arena *arena;
	enum dro_code code;

	if ((arena = dro_arena_create()) == NULL)
		return (dro_err_nomem(err));
	if ((code = dro_tx_begin(store, err)) == DRO_OK) {
		code = take_live(
		    store, client, domain, was, live, now, arena, err);
		code = dro_tx_end(store, code, err);
	}
	dro_arena_destroy(arena);
	return (code);
}

enum dro_code
dro_facts_adopt(struct dro_store *store, const char *client, const char *domain,
    const struct dro_rrset *live, int64_t now, struct dro_err *err)
{
	return (take_live_tx(store, client, domain, false, live, now, err));
}

enum dro_code
dro_facts_edited(struct dro_store *store, const char *domain,
    const struct dro_rrset *live, int64_t now, struct dro_err *err)
{
	return (take_live_tx(store, NULL, domain, true, live, now, err));
}

static enum dro_code
acknowledge(struct dro_store *store, const char *domain,
    struct dro_line_out *line, int64_t now, struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	/* Said twice, the first time counts: clean days run from there. */
	dro_sql_open(&q, store,
	    "UPDATE setback SET acknowledged_at ="
	    " iif(acknowledged_at = 0, ?, acknowledged_at)"
	    " WHERE domain = ? AND returned_at = 0");
	dro_sql_int(&q, now);
	dro_sql_int(&q, line->domain);
	if ((code = dro_sql_run(&q, err)) != DRO_OK)
		return (code);
	if (sqlite3_changes(store->db) == 0)
		return (dro_err_set(err, DRO_ENOTFOUND,
		    "%s: no cool-down is open; nothing to acknowledge",
		    domain));
	return (dro_event_write(store, line, now, err));
}

enum dro_code
dro_facts_acknowledge(struct dro_store *store, const char *domain,
    const struct dro_actor *actor, const char *reason, int64_t now,
    struct dro_err *err)
{
	struct dro_line_out line = {
	    .kind = "acknowledged", .actor = actor, .text = reason};
	enum dro_code code;

	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	code = dro_domain_id(store, domain, &line.domain, err);
	if (code == DRO_OK)
		code = acknowledge(store, domain, &line, now, err);
	return (dro_tx_end(store, code, err));
}

static enum dro_code
approve(struct dro_store *store, const struct dro_line_out *line, int64_t now,
    struct dro_err *err)
{
	enum dro_code code;
	struct dro_sql q;

	dro_sql_open(&q, store,
	    "INSERT OR REPLACE INTO approval (domain, rung, at)"
	    " VALUES (?, ?, ?)");
	dro_sql_int(&q, line->domain);
	dro_sql_text(&q, line->to);
	dro_sql_int(&q, now);
	if ((code = dro_sql_run(&q, err)) != DRO_OK)
		return (code);
	return (dro_event_write(store, line, now, err));
}

enum dro_code
dro_facts_approve(struct dro_store *store, const char *domain, const char *rung,
    const struct dro_actor *actor, const char *reason, int64_t now,
    struct dro_err *err)
{
	struct dro_line_out line = {
	    .kind = "approved", .to = rung, .actor = actor, .text = reason};
	enum dro_code code;

	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		return (code);
	code = dro_domain_id(store, domain, &line.domain, err);
	if (code == DRO_OK)
		code = approve(store, &line, now, err);
	return (dro_tx_end(store, code, err));
}
