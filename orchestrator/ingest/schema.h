#ifndef DRO_ORCHESTRATOR_INGEST_SCHEMA_H
#define DRO_ORCHESTRATOR_INGEST_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "ingest/xml.h"

/*
 * The elements of an aggregate report that are read.  Those of enum
 * dro_field come first, with the same numbers.
 */
enum dro_node {
	/* text within a record */
	DRO_NODE_IP = DRO_FIELD_N,
	DRO_NODE_COUNT,
	DRO_NODE_DISPOSITION,
	DRO_NODE_DKIM,
	DRO_NODE_SPF,
	DRO_NODE_REASON_TYPE,
	DRO_NODE_HEADER_FROM,
	DRO_NODE_AUTH_DOMAIN,
	DRO_NODE_AUTH_SELECTOR,
	DRO_NODE_AUTH_RESULT,
	DRO_NODE_AUTH_SCOPE,
	DRO_NODE_LEAVES, /* how many have text */
	/* elements that hold others */
	DRO_NODE_DOCUMENT = DRO_NODE_LEAVES,
	DRO_NODE_FEEDBACK,
	DRO_NODE_METADATA,
	DRO_NODE_DATE_RANGE,
	DRO_NODE_POLICY,
	DRO_NODE_RECORD,
	DRO_NODE_ROW,
	DRO_NODE_EVALUATED,
	DRO_NODE_REASON,
	DRO_NODE_IDENTIFIERS,
	DRO_NODE_AUTH_RESULTS,
	DRO_NODE_SIGNATURE,
	DRO_NODE_SPF_RESULT,
	/* not read, but says which RFC the reporter follows */
	DRO_NODE_NEW,
	DRO_NODE_SKIP /* everything else, and all below it */
};

/** dro_schema_find(parent, name): what a child of ${parent} is. */
int dro_schema_find(int parent, const char *name);

#endif /* !DRO_ORCHESTRATOR_INGEST_SCHEMA_H */
