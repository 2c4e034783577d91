/*
 * Plan files from anywhere: read or refused with a reason, never more.  What
 * is read stays read when it is written again, and what is a JSON object
 * passes as a plan after sealing only if it was one but for its seals.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "apply/planfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const char *text, size_t len, enum dro_code wanted)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_planfile plan;
	struct dro_err err = {.msg = ""};
	enum dro_code code;
	size_t i;

	if (arena == NULL)
		abort();
	code = dro_planfile_parse(text, len, "plan", arena, &plan, &err);
	if (code != DRO_OK && (code != DRO_EPARSE || err.msg[0] == '\0'))
		abort();
	if (wanted == DRO_OK && code != DRO_OK)
		abort();
	for (i = 0; code == DRO_OK && i < plan.n; i++)
		if (plan.changes[i].domain[0] == '\0' ||
		    strlen(plan.changes[i].digest) != DRO_DIGEST_LEN - 1)
			abort();
	dro_arena_destroy(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct dro_arena *arena = dro_arena_create();
	struct dro_planfile plan;
	struct dro_err err;
	enum dro_code code;
	json_t *root;
	char *again;

	if (arena == NULL)
		abort();
	check(text, size, DRO_EPARSE);
	code = dro_planfile_parse(text, size, "plan", arena, &plan, &err);
	dro_arena_destroy(arena);
	root = json_loadb(
	    text, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	if (root == NULL)
		return (0);
	if (code != DRO_OK && dro_planfile_seal(root, &err) != DRO_OK) {
		json_decref(root);
		return (0);
	}
	again = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	if (again == NULL)
		abort();
	check(again, strlen(again), code);
	free(again);
	return (0);
}
