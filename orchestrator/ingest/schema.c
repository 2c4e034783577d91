#include <string.h>

#include "ingest/schema.h"

/* RFC 7489 Appendix C, RFC 9990 Appendix A; grouped by parent. */
static const struct {
	const char *name;
	int parent;
	int node;
} elements[] = {
    {"feedback", DRO_NODE_DOCUMENT, DRO_NODE_FEEDBACK},
    {"record", DRO_NODE_FEEDBACK, DRO_NODE_RECORD},
    {"version", DRO_NODE_FEEDBACK, DRO_FIELD_VERSION},
    {"report_metadata", DRO_NODE_FEEDBACK, DRO_NODE_METADATA},
    {"policy_published", DRO_NODE_FEEDBACK, DRO_NODE_POLICY},
    {"org_name", DRO_NODE_METADATA, DRO_FIELD_ORG},
    {"email", DRO_NODE_METADATA, DRO_FIELD_EMAIL},
    {"report_id", DRO_NODE_METADATA, DRO_FIELD_REPORT_ID},
    {"date_range", DRO_NODE_METADATA, DRO_NODE_DATE_RANGE},
    {"generator", DRO_NODE_METADATA, DRO_NODE_NEW},
    {"begin", DRO_NODE_DATE_RANGE, DRO_FIELD_BEGIN},
    {"end", DRO_NODE_DATE_RANGE, DRO_FIELD_END},
    {"domain", DRO_NODE_POLICY, DRO_FIELD_DOMAIN},
    {"adkim", DRO_NODE_POLICY, DRO_FIELD_ADKIM},
    {"aspf", DRO_NODE_POLICY, DRO_FIELD_ASPF},
    {"p", DRO_NODE_POLICY, DRO_FIELD_P},
    {"sp", DRO_NODE_POLICY, DRO_FIELD_SP},
    {"np", DRO_NODE_POLICY, DRO_FIELD_NP},
    {"pct", DRO_NODE_POLICY, DRO_FIELD_PCT},
    {"testing", DRO_NODE_POLICY, DRO_FIELD_TESTING},
    {"discovery_method", DRO_NODE_POLICY, DRO_NODE_NEW},
    {"row", DRO_NODE_RECORD, DRO_NODE_ROW},
    {"identifiers", DRO_NODE_RECORD, DRO_NODE_IDENTIFIERS},
    {"identities", DRO_NODE_RECORD, DRO_NODE_IDENTIFIERS}, /* a draft */
    {"auth_results", DRO_NODE_RECORD, DRO_NODE_AUTH_RESULTS},
    {"source_ip", DRO_NODE_ROW, DRO_NODE_IP},
    {"count", DRO_NODE_ROW, DRO_NODE_COUNT},
    {"policy_evaluated", DRO_NODE_ROW, DRO_NODE_EVALUATED},
    {"disposition", DRO_NODE_EVALUATED, DRO_NODE_DISPOSITION},
    {"dkim", DRO_NODE_EVALUATED, DRO_NODE_DKIM},
    {"spf", DRO_NODE_EVALUATED, DRO_NODE_SPF},
    {"reason", DRO_NODE_EVALUATED, DRO_NODE_REASON},
    {"type", DRO_NODE_REASON, DRO_NODE_REASON_TYPE},
    {"header_from", DRO_NODE_IDENTIFIERS, DRO_NODE_HEADER_FROM},
    {"dkim", DRO_NODE_AUTH_RESULTS, DRO_NODE_SIGNATURE},
    {"spf", DRO_NODE_AUTH_RESULTS, DRO_NODE_SPF_RESULT},
    {"domain", DRO_NODE_SIGNATURE, DRO_NODE_AUTH_DOMAIN},
    {"selector", DRO_NODE_SIGNATURE, DRO_NODE_AUTH_SELECTOR},
    {"result", DRO_NODE_SIGNATURE, DRO_NODE_AUTH_RESULT},
    {"domain", DRO_NODE_SPF_RESULT, DRO_NODE_AUTH_DOMAIN},
    {"scope", DRO_NODE_SPF_RESULT, DRO_NODE_AUTH_SCOPE},
    {"result", DRO_NODE_SPF_RESULT, DRO_NODE_AUTH_RESULT},
};

int
dro_schema_find(int parent, const char *name)
{
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(elements); i++)
		if (elements[i].parent == parent &&
		    strcmp(elements[i].name, name) == 0)
			return (elements[i].node);
	return (DRO_NODE_SKIP);
}
