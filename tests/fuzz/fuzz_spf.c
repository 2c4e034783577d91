/*
 * Any octets as an SPF record and as a DKIM key.  What must hold: a record
 * that can be read, written anew from its terms, says the same; one that
 * cannot says nothing; a network that proves anything is named by a term.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "record/dkim_key.h"
#include "record/spf.h"

#define MUST(condition)                                                        \
	do {                                                                   \
		if (!(condition)) {                                            \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__,     \
			    #condition);                                       \
			abort();                                               \
		}                                                              \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* "v=spf1" and every term that is kept. */
static void
write_record(const struct dro_spf *spf, struct dro_buf *out)
{
	size_t i;

	dro_buf_init(out, (size_t)4 * DRO_TXT_MAX);
	dro_buf_adds(out, "v=spf1");
	for (i = 0; i < spf->n_terms; i++) {
		MUST(spf->terms[i].text != NULL);
		dro_buf_addc(out, ' ');
		dro_buf_adds(out, spf->terms[i].text);
	}
	MUST(!out->failed);
}

static void
read_record(
    const char *ptr, size_t len, struct dro_arena *arena, struct dro_spf *out)
{
	struct dro_rrset txt;

	dro_rrset_init(&txt, "voorbeeld.example", DRO_RR_TXT);
	txt.n = 1;
	txt.values[0] = (struct dro_value){ptr, len};
	MUST(dro_spf_parse(&txt, arena, out, NULL) == DRO_OK);
	(void)dro_dkim_key_read(&txt);
}

static void
check_nets(const struct dro_spf *spf)
{
	const struct dro_spf_net *found;
	size_t i;

	MUST(spf->n_nets <= DRO_SPF_NETS_MAX);
	for (i = 0; i < spf->n_nets; i++) {
		const struct dro_spf_net *n = &spf->nets[i];

		MUST(n->term >= spf->terms &&
		    n->term < spf->terms + spf->n_terms);
		MUST(n->term->qualifier == '+');
		found = dro_spf_proves(spf, &n->net);
		MUST(dro_spf_vague(&n->net) != NULL || found != NULL);
		MUST(found == NULL || dro_spf_vague(&found->net) == NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_spf spf, again;
	struct dro_buf text;
	size_t i;

	MUST(arena != NULL);
	if (size > DRO_TXT_MAX)
		size = DRO_TXT_MAX;
	read_record((const char *)data, size, arena, &spf);
	check_nets(&spf);
	MUST(spf.error == NULL || spf.n_terms == 0 ||
	    spf.lookups > DRO_SPF_LOOKUPS_MAX);
	if (spf.n_terms > 0) {
		write_record(&spf, &text);
		read_record(text.ptr, text.len, arena, &again);
		MUST(again.n_terms == spf.n_terms && again.all == spf.all);
		MUST(again.lookups == spf.lookups);
		MUST(again.n_nets == spf.n_nets);
		MUST(again.n_includes == spf.n_includes);
		for (i = 0; i < spf.n_includes; i++)
			MUST(strcmp(spf.includes[i], again.includes[i]) == 0);
		dro_buf_finish(&text);
	}
	dro_arena_destroy(arena);
	return (0);
}
