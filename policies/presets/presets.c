#include <string.h>

#include "base/date.h"
#include "presets/presets.h"

/* Rungs from weak to strong, NULL-terminated. */
struct ladder {
	const char *name;
	const char *rungs[DRO_RUNGS_MAX + 1];
};

static const struct ladder ladders[] = {
    {"dual",
	{"none", "quarantine-10", "quarantine-25", "quarantine-50",
	    "quarantine-100", "quarantine", "reject-100", "reject"}},
    {"dual-reject-pct",
	{"none", "quarantine-10", "quarantine-25", "quarantine-50",
	    "quarantine-100", "quarantine", "reject-10", "reject-25",
	    "reject-50", "reject-100", "reject"}},
    {"rfc9989",
	{"none", "quarantine-100", "quarantine", "reject-100", "reject"}},
};

/* The longest time between two runs of a source, in days. */
#define MONTHLY 31
#define QUARTERLY 92

/*
 * What differs between the shipped policies.  Days are whole days on the
 * rung, followed by how many of them need reports; rates in parts per million.
 */
struct policy {
	const char *name;
	const char *ladder;
	struct dro_hop none; /* on rung none */
	struct dro_hop part; /* on each rung with t=y, and on the last */
	struct dro_hop full; /* on rung quarantine */
	int64_t tau_ppm;
	int64_t setback_share_ppm;
	int cadence_max_days; /* MONTHLY: quarterly ones are not waited for */
	bool ask_first_quarantine; /* approval before the first quarantine */
	bool ask_reject; /* approval before rung reject */
};

static const struct policy policies[] = {
    {"fast", "dual", {28, 20}, {4, 3}, {14, 10}, 10000, 50000, MONTHLY, false,
	false},
    {"standard", "dual", {42, 28}, {4, 3}, {30, 20}, 10000, 50000, QUARTERLY,
	false, false},
    {"government", "dual-reject-pct", {49, 28}, {7, 5}, {35, 24}, 10000, 20000,
	QUARTERLY, false, true},
    {"careful", "dual", {70, 50}, {7, 5}, {42, 28}, 5000, 0, QUARTERLY, true,
	true},
    /* Never climbs: the ladder only names where the record stands. */
    {"parked", "rfc9989", {0, 0}, {0, 0}, {0, 0}, 10000, 50000, MONTHLY, false,
	false},
};

static const char *const policy_names[] = {
    "fast", "standard", "government", "careful", "parked", NULL};
static const char *const ladder_names[] = {
    "dual", "dual-reject-pct", "rfc9989", NULL};

const char *const *
dro_preset_names(void)
{
	return (policy_names);
}

const char *const *
dro_preset_ladder_names(void)
{
	return (ladder_names);
}

enum dro_code
dro_preset_ladder(const char *name, struct dro_ladder *out, struct dro_err *err)
{
	const struct ladder *l;
	enum dro_code code;
	size_t i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < DRO_ARRAY_LEN(ladders); i++)
		if (strcmp(ladders[i].name, name) == 0)
			break;
	if (i == DRO_ARRAY_LEN(ladders))
		return (dro_err_set(err, DRO_ENOTFOUND,
		    "ladder \"%.40s\": not shipped; use dual, "
		    "dual-reject-pct, rfc9989 or a list of rungs",
		    name));
	for (l = &ladders[i]; l->rungs[out->n] != NULL; out->n++) {
		code =
		    dro_rung_parse(l->rungs[out->n], &out->rungs[out->n], err);
		if (code != DRO_OK)
			return (code);
	}
	return (DRO_OK);
}

static const struct policy *
find_policy(const char *name, struct dro_err *err)
{
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(policies); i++)
		if (strcmp(policies[i].name, name) == 0)
			return (&policies[i]);
	(void)dro_err_set(err, DRO_ENOTFOUND,
	    "policy \"%.40s\": not shipped; use fast, standard, "
	    "government, careful or parked",
	    name);
	return (NULL);
}

/* The kind of rung decides: none, full quarantine, and all others. */
static void
fill_hops(const struct policy *policy, struct dro_settings *settings)
{
	bool seen_quarantine = false;
	struct dro_core core;
	size_t i;

	memset(settings->hops, 0, sizeof(settings->hops));
	memset(settings->approvals, 0, sizeof(settings->approvals));
	for (i = 0; i < settings->ladder.n; i++) {
		core = settings->ladder.rungs[i].core;
		settings->hops[i] = policy->part;
		if (core.p == DRO_NONE) {
			settings->hops[i] = policy->none;
		} else if (core.p == DRO_QUARANTINE) {
			if (!core.t)
				settings->hops[i] = policy->full;
			settings->approvals[i] =
			    policy->ask_first_quarantine && !seen_quarantine;
			seen_quarantine = true;
		} else {
			settings->approvals[i] = policy->ask_reject && !core.t;
		}
	}
}

enum dro_code
dro_preset_hops(
    const char *policy, struct dro_settings *settings, struct dro_err *err)
{
	const struct policy *p = find_policy(policy, err);

	if (p == NULL)
		return (DRO_ENOTFOUND);
	fill_hops(p, settings);
	return (DRO_OK);
}

enum dro_code
dro_preset_policy(
    const char *name, struct dro_settings *out, struct dro_err *err)
{
	const struct policy *p = find_policy(name, err);
	enum dro_code code;

	memset(out, 0, sizeof(*out));
	if (p == NULL)
		return (DRO_ENOTFOUND);
	if ((code = dro_preset_ladder(p->ladder, &out->ladder, err)) != DRO_OK)
		return (code);
	fill_hops(p, out);
	out->policy = p->name;
	out->target = DRO_REJECT;
	out->tau_ppm = p->tau_ppm;
	out->alpha_ppm = 50000;
	out->alpha_last_ppm = 10000;
	out->freshness_h = 72;
	out->reporters_min = 2;
	out->setback_share_ppm = p->setback_share_ppm;
	out->cooldown_days = 3;
	out->undecided_days = -1;
	out->tau_source_ppm = 50000;
	out->dkim_ppm = 950000;
	out->forwarded_ppm = 5000;
	out->new_source_days = 7;
	out->cadence_max_days = p->cadence_max_days;
	out->parked = strcmp(name, "parked") == 0;
	out->quiet_days = 30;
	out->approval_expiry_s = 14 * DRO_DAY_S;
	return (DRO_OK);
}
