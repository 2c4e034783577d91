#include "stage/subdomain.h"

enum dro_level
dro_sub_sp(const struct dro_dmarc *record)
{
	return (record->has_sp ? record->sp : record->core.p);
}

enum dro_level
dro_sub_np(const struct dro_dmarc *record)
{
	return (record->has_np ? record->np : dro_sub_sp(record));
}

struct dro_effect
dro_sub_effect(
    enum dro_level level, struct dro_core core, enum dro_population population)
{
	core.p = level;
	return (dro_effect(core, population));
}

enum dro_level
dro_sub_wants_sp(const struct dro_settings *settings, struct dro_core core)
{
	return (core.p < settings->sp ? core.p : settings->sp);
}

enum dro_level
dro_sub_wants_np(const struct dro_settings *settings, struct dro_core core)
{
	return (settings->np_from_start || core.p != DRO_NONE ? settings->np
							      : DRO_NONE);
}

bool
dro_sub_lags(
    const struct dro_settings *settings, const struct dro_dmarc *record)
{
	return (settings->has_sp &&
	    dro_sub_sp(record) < dro_sub_wants_sp(settings, record->core));
}

const char *
dro_sub_differs(
    const struct dro_settings *settings, const struct dro_dmarc *record)
{
	if (settings->has_sp && settings->sp == DRO_NONE &&
	    dro_sub_sp(record) != DRO_NONE)
		return ("sp");
	if (settings->has_np &&
	    dro_sub_np(record) != dro_sub_wants_np(settings, record->core))
		return ("np");
	return (NULL);
}

bool
dro_sub_counts(
    const struct dro_settings *settings, const struct dro_dmarc *record)
{
	if (settings->has_sp)
		return (settings->sp != DRO_NONE);
	return (!record->has_sp);
}

/* The record that holds, as far as it is known; else one that says nothing. */
static void
read_record(const struct dro_facts *facts, const struct dro_live *live,
    struct dro_dmarc *out)
{
	const struct dro_rrset *rrset =
	    live->status == DRO_LIVE_OK ? &live->rrset : &facts->known;
	size_t i;

	if (dro_dmarc_find(rrset, &i) != DRO_FOUND_ONE ||
	    dro_dmarc_parse(
		(struct dro_str){rrset->values[i].ptr, rrset->values[i].len},
		out, NULL) != DRO_OK)
		out->has_sp = false;
}

/* Whether any mail is from below the domain, as is seldom the case. */
static bool
has_below(const struct dro_evidence *ev)
{
	size_t i;

	for (i = 0; i < ev->n_streams; i++)
		if (ev->streams[i].below)
			return (true);
	return (false);
}

const struct dro_evidence *
dro_sub_evidence(const struct dro_settings *settings,
    const struct dro_facts *facts, const struct dro_live *live,
    const struct dro_evidence *evidence, struct dro_arena *arena,
    int64_t *apart)
{
	struct dro_evidence *out;
	struct dro_dmarc record;
	size_t i;

	*apart = 0;
	if (!has_below(evidence))
		return (evidence);
	read_record(facts, live, &record);
	if (dro_sub_counts(settings, &record))
		return (evidence);
	if ((out = dro_arena_alloc(arena, 1, sizeof(*out))) == NULL)
		return (NULL);
	*out = *evidence;
	out->n_cells = 0;
	out->cells =
	    dro_arena_alloc(arena, evidence->n_cells, sizeof(*out->cells));
	if (out->cells == NULL)
		return (NULL);
	for (i = 0; i < evidence->n_cells; i++) {
		const struct dro_cell *c = &evidence->cells[i];

		if (evidence->streams[c->stream].below)
			*apart += c->pass + c->fail + c->unknown;
		else
			out->cells[out->n_cells++] = *c;
	}
	return (out);
}

void
dro_sub_edit(const struct dro_settings *settings, struct dro_core core,
    const struct dro_dmarc *live, bool up, struct dro_sub_levels *levels,
    struct dro_edit *edit)
{
	const bool has_sp = live != NULL && live->has_sp;
	enum dro_level sp = has_sp ? live->sp : core.p, np;

	if (settings->has_sp) {
		levels->sp = dro_sub_wants_sp(settings, core);
		if (up && has_sp && levels->sp < sp && settings->sp != DRO_NONE)
			levels->sp = sp;
		if (levels->sp != sp)
			edit->sp = &levels->sp;
		sp = levels->sp;
	}
	np = live != NULL && live->has_np ? live->np : sp;
	if (!settings->has_np)
		return;
	levels->np = dro_sub_wants_np(settings, core);
	if (levels->np != np)
		edit->np = &levels->np;
}

bool
dro_sub_dip(const struct dro_ladder *ladder, enum dro_level sp, size_t *below)
{
	const struct dro_settings set = {.sp = sp};
	struct dro_core a, b;
	size_t i;

	for (i = 1; i < ladder->n; i++) {
		a = ladder->rungs[i - 1].core;
		b = ladder->rungs[i].core;
		a.p = dro_sub_wants_sp(&set, a);
		b.p = dro_sub_wants_sp(&set, b);
		if (!dro_core_covers(b, a)) {
			*below = i;
			return (true);
		}
	}
	return (false);
}
