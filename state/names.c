#include <string.h>

#include "reports.h"

static const char *const generations[] = {
    [DRO_GEN_RFC7489] = "rfc7489",
    [DRO_GEN_RFC9990] = "rfc9990",
    [DRO_GEN_MIXED] = "mixed",
};

static const char *const tiers[] = {
    [DRO_TRUST_UNAUTHENTICATED] = "unauthenticated",
    [DRO_TRUST_NEW] = "new",
    [DRO_TRUST_KNOWN] = "known",
    [DRO_TRUST_TRUSTED] = "trusted",
};

static const char *const auths[] = {
    [DRO_AUTH_NONE] = "none",
    [DRO_AUTH_DKIM_ALIGNED] = "dkim-aligned",
    [DRO_AUTH_AR_TRUSTED] = "ar-trusted",
    [DRO_AUTH_UNAUTHENTICATED] = "unauthenticated",
    [DRO_AUTH_UNVERIFIABLE] = "unverifiable",
    [DRO_AUTH_INVALID] = "invalid",
};

const char *
dro_auth_name(enum dro_auth auth)
{
	return ((size_t)auth < DRO_ARRAY_LEN(auths) ? auths[auth] : "?");
}

const char *
dro_generation_name(enum dro_generation generation)
{
	return ((size_t)generation < DRO_ARRAY_LEN(generations)
		? generations[generation]
		: "?");
}

const char *
dro_trust_name(enum dro_trust trust)
{
	return ((size_t)trust < DRO_ARRAY_LEN(tiers) ? tiers[trust] : "?");
}

bool
dro_trust_parse(const char *name, enum dro_trust *out)
{
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(tiers); i++) {
		if (strcmp(name, tiers[i]) != 0)
			continue;
		*out = (enum dro_trust)i;
		return (true);
	}
	return (false);
}
