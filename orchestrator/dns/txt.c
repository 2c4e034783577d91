#include <stdlib.h>
#include <string.h>

#include "base/domain.h"
#include "dns/resolve.h"
#include "dns/txt.h"

struct dro_txt {
	struct dro_resolvers resolvers;
};

enum dro_code
dro_txt_create(
    const struct dro_dns_conf *conf, struct dro_txt **out, struct dro_err *err)
{
	struct dro_txt *txt;
	enum dro_code code;

	if ((txt = calloc(1, sizeof(*txt))) == NULL)
		return (dro_err_nomem(err));
	code = dro_resolvers_init(&txt->resolvers, conf, err);
	if (code == DRO_OK)
		*out = txt;
	else
		free(txt);
	return (code);
}

void
dro_txt_destroy(struct dro_txt *txt)
{
	free(txt);
}

enum dro_code
dro_txt_look(struct dro_txt *txt, const char *name, struct dro_arena *arena,
    struct dro_rrset *out, enum dro_txt_status *status, struct dro_err *err)
{
	struct dro_query query = {.asked = {.type = DRO_RR_TXT}};
	char target[DRO_DOMAIN_LEN];
	enum dro_code code;
	int step;

	dro_rrset_init(out, name, DRO_RR_TXT);
	*status = DRO_TXT_UNKNOWN;
	query.asked.name = name;
	for (step = 0; step <= DRO_TXT_CNAMES_MAX; step++) {
		code = dro_resolve(&txt->resolvers, &query, 1, arena, err);
		if (code != DRO_OK)
			return (code);
		if (query.answer.status == DRO_ANSWER_OK) {
			*out = query.answer.rrset;
			*status = out->n > 0 ? DRO_TXT_FOUND : DRO_TXT_ABSENT;
			return (DRO_OK);
		}
		if (query.answer.status != DRO_ANSWER_CNAME ||
		    dro_domain_normalise(query.answer.detail, target, NULL) !=
			DRO_OK)
			return (DRO_OK);
		query.asked.name = dro_arena_strdup(arena, target);
		if (query.asked.name == NULL)
			return (dro_err_nomem(err));
	}
	return (DRO_OK);
}
