/*
 * What a hostile server answers to the rfc2136 plugin: the octets of one
 * message, judged as an answer that refuses and as one that was believed.
 */
#include <stdlib.h>
#include <string.h>

#ifdef DRO_SANITIZE
#include <sanitizer/lsan_interface.h>
#endif

#include "rfc2136/live.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NAME "_dmarc.voorbeeld.example"

static void
take(const ldns_pkt *pkt, enum dro_rrtype type)
{
	const struct dro_rrkey key = {NAME, type};
	struct dro_arena *arena = dro_arena_create();
	struct rfc2136_live live;
	struct dro_err err;

	if (arena == NULL)
		abort();
	if (dro_rfc2136_take(pkt, &key, &live, arena, &err) == DRO_OK &&
	    live.rrset.n != ldns_rr_list_rr_count(live.raw))
		abort(); /* a prerequisite would miss a record */
	dro_rfc2136_live_finish(&live);
	dro_arena_destroy(arena);
}

/* libldns forgets the first of two TSIG records; that leak is its own. */
static ldns_status
parse(ldns_pkt **pkt, const uint8_t *data, size_t size)
{
	ldns_status status;

#ifdef DRO_SANITIZE
	__lsan_disable();
#endif
	status = ldns_wire2pkt(pkt, data, size);
#ifdef DRO_SANITIZE
	__lsan_enable();
#endif
	return (status);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rfc2136 r = {.server = "192.0.2.53",
	    .key = {.name = "key.example",
		.algorithm = "hmac-sha256",
		.secret_len = 32}};
	const struct rfc2136_mac mac = {.len = 32};
	struct dro_err err;
	ldns_pkt *pkt;

	/* As the host hands it on: a header at least. */
	if (size < 12 || parse(&pkt, data, size) != LDNS_STATUS_OK)
		return (0);
	if (dro_rfc2136_verify(&r.key, pkt, data, size, &mac, 1767584144))
		abort(); /* nobody signs with a secret of zeros by chance */
	if (dro_rfc2136_refusal(&r, pkt, NAME, &mac, &err) == DRO_OK)
		abort();
	take(pkt, DRO_RR_TXT);
	take(pkt, DRO_RR_MX);
	ldns_pkt_free(pkt);
	return (0);
}
