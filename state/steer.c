#include "internal.h"

/* What is learnt about a domain without a publish, and what people say of it. */

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
		    " verified_at = iif(?2 IS NULL, verified_at, ?3),"
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
	/* Where nothing was, what appears is taken as found. */
	if (facts.adopted != was && (was || facts.known.n > 0))
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
reconcile(struct dro_store *store, struct dro_line_out *line,
    const struct dro_facts *facts, int64_t now, struct dro_err *err)
{
	struct dro_buf known;
	enum dro_code code;
	struct dro_sql q;

	dro_buf_init(&known, DRO_RRSET_ENCODED_MAX);
	if ((code = dro_rrset_encode(line->after, &known, err)) != DRO_OK)
		goto out;
	/* Caches may hold what was before for as long as its TTL. */
	dro_sql_open(&q, store,
	    "UPDATE domain SET known = ?, verified_at = ?, settle_s = ?"
	    " WHERE id = ?");
	dro_sql_blob(&q, known.ptr, known.len);
	dro_sql_int(&q, now);
	dro_sql_int(&q, facts->known.ttl_s);
	dro_sql_int(&q, line->domain);
	if ((code = dro_sql_run(&q, err)) != DRO_OK)
		goto out;
	dro_sql_open(&q, store, "DELETE FROM approval WHERE domain = ?");
	dro_sql_int(&q, line->domain);
	if ((code = dro_sql_run(&q, err)) == DRO_OK)
		code = dro_event_write(store, line, now, err);
out:
	dro_buf_finish(&known);
	return (code);
}

enum dro_code
dro_facts_reconcile(struct dro_store *store, const char *domain,
    const struct dro_rrset *live, const struct dro_actor *actor,
    const char *reason, int64_t now, struct dro_err *err)
{
	struct dro_line_out line = {.kind = "reconciled",
	    .after = live,
	    .actor = actor,
	    .text = reason};
	struct dro_arena *arena;
	struct dro_facts facts;
	enum dro_code code;

	if ((arena = dro_arena_create()) == NULL)
		return (dro_err_nomem(err));
	if ((code = dro_tx_begin(store, err)) != DRO_OK)
		goto out;
	code = dro_facts_load(store, domain, arena, &facts, err);
	line.before = &facts.known;
	if (code == DRO_OK && !facts.adopted)
		code = dro_err_set(err, DRO_ESTATE,
		    "%s: not adopted yet, so nothing has drifted", domain);
	if (code == DRO_OK)
		code = dro_domain_id(store, domain, &line.domain, err);
	if (code == DRO_OK)
		code = reconcile(store, &line, &facts, now, err);
	code = dro_tx_end(store, code, err);
out:
	dro_arena_destroy(arena);
	return (code);
}
