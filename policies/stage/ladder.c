#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "stage/ladder.h"

/* Read "-N" or "-100" after the level; a plain level has no suffix. */
static bool
read_suffix(const char *s, struct dro_core *core)
{
	int v = 0;
	size_t i;

	if (*s == '\0')
		return (true);
	if (s[0] != '-' || s[1] == '0')
		return (false);
	for (i = 1; i <= 3 && s[i] >= '0' && s[i] <= '9'; i++)
		v = v * 10 + (s[i] - '0');
	core->pct = v;
	core->t = true;
	return (s[i] == '\0' && v >= 1 && v <= 100);
}

enum dro_code
dro_rung_parse(const char *name, struct dro_rung *out, struct dro_err *err)
{
	const char *level;
	size_t len;
	int p;

	for (p = DRO_NONE; p <= DRO_REJECT; p++) {
		level = dro_level_name((enum dro_level)p);
		len = strlen(level);
		memset(out, 0, sizeof(*out));
		out->core = (struct dro_core){(enum dro_level)p, 100, false};
		if (strncmp(name, level, len) != 0 ||
		    (p == DRO_NONE && name[len] != '\0') ||
		    !read_suffix(name + len, &out->core))
			continue;
		memcpy(out->name, name, strlen(name));
		return (DRO_OK);
	}
	return (dro_err_set(err, DRO_EINVAL,
	    "\"%.40s\": not a rung; use none, quarantine-N, quarantine, "
	    "reject-N or reject, with N from 1 to 100",
	    name));
}

struct dro_effect
dro_effect(struct dro_core core, enum dro_population population)
{
	int level = (int)core.p;

	if (population == DRO_RFC9989) {
		if (core.t && level > DRO_NONE)
			level--;
		return ((struct dro_effect){
		    .quarantine = level == DRO_QUARANTINE ? 100 : 0,
		    .reject = level == DRO_REJECT ? 100 : 0});
	}
	switch (core.p) {
	case DRO_NONE:
		break;
	case DRO_QUARANTINE:
		return ((struct dro_effect){.quarantine = core.pct});
	case DRO_REJECT:
		return ((struct dro_effect){
		    .quarantine = 100 - core.pct, .reject = core.pct});
	}
	return ((struct dro_effect){0, 0});
}

bool
dro_effect_covers(struct dro_effect a, struct dro_effect b)
{
	return (a.reject >= b.reject &&
	    a.reject + a.quarantine >= b.reject + b.quarantine);
}

bool
dro_core_covers(struct dro_core a, struct dro_core b)
{
	return (dro_effect_covers(
		    dro_effect(a, DRO_RFC7489), dro_effect(b, DRO_RFC7489)) &&
	    dro_effect_covers(
		dro_effect(a, DRO_RFC9989), dro_effect(b, DRO_RFC9989)));
}

bool
dro_core_equal(struct dro_core a, struct dro_core b)
{
	return (a.p == b.p && a.pct == b.pct && a.t == b.t);
}

struct dro_place
dro_ladder_place(const struct dro_ladder *ladder, struct dro_core core)
{
	struct dro_place place = {.off_ladder = true};
	size_t i;

	assert(ladder->n > 0);
	for (i = 0; i < ladder->n; i++) {
		if (dro_core_equal(ladder->rungs[i].core, core))
			place.off_ladder = false;
		if (dro_core_covers(core, ladder->rungs[i].core))
			place.floor = i;
		if (!place.has_ceiling &&
		    dro_core_covers(ladder->rungs[i].core, core)) {
			place.ceiling = i;
			place.has_ceiling = true;
		}
	}
	return (place);
}

/* A rung alone, and after the one below it. */
static enum dro_code
lint_rung(const struct dro_ladder *ladder, size_t i, struct dro_err *err)
{
	const struct dro_rung *rung = &ladder->rungs[i];
	struct dro_rung meant;
	enum dro_code code;
	size_t place;

	if ((code = dro_rung_parse(rung->name, &meant, err)) != DRO_OK)
		return (code);
	if (!dro_core_equal(meant.core, rung->core))
		return (dro_err_set(err, DRO_EINVAL,
		    "ladder: the record of rung %s is not what it is called",
		    rung->name));
	if (dro_ladder_find(ladder, rung->name, &place) && place < i)
		return (dro_err_set(err, DRO_EINVAL,
		    "ladder: rung %s occurs twice; remove one", rung->name));
	if (i > 0 && !dro_core_covers(rung->core, rung[-1].core))
		return (dro_err_set(err, DRO_EINVAL,
		    "ladder: %s after %s would weaken the policy; "
		    "order the rungs from weak to strong",
		    rung->name, rung[-1].name));
	return (DRO_OK);
}

enum dro_code
dro_ladder_lint(const struct dro_ladder *ladder, struct dro_err *err)
{
	enum dro_code code;
	size_t i;

	if (ladder->n < 2 || ladder->n > DRO_RUNGS_MAX)
		return (dro_err_set(err, DRO_EINVAL,
		    "ladder: needs 2 to %d rungs, has %zu", DRO_RUNGS_MAX,
		    ladder->n));
	if (strcmp(ladder->rungs[0].name, "none") != 0)
		return (dro_err_set(err, DRO_EINVAL,
		    "ladder: must begin with none, begins with %.*s",
		    DRO_RUNG_NAME - 1, ladder->rungs[0].name));
	for (i = 0; i < ladder->n; i++)
		if ((code = lint_rung(ladder, i, err)) != DRO_OK)
			return (code);
	return (DRO_OK);
}

bool
dro_ladder_find(
    const struct dro_ladder *ladder, const char *name, size_t *index)
{
	size_t i;

	for (i = 0; i < ladder->n; i++)
		if (strcmp(ladder->rungs[i].name, name) == 0) {
			*index = i;
			return (true);
		}
	return (false);
}
