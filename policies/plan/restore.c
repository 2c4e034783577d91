#include "plan/plan.h"
#include "record/dmarc.h"

static struct dro_str
value_at(const struct dro_rrset *rrset, size_t i)
{
	return ((struct dro_str){rrset->values[i].ptr, rrset->values[i].len});
}

/*
 * The one DMARC value of ${known} in place of all that are, or were meant to
 * be, DMARC records in ${live}; what else stands at the name stays.
 */
static enum dro_code
put_back(const struct dro_rrset *known, size_t at, const struct dro_rrset *live,
    struct dro_arena *arena, struct dro_rrset *after, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	size_t i;

	dro_rrset_init(after, live->name, DRO_RR_TXT);
	after->ttl_s = known->ttl_s;
	for (i = 0; i < live->n && code == DRO_OK; i++)
		if (!dro_dmarc_is(value_at(live, i)) &&
		    !dro_dmarc_resembles(value_at(live, i)))
			code = dro_rrset_add(after, arena, live->values[i].ptr,
			    live->values[i].len, err);
	if (code == DRO_OK)
		code = dro_rrset_add(after, arena, known->values[at].ptr,
		    known->values[at].len, err);
	return (code);
}

enum dro_code
dro_plan_restore(const struct dro_rrset *known, const struct dro_ladder *ladder,
    const struct dro_live *live, const char *from, const char *reason,
    struct dro_arena *arena, struct dro_change *out, struct dro_err *err)
{
	struct dro_dmarc record;
	enum dro_code code;
	size_t at;

	if (dro_dmarc_find(known, &at) != DRO_FOUND_ONE)
		return (dro_err_set(err, DRO_ENOTFOUND,
		    "%s: no record was verified that could be put back",
		    live->rrset.name));
	if ((code = dro_dmarc_parse(value_at(known, at), &record, err)) !=
	    DRO_OK)
		return (code);
	*out = (struct dro_change){.kind = "restore",
	    .from = from,
	    .to =
		ladder->rungs[dro_ladder_place(ladder, record.core).floor].name,
	    .reason = reason,
	    .settle_s =
		live->rrset.n > 0 ? live->rrset.ttl_s : live->negative_ttl_s};
	code = dro_rrset_copy(&out->before, &live->rrset, arena, err);
	if (code != DRO_OK)
		return (code);
	return (put_back(known, at, &live->rrset, arena, &out->after, err));
}
