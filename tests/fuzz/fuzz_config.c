/*
 * Any octets as a configuration: an answer within bounds, and either no
 * error or one that has a place.
 */

#include <assert.h>
#include <stdint.h>

#include "config/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_config config;
	struct dro_findings findings = {0};
	struct dro_err err;
	enum dro_code code;
	size_t i, errors = 0;

	if (arena == NULL)
		return (0);
	code = dro_config_parse("fuzz.yaml", "/fuzz", (const char *)data, size,
	    INT64_C(1795240800), arena, &config, &findings, &err);
	for (i = 0; i < findings.n; i++) {
		assert(findings.items[i].line > 0);
		assert(findings.items[i].column > 0);
		errors += !findings.items[i].warning;
	}
	assert(code == (errors == 0 ? DRO_OK : DRO_EPARSE));
	for (i = 0; code == DRO_OK && i < config.n_domains; i++)
		assert(dro_config_owner(&config, config.domains[i].domain) ==
		    &config.domains[i]);
	dro_arena_destroy(arena);
	return (0);
}
