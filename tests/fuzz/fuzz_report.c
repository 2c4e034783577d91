/*
 * Any octets as a report: the first says where the rest is cut in two, so
 * that every place of the reader meets the end of a block.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "ingest/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dro_document *doc;

static void
finish(void)
{
	dro_document_destroy(doc);
}

/* What the store and the gates rely on. */
static void
check(const struct dro_report *r)
{
	int64_t pass = 0, fail = 0, unknown = 0, shown = 0;
	size_t i;

	for (i = 0; i < r->n_lines; i++) {
		pass += r->lines[i].pass;
		fail += r->lines[i].fail;
		unknown += r->lines[i].unknown;
	}
	for (i = 0; i < DRO_DISP_N; i++)
		shown += r->disposition[i];
	assert(pass == r->dmarc_pass && unknown == r->unknown);
	assert(pass + fail + unknown == r->messages && shown == r->messages);
	assert(r->messages >= 0 && r->rows >= 0);
	assert(r->domain[0] != '\0' && r->org[0] != '\0');
	assert(r->reporter[0] != '\0' && r->report_id[0] != '\0');
	assert(!r->counts || (r->rows > 0 && r->begin < r->end));
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
		check(&report);
	return (0);
}
