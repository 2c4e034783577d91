/*
 * Any octets as a sheet of domains: every row has its domain and every cell
 * a key that may stand in a column, each with a place; or an error says why.
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "config/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dro_reader r = {.arena = dro_arena_create()};
	const struct dro_item *row, *cell;
	const struct dro_node *map;

	if (r.arena == NULL)
		return (0);
	dro_log_init(&r.log, r.arena, "fuzz.csv");
	map = dro_csv_parse(&r, "fuzz.csv", (const char *)data, size);
	assert(map != NULL || r.log.n_errors > 0 || r.log.failed);
	for (row = map != NULL ? map->first : NULL; row != NULL;
	     row = row->next) {
		assert(row->key->line > 1 && row->key->column > 0);
		assert(strlen(row->key->text) <= DRO_CSV_FIELD_MAX);
		for (cell = row->value->first; cell != NULL;
		     cell = cell->next) {
			assert(cell->key->line > 1 && cell->key->column > 0);
			assert(*cell->value->text != '\0');
			assert(
			    dro_key_find(DRO_IN_CSV, cell->key->text) != NULL);
		}
	}
	dro_arena_destroy(r.arena);
	return (0);
}
