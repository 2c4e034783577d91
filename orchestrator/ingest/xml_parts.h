#ifndef DRO_ORCHESTRATOR_INGEST_XML_PARTS_H
#define DRO_ORCHESTRATOR_INGEST_XML_PARTS_H

#include <expat.h>

#include "ingest/schema.h"
#include "ingest/xml.h"

/* What xml.c and xml_record.c share; nobody else includes it. */

/* All texts outside the rows, and all of one record. */
#define DRO_XML_FORM_POOL ((size_t)DRO_FIELD_N * (DRO_XML_TEXT_MAX + 1))
#define DRO_XML_ROW_POOL ((size_t)128 << 10)

#define DRO_NODE_BIT(node) (UINT64_C(1) << (node))

/* Texts kept one after the other until all are dropped. */
struct dro_xml_pool {
	char *ptr;
	size_t len, cap;
};

struct dro_xml {
	XML_Parser parser;
	unsigned long salt; /* against chosen names in expat's hashes */
	dro_row_fn *fn;
	void *arg;
	struct dro_form form;
	struct dro_row row;
	const char *row_text[DRO_NODE_LEAVES]; /* of this record */
	struct dro_xml_pool form_pool, row_pool;
	struct dro_refused refused;
	bool stopped; /* refused, or out of memory */
	bool prologue; /* nothing but white space so far */
	size_t stalled; /* input since the last complete piece */
	int depth;
	int stack[DRO_XML_DEPTH_MAX + 1]; /* nodes; [0] is the document */
	uint64_t seen; /* nodes that stand once and have stood */
	struct dro_row_auth *auth; /* the one being read, or NULL */
	int64_t records;
	size_t n_text;
	char text[DRO_XML_TEXT_MAX + 1];
	char form_space[DRO_XML_FORM_POOL];
	char row_space[DRO_XML_ROW_POOL];
};

/** dro_xml_stop(x): no more of it is read. */
void dro_xml_stop(struct dro_xml *x);

/** dro_xml_refuse(x, why, detail): it is no report; tells the line. */
void dro_xml_refuse(struct dro_xml *x, enum dro_refuse why, const char *detail);

void dro_xml_warn(struct dro_xml *x, enum dro_warn what);

/** dro_xml_begin_record(x): what stands once in each may stand again. */
void dro_xml_begin_record(struct dro_xml *x);

/** dro_xml_begin_result(x): the same of a result or reason. */
void dro_xml_begin_result(struct dro_xml *x);

/**
 * dro_xml_begin_auth(x, node):
 * Room for one more authentication result; NULL: too many, skip it.
 */
struct dro_row_auth *dro_xml_begin_auth(struct dro_xml *x, int node);

/** dro_xml_end_record(x): hand the row on, if it is one. */
void dro_xml_end_record(struct dro_xml *x);

/** dro_xml_take_text(x, node): keep the text of the element that ends. */
void dro_xml_take_text(struct dro_xml *x, int node);

#endif /* !DRO_ORCHESTRATOR_INGEST_XML_PARTS_H */
