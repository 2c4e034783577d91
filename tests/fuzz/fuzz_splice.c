/*
 * A hostile or broken zone file: the first octet chooses the record set and
 * what it shall become, the rest is the file.  What is spliced and proven
 * must stay so when it is done again.
 */
#include <stdlib.h>
#include <string.h>

#include "zonefile/zonetext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define APEX "voorbeeld.example"

/* One pass; true if the result is proven. */
static bool
pass(const char *text, size_t len, const struct dro_rrset *wanted,
    struct dro_arena *arena, struct dro_buf *out)
{
	struct dro_zf_view before = {.n = 0}, after = {.n = 0};
	bool proven;

	proven = dro_zf_view_init(&before, text, len, APEX, wanted->name,
		     wanted->type, arena, NULL) == DRO_OK &&
	    dro_zf_splice(text, len, &before, wanted, out, NULL) == DRO_OK &&
	    dro_zf_view_init(&after, out->ptr, out->len, APEX, wanted->name,
		wanted->type, arena, NULL) == DRO_OK &&
	    dro_zf_prove(&before, &after, wanted, NULL) == DRO_OK;
	dro_zf_view_finish(&before);
	dro_zf_view_finish(&after);
	return (proven);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {
	    APEX, "_dmarc." APEX, "a.b." APEX, "mail." APEX};
	struct dro_arena *arena = dro_arena_create();
	struct dro_rrset wanted, normal;
	struct dro_buf once, twice;
	unsigned choice = size == 0 ? 0 : data[0];
	bool mx = (choice & 4) != 0;

	if (arena == NULL || size < 2)
		goto out;
	dro_rrset_init(&wanted, names[choice & 3], mx ? DRO_RR_MX : DRO_RR_TXT);
	wanted.ttl_s = (choice & 8) != 0 ? 300 : 3600;
	if ((choice & 16) != 0 &&
	    dro_rrset_add(&wanted, arena, mx ? "0 ." : "v=DMARC1; p=none",
		mx ? 3 : 16, NULL) != DRO_OK)
		goto out;
	if ((choice & 32) != 0 &&
	    dro_rrset_add(&wanted, arena, mx ? "10 mail." APEX "." : "a\"\\;(",
		mx ? 26 : 5, NULL) != DRO_OK)
		goto out;
	if (dro_zf_normal(&wanted, arena, &normal, NULL) != DRO_OK)
		abort();
	dro_buf_init(&once, DRO_ZF_MAX);
	dro_buf_init(&twice, DRO_ZF_MAX);
	if (pass((const char *)data + 1, size - 1, &normal, arena, &once) &&
	    !pass(once.ptr, once.len, &normal, arena, &twice))
		abort();
	dro_buf_finish(&once);
	dro_buf_finish(&twice);
out:
	dro_arena_destroy(arena);
	return (0);
}
