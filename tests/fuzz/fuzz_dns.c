/*
 * The reader of DNS answers.  The first octet of the input chooses what was
 * asked; the rest is the message.  Whatever comes, the answer is one of the
 * states of dns.h, within the limits of record/rrset.h.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct dro_answer *a, const struct dro_asked *asked)
{
	size_t i;

	if (strcmp(a->rrset.name, asked->name) != 0 ||
	    a->rrset.type != asked->type || a->rrset.n > DRO_RRSET_VALUES_MAX)
		abort();
	for (i = 0; i < a->rrset.n; i++)
		if (a->rrset.values[i].len > DRO_TXT_MAX ||
		    a->rrset.values[i].ptr[a->rrset.values[i].len] != '\0')
			abort();
	switch (a->status) {
	case DRO_ANSWER_OK:
		if (a->detail != NULL)
			abort();
		break;
	case DRO_ANSWER_CNAME:
	case DRO_ANSWER_BAD:
		if (a->rrset.n != 0 || a->detail == NULL || *a->detail == '\0')
			abort();
		break;
	case DRO_ANSWER_NONE:
	case DRO_ANSWER_NO_ROUTE:
		abort(); /* something did come */
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum dro_rrtype types[] = {DRO_RR_TXT, DRO_RR_MX,
	    DRO_RR_NS, DRO_RR_CNAME, DRO_RR_SOA, DRO_RR_A, DRO_RR_AAAA};
	struct dro_asked asked = {"_dmarc.klant.example", DRO_RR_TXT, true};
	struct dro_arena *arena;
	struct dro_answer answer;

	if (size == 0 || (arena = dro_arena_create()) == NULL)
		return (0);
	asked.type = types[(data[0] & 0x7f) % DRO_ARRAY_LEN(types)];
	asked.authority = (data[0] & 0x80) == 0;
	memset(&answer, 0, sizeof(answer));
	dro_answer_read(data + 1, size - 1, &asked, arena, &answer);
	check(&answer, &asked);
	dro_arena_destroy(arena);
	return (0);
}
