/*
 * Any octets as a report: the first says where the rest is cut in two, so
 * that every place of the reader meets the end of a block.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "ingest/document.h"

#include "checked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dro_document *doc;

static void
finish(void)
{
	dro_document_destroy(doc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	struct dro_refused refused;
	struct dro_report report;
	size_t cut;

	if (size < 5)
		return (0);
	if (doc == NULL) {
		doc = dro_document_create();
		atexit(finish);
	}
	if (doc == NULL)
		abort();
	size--;
	cut = 4 + (size - 4) * data[0] / 256;
	dro_document_begin(doc);
	if (dro_document_feed(doc, text, cut))
		(void)dro_document_feed(doc, text + cut, size - cut);
	if (dro_document_end(doc, 1769904000, &report, &refused, NULL) !=
	    DRO_OK)
		abort();
	assert(refused.why < DRO_REFUSE_N);
	if (refused.why == DRO_REFUSE_NONE)
		check_report(&report);
	return (0);
}
