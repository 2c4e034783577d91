/*
 * Any octets as an Authentication-Results field: what is read is a name that
 * was written there, and names that are domains.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/authres.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* "" or as the rest of the program writes domains. */
static void
check_domain(const char *name)
{
	char again[DRO_DOMAIN_LEN];

	if (*name == '\0')
		return;
	assert(dro_domain_normalise(name, again, NULL) == DRO_OK);
	assert(strcmp(name, again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dro_authres res;
	size_t i, len, dmarc = 0;

	if (!dro_authres_parse((const char *)data, size, &res))
		return (0);
	assert(memchr(res.id, '\0', sizeof(res.id)) != NULL);
	assert((len = strlen(res.id)) > 0 && res.n <= DRO_AUTHRES_MAX);
	assert(memmem(data, size, res.id, len) != NULL);
	for (i = 0; i < res.n; i++) {
		const struct dro_authres_result *r = &res.results[i];

		dmarc += r->method == DRO_AUTHRES_DMARC;
		check_domain(r->header_from);
		check_domain(r->header_d);
		check_domain(r->header_i);
		assert(memchr(r->selector, '\0', sizeof(r->selector)) != NULL);
	}
	assert(dmarc <= 1);
	return (0);
}
