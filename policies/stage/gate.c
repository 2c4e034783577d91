#include <string.h>

#include "stage/bound.h"
#include "stage/gate_parts.h"

const char *
dro_gate_percent(struct dro_arena *arena, int64_t ppm)
{
	const char *s = dro_arena_printf(arena, "%lld.%03lld%%",
	    (long long)(ppm / 10000), (long long)(ppm % 10000 / 10));

	return (s != NULL ? s : "?");
}

bool
dro_gate_accepted(
    const struct dro_gate_input *in, const char *kind, const char *key)
{
	const struct dro_answered *a = in->facts->answers;
	size_t i;

	for (i = 0; i < in->facts->n_answers; i++)
		if (strcmp(a[i].kind, kind) == 0 &&
		    strcmp(a[i].key, key) == 0 &&
		    !dro_reached(in->clock, a[i].expires_at))
			return (true);
	return (false);
}

/* The key of an accepted rate is "PPM OF". */
int64_t
dro_gate_accepted_ppm(const struct dro_gate_input *in, const char *of)
{
	const struct dro_answered *a = in->facts->answers;
	int64_t ppm, most = 0;
	const char *p;
	size_t i;

	for (i = 0; i < in->facts->n_answers; i++) {
		if (strcmp(a[i].kind, "rate") != 0 ||
		    dro_reached(in->clock, a[i].expires_at))
			continue;
		for (p = a[i].key, ppm = 0;
		     *p >= '0' && *p <= '9' && ppm <= DRO_PPM; p++)
			ppm = 10 * ppm + (*p - '0');
		if (*p == ' ' && strcmp(p + 1, of) == 0 && ppm > most)
			most = ppm;
	}
	return (most);
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
    {"source_bound", dro_gate_source_bound},
    {"sources", dro_gate_sources},
    {"repair", dro_gate_repair},
    {"cadence", dro_gate_cadence},
    {"new_source", dro_gate_new_source},
    {"undecided", dro_gate_undecided},
    {"dkim", dro_gate_dkim},
    {"forwarded", dro_gate_forwarded},
    {"silence", dro_gate_silence},
    {"policy_seen", dro_gate_policy_seen},
    {"anomaly", dro_gate_anomaly},
    {"watch", dro_gate_watch},
    {"signal", dro_gate_signal},
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
