#ifndef DRO_STAGE_GATE_H
#define DRO_STAGE_GATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "stage/anomaly.h"
#include "stage/clock.h"
#include "stage/evidence.h"
#include "stage/settings.h"
#include "stage/source.h"
#include "stage/trigger.h"
#include "stage/watch.h"

/* Missing evidence is a hold: never a pass, never a step back. */
enum dro_verdict { DRO_PASS, DRO_HOLD, DRO_FAIL };

/*
 * One gate: what it measured, what it wants.  ${value} and ${limit} are in
 * ${unit}; ${shortfall} is how much is missing in that unit (0 with pass).
 */
struct dro_gate {
	const char *gate; /* stable name: "freshness", "dwell", ... */
	enum dro_verdict verdict;
	int64_t value;
	int64_t limit;
	int64_t shortfall;
	const char *unit; /* "days", "hours", "ppm", "messages", ... */
	int64_t expected_at; /* when it should pass at this pace; 0: unknown */
	const char *source; /* the source it is about, or NULL */
	const char *text; /* one sentence with the numbers */
	struct {
		const char *kind, *key; /* as in struct dro_answered */
	} ask; /* a person's answer that lets it pass; kind NULL: none */
};

#define DRO_GATES_MAX 24

/* What a gate may look at. */
struct dro_gate_input {
	const struct dro_settings *settings;
	const struct dro_facts *facts;
	const struct dro_evidence *evidence;
	const struct dro_population_view *view;
	const struct dro_trigger *trigger; /* worst broken source, or none */
	const struct dro_anomalies *anomalies;
	const struct dro_watch_findings *findings; /* what broke in DNS */
	struct dro_core core; /* of the live record */
	const struct dro_dmarc *record; /* the same, whole */
	int64_t settled_at;
	const struct dro_hop *hop; /* what leaving the rung needs */
	/* The hop brings a harsher class, or DRO_NONE: more of the same. */
	enum dro_level enters;
	int64_t alpha_ppm; /* of this hop, before epochs */
	struct dro_clock *clock;
};

/**
 * dro_gates_eval(input, arena, gates, n, err):
 * Judge every gate of the table in gate.c, in its order, into ${gates} (room
 * for DRO_GATES_MAX) and their number into ${n}.  Texts live in ${arena}.
 */
enum dro_code dro_gates_eval(const struct dro_gate_input *input,
    struct dro_arena *arena, struct dro_gate *gates, size_t *n,
    struct dro_err *err) DRO_MUST_CHECK;

/** dro_verdict_name(verdict): "pass", "hold" or "fail". */
const char *dro_verdict_name(enum dro_verdict verdict);

#endif /* !DRO_STAGE_GATE_H */
