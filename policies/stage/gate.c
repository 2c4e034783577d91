#include <string.h>

#include "stage/gate_parts.h"

const char *
dro_gate_percent(struct dro_arena *arena, int64_t ppm)
{
	const char *s = dro_arena_printf(arena, "%lld.%03lld%%",
	    (long long)(ppm / 10000), (long long)(ppm % 10000 / 10));

	return (s != NULL ? s : "?");
}

static const struct {
	const char *name;
	dro_gate_fn *eval;
} table[] = {
    {"freshness", dro_gate_freshness},
    {"dwell", dro_gate_dwell},
    {"report_days", dro_gate_report_days},
    {"reporters", dro_gate_reporters},
    {"bound", dro_gate_bound},
    {"sources", dro_gate_sources},
    {"repair", dro_gate_repair},
    {"undecided", dro_gate_undecided},
    {"policy_seen", dro_gate_policy_seen},
    {"anomaly", dro_gate_anomaly},
};

enum dro_code
dro_gates_eval(const struct dro_gate_input *input, struct dro_arena *arena,
    struct dro_gate *gates, size_t *n, struct dro_err *err)
{
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(table); i++) {
		memset(&gates[i], 0, sizeof(gates[i]));
		gates[i].gate = table[i].name;
		if (!table[i].eval(input, arena, &gates[i]))
			return (dro_err_nomem(err));
	}
	*n = DRO_ARRAY_LEN(table);
	return (DRO_OK);
}

const char *
dro_verdict_name(enum dro_verdict verdict)
{
	switch (verdict) {
	case DRO_PASS:
		return ("pass");
	case DRO_HOLD:
		return ("hold");
	case DRO_FAIL:
		break;
	}
	return ("fail");
}
