#ifndef DRO_STAGE_LADDER_H
#define DRO_STAGE_LADDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"
#include "record/dmarc.h"

/* "quarantine-100" and a NUL, with room. */
#define DRO_RUNG_NAME 20
#define DRO_RUNGS_MAX 24

struct dro_rung {
	char name[DRO_RUNG_NAME];
	struct dro_core core;
};

/* Rungs from none upwards, each at least as strong as the one below. */
struct dro_ladder {
	size_t n;
	struct dro_rung rungs[DRO_RUNGS_MAX];
};

/* The two conforming receiver populations. */
enum dro_population { DRO_RFC7489, DRO_RFC9989 };

/* Per cent of failing mail; the rest is delivered as without DMARC. */
struct dro_effect {
	int quarantine;
	int reject;
};

/**
 * dro_rung_parse(name, out, err):
 * The rung called ${name}: none, quarantine-N, quarantine-100, quarantine,
 * reject-N, reject-100, reject, with N in 1..99.  A pct below 100 always
 * comes with t=y, so a rung with bare pct cannot be named.
 */
enum dro_code dro_rung_parse(
    const char *name, struct dro_rung *out, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_effect(core, population):
 * What ${core} asks a conforming receiver to do with failing mail.  RFC 7489
 * 6.6.4: pct of it gets p, the rest the next lower policy; t is ignored.
 * RFC 9989 4.7: all of it gets p, or one level less with t=y; pct is ignored.
 */
struct dro_effect dro_effect(
    struct dro_core core, enum dro_population population);

/**
 * dro_effect_covers(a, b):
 * True if ${a} is at least as strong as ${b}: it rejects at least as much,
 * and rejects plus quarantines at least as much (first-order dominance).
 */
bool dro_effect_covers(struct dro_effect a, struct dro_effect b);

/** dro_core_covers(a, b): dro_effect_covers at both populations. */
bool dro_core_covers(struct dro_core a, struct dro_core b);

/** dro_core_equal(a, b): the same p, pct and t. */
bool dro_core_equal(struct dro_core a, struct dro_core b);

/* Where a live record stands on a ladder. */
struct dro_place {
	size_t floor; /* highest rung that is not harsher */
	size_t ceiling; /* lowest rung that is not weaker */
	bool has_ceiling; /* false: stronger than the top rung */
	bool off_ladder; /* the record is no rung of this ladder */
};

/**
 * dro_ladder_place(ladder, core):
 * FLOOR and CEILING of ${core} on ${ladder}, which begins with none.  On the
 * ladder both are the rung itself.
 */
struct dro_place dro_ladder_place(
    const struct dro_ladder *ladder, struct dro_core core);

/**
 * dro_ladder_lint(ladder, err):
 * DRO_EINVAL unless ${ladder} begins with none, has at least two rungs, no
 * rung twice, and never gets weaker at either population.
 */
enum dro_code dro_ladder_lint(
    const struct dro_ladder *ladder, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_ladder_find(ladder, name, index):
 * The place of the rung ${name}; false if the ladder has none so called.
 */
bool dro_ladder_find(
    const struct dro_ladder *ladder, const char *name, size_t *index);

#endif /* !DRO_STAGE_LADDER_H */
