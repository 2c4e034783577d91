#ifndef DRO_ORCHESTRATOR_FORECAST_VIEW_H
#define DRO_ORCHESTRATOR_FORECAST_VIEW_H

#include <jansson.h>

#include "output/output.h"
#include "stage/forecast.h"

/* How a forecast is shown, by explain for all rungs and by plan for one. */
struct dro_outlook {
	const struct dro_ladder *ladder;
	size_t from, to; /* rungs [from, to) that are told of */
	struct dro_forecast forecast;
	struct dro_backtest backtest;
};

/**
 * dro_outlook_make(decision, ladder, evidence, from, to, out):
 * The forecast for these rungs, from all evidence there is; ${out} borrows
 * from ${decision} and ${ladder}.
 */
void dro_outlook_make(const struct dro_decision *decision,
    const struct dro_ladder *ladder, const struct dro_evidence *evidence,
    size_t from, size_t to, struct dro_outlook *out);

/** dro_outlook_json(o): JSON null if too little is known; NULL: no memory. */
json_t *dro_outlook_json(const struct dro_outlook *o);

/**
 * dro_outlook_line(o, arena):
 * The first rung in a line, with last week's forecast beside what came; NULL:
 * nothing is known.
 */
const char *dro_outlook_line(
    const struct dro_outlook *o, struct dro_arena *arena);

/** dro_outlook_print(out, o, arena, err): a table and what it rests on. */
enum dro_code dro_outlook_print(const struct dro_out *out,
    const struct dro_outlook *o, struct dro_arena *arena,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_FORECAST_VIEW_H */
