/*
 * Any octets as a signal: it is wrong as a whole, or every entry is of a
 * domain, once, in order, and says a word from a time on or what is wrong.
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "apply/signal.h"
#include "base/domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_entry(const struct dro_signal_entry *e)
{
	char name[DRO_DOMAIN_LEN];

	assert(strcmp(e->domain, "*") == 0 ||
	    (dro_domain_normalise(e->domain, name, NULL) == DRO_OK &&
		strcmp(e->domain, name) == 0));
	if (e->said.wrong != NULL)
		return;
	assert(e->said.word >= DRO_WORD_GO && e->said.word <= DRO_WORD_BACK);
	assert(e->said.at > 0 && e->said.until >= 0);
	assert(e->said.word == DRO_WORD_GO || e->said.reason != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dro_signal_doc doc = {.head = {.name = "fuzz"}};
	struct dro_arena *arena = dro_arena_create();
	size_t i;

	if (arena == NULL)
		return (0);
	if (dro_signal_parse((const char *)data, size, arena, &doc, NULL) ==
		DRO_OK &&
	    doc.head.wrong == NULL)
		for (i = 0; i < doc.n; i++) {
			check_entry(&doc.entries[i]);
			assert(i == 0 ||
			    strcmp(doc.entries[i - 1].domain,
				doc.entries[i].domain) < 0);
		}
	dro_arena_destroy(arena);
	return (0);
}
