#include <string.h>

#include "plan/plan.h"
#include "stage/subdomain.h"

/* Far above any real record; DNS itself ends at 65535 octets. */
#define RECORD_MAX 4096

/* TTL of a record that did not exist and for which none is configured. */
#define DEFAULT_TTL_S 3600

/*
 * Edit the one DMARC value of live; every other TXT value at the name stays
 * octet for octet.
 */
static enum dro_code
edit_rrset(const struct dro_rrset *live, const struct dro_edit *edit,
    struct dro_arena *arena, struct dro_rrset *after, struct dro_err *err)
{
	struct dro_str old = {"", 0};
	enum dro_found found;
	struct dro_buf text;
	enum dro_code code;
	size_t i, at = 0;

	dro_buf_init(&text, RECORD_MAX);
	dro_rrset_init(after, live->name, DRO_RR_TXT);
	found = dro_dmarc_find(live, &at);
	if (found == DRO_FOUND_MANY) {
		code = dro_err_set(err, DRO_EPARSE,
		    "%s: more than one DMARC record", live->name);
		goto out;
	}
	if (found == DRO_FOUND_ONE) {
		old.ptr = live->values[at].ptr;
		old.len = live->values[at].len;
	}
	if ((code = dro_dmarc_edit(old, edit, &text, err)) != DRO_OK ||
	    (code = dro_buf_check(&text, live->name, err)) != DRO_OK)
		goto out;
	for (i = 0; i < live->n && code == DRO_OK; i++)
		if (found == DRO_FOUND_ONE && i == at)
			code = dro_rrset_add(
			    after, arena, text.ptr, text.len, err);
		else
			code = dro_rrset_add(after, arena, live->values[i].ptr,
			    live->values[i].len, err);
	if (found == DRO_FOUND_NONE && code == DRO_OK)
		code = dro_rrset_add(after, arena, text.ptr, text.len, err);
out:
	dro_buf_finish(&text);
	return (code);
}

static enum dro_code
change(const struct dro_edit *edit, const char *kind, const char *from,
    size_t to, const char *reason, const struct dro_settings *settings,
    const struct dro_live *live, struct dro_arena *arena,
    struct dro_change *out, struct dro_err *err)
{
	enum dro_code code;

	memset(out, 0, sizeof(*out));
	out->kind = kind;
	out->from = from;
	out->to = settings->ladder.rungs[to].name;
	out->reason = reason;
	out->settle_s =
	    live->rrset.n > 0 ? live->rrset.ttl_s : live->negative_ttl_s;
	code = dro_rrset_copy(&out->before, &live->rrset, arena, err);
	if (code != DRO_OK)
		return (code);
	code = edit_rrset(&live->rrset, edit, arena, &out->after, err);
	if (code != DRO_OK)
		return (code);
	out->after.ttl_s = settings->ttl_s;
	if (out->after.ttl_s == 0)
		out->after.ttl_s =
		    live->rrset.n > 0 ? live->rrset.ttl_s : DEFAULT_TTL_S;
	return (DRO_OK);
}

/* The live record, if it can be read; an edit says why it cannot. */
static const struct dro_dmarc *
read_live(const struct dro_live *live, struct dro_dmarc *out)
{
	const struct dro_value *value;
	size_t i;

	if (dro_dmarc_find(&live->rrset, &i) != DRO_FOUND_ONE)
		return (NULL);
	value = &live->rrset.values[i];
	if (dro_dmarc_parse(
		(struct dro_str){value->ptr, value->len}, out, NULL) != DRO_OK)
		return (NULL);
	return (out);
}

enum dro_code
dro_plan_change(const struct dro_decision *decision,
    const struct dro_settings *settings, const struct dro_live *live,
    struct dro_arena *arena, struct dro_change *out, struct dro_err *err)
{
	const struct dro_rung *rungs = settings->ladder.rungs;
	const bool up = decision->action == DRO_ACT_UP ||
	    decision->action == DRO_ACT_RETURN;
	struct dro_edit edit = {
	    .core = &rungs[decision->to].core, .rua_add = settings->rua};
	struct dro_sub_levels levels;
	struct dro_dmarc record;

	/* Adding our address to a record that is there changes no policy. */
	if (decision->action == DRO_ACT_CREATE && decision->staged) {
		edit.core = NULL;
	} else if (decision->action == DRO_ACT_ADJUST) {
		edit.core = NULL;
		dro_sub_edit(settings, decision->core, read_live(live, &record),
		    true, &levels, &edit);
	} else {
		dro_sub_edit(settings, *edit.core, read_live(live, &record), up,
		    &levels, &edit);
	}
	return (change(&edit, dro_action_name(decision->action),
	    decision->staged ? rungs[decision->rung].name : NULL, decision->to,
	    decision->reason, settings, live, arena, out, err));
}

enum dro_code
dro_plan_rung(size_t to, const char *kind, const char *from, const char *reason,
    const struct dro_settings *settings, const struct dro_live *live,
    struct dro_arena *arena, struct dro_change *out, struct dro_err *err)
{
	struct dro_edit edit = {
	    .core = &settings->ladder.rungs[to].core, .rua_add = settings->rua};
	struct dro_sub_levels levels;
	struct dro_dmarc record;

	dro_sub_edit(settings, *edit.core, read_live(live, &record), false,
	    &levels, &edit);
	return (change(
	    &edit, kind, from, to, reason, settings, live, arena, out, err));
}
