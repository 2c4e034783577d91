#include <stdlib.h>

#include "apply/gates_json.h"
#include "output/output.h"

json_t *
dro_gates_array(const struct dro_decision *decision)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; array != NULL && i < decision->n_gates; i++) {
		const struct dro_gate *g = &decision->gates[i];
		json_t *o = json_pack("{s:s, s:s, s:I, s:I, s:s, s:I, s:o, "
				      "s:o}",
		    "gate", g->gate, "verdict", dro_verdict_name(g->verdict),
		    "value", (json_int_t)g->value, "limit",
		    (json_int_t)g->limit, "unit", g->unit, "shortfall",
		    (json_int_t)g->shortfall, "expected_at",
		    dro_json_time(g->expected_at), "text",
		    dro_json_text(g->text));

		if (o != NULL && g->source != NULL)
			(void)json_object_set_new(
			    o, "source", dro_json_text(g->source));
		if (json_array_append_new(array, o) != 0) {
			json_decref(array);
			return (NULL);
		}
	}
	return (array);
}

enum dro_code
dro_gates_json(const struct dro_decision *decision, struct dro_arena *arena,
    const char **out, struct dro_err *err)
{
	json_t *array = dro_gates_array(decision);
	char *text = NULL;

	*out = NULL;
	if (array != NULL)
		text = json_dumps(array, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(array);
	if (text != NULL)
		*out = dro_arena_strdup(arena, text);
	free(text);
	return (*out == NULL ? dro_err_nomem(err) : DRO_OK);
}
