#ifndef DRO_STAGE_GATE_PARTS_H
#define DRO_STAGE_GATE_PARTS_H

#include "stage/gate.h"

/* What the files of the gates share; nobody else includes it. */

/*
 * One gate: fill verdict, numbers and text of ${g}, which begins as a pass
 * with zeros.  False when out of memory.
 */
typedef bool dro_gate_fn(const struct dro_gate_input *in,
    struct dro_arena *arena, struct dro_gate *g);

/* gate_time.c */
dro_gate_fn dro_gate_freshness, dro_gate_dwell, dro_gate_report_days;

/* gate_bound.c */
dro_gate_fn dro_gate_bound, dro_gate_source_bound;

/* gate_sources.c */
dro_gate_fn dro_gate_sources, dro_gate_repair, dro_gate_undecided;

/* gate_reports.c */
dro_gate_fn dro_gate_reporters, dro_gate_silence, dro_gate_policy_seen;

/* gate_cadence.c */
dro_gate_fn dro_gate_cadence, dro_gate_new_source;

/* gate_reject.c */
dro_gate_fn dro_gate_dkim, dro_gate_forwarded;

/* gate_anomaly.c */
dro_gate_fn dro_gate_anomaly;

/* gate_watch.c */
dro_gate_fn dro_gate_watch;

/* gate_signal.c */
dro_gate_fn dro_gate_signal;

/**
 * dro_gate_accepted(in, kind, key):
 * Whether a person's answer to this question holds now.
 */
bool dro_gate_accepted(
    const struct dro_gate_input *in, const char *kind, const char *key);

/**
 * dro_gate_accepted_ppm(in, of):
 * The highest upper bound that a person accepts for now for the source with
 * the key ${of}, or for the "domain"; 0: none.
 */
int64_t dro_gate_accepted_ppm(const struct dro_gate_input *in, const char *of);

/**
 * dro_gate_percent(arena, ppm):
 * Parts per million as per cent with three decimals: "0.945%"; "?" when out
 * of memory.
 */
const char *dro_gate_percent(struct dro_arena *arena, int64_t ppm);

#endif /* !DRO_STAGE_GATE_PARTS_H */
