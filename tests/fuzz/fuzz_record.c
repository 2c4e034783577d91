/*
 * Any octets as a DMARC record.  What must hold: an edit of a record that
 * parses parses again, has exactly the wanted core and every foreign tag in
 * its order; asking again changes nothing; stepping back restores the core.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "presets/presets.h"
#include "record/dmarc.h"
#include "stage/ladder.h"

#define MUST(condition)                                                        \
	do {                                                                   \
		if (!(condition)) {                                            \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__,     \
			    #condition);                                       \
			abort();                                               \
		}                                                              \
	} while (0)

#define CEILING ((size_t)2 * DRO_TXT_MAX)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dro_str
text_of(const struct dro_buf *buf)
{
	return ((struct dro_str){buf->ptr, buf->len});
}

static bool
is_same_text(const struct dro_buf *a, const struct dro_buf *b)
{
	return (a->len == b->len && memcmp(a->ptr, b->ptr, a->len) == 0);
}

static bool
is_owned(const struct dro_tag *tag)
{
	static const char *const owned[] = {"p", "pct", "t", "sp", "np", "rua"};
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(owned); i++)
		if (dro_str_ieq(tag->name, owned[i]))
			return (true);
	return (false);
}

/* The foreign tags of both, in order and octet for octet. */
static void
compare_foreign(const struct dro_dmarc *a, const struct dro_dmarc *b)
{
	const struct dro_tag *x, *y;
	size_t i, j = 0;

	for (i = 0; i < a->n; i++) {
		x = &a->tags[i];
		if (is_owned(x))
			continue;
		while (j < b->n && is_owned(&b->tags[j]))
			j++;
		MUST(j < b->n);
		y = &b->tags[j++];
		MUST(x->name.len == y->name.len);
		MUST(memcmp(x->name.ptr, y->name.ptr, x->name.len) == 0);
		MUST(x->value.len == y->value.len);
		MUST(memcmp(x->value.ptr, y->value.ptr, x->value.len) == 0);
	}
	for (; j < b->n; j++)
		MUST(is_owned(&b->tags[j]));
}

/* Edit and check; false if the record has no room for what is new. */
static bool
edit(struct dro_str text, const struct dro_edit *want, struct dro_buf *out)
{
	struct dro_dmarc before, after;
	struct dro_buf again;
	struct dro_err err;

	dro_buf_init(out, CEILING);
	MUST(dro_dmarc_parse(text, &before, &err) == DRO_OK);
	if (dro_dmarc_edit(text, want, out, &err) != DRO_OK) {
		MUST(before.n + 5 > DRO_DMARC_TAGS_MAX ||
		    text.len + 100 > CEILING);
		return (false);
	}
	MUST(dro_dmarc_parse(text_of(out), &after, &err) == DRO_OK);
	MUST(dro_dmarc_is(text_of(out)));
	MUST(dro_core_equal(
	    after.core, want->core != NULL ? *want->core : before.core));
	if (want->sp != NULL)
		MUST(after.has_sp && after.sp == *want->sp);
	if (want->rua_add != NULL)
		MUST(dro_dmarc_rua_has(after.rua, want->rua_add));
	compare_foreign(&before, &after);

	dro_buf_init(&again, CEILING);
	MUST(dro_dmarc_edit(text_of(out), want, &again, &err) == DRO_OK);
	MUST(is_same_text(out, &again));
	dro_buf_finish(&again);
	return (true);
}

/* To the rung and back; a second time round leaves no trace at all. */
static void
there_and_back(struct dro_str text, struct dro_core home, struct dro_core core)
{
	const struct dro_edit out = {.core = &core}, back = {.core = &home};
	struct dro_buf a = {0}, b = {0}, c = {0}, d = {0};

	if (edit(text, &out, &a) && edit(text_of(&a), &back, &b) &&
	    edit(text_of(&b), &out, &c) && edit(text_of(&c), &back, &d) &&
	    !dro_core_equal(home, core))
		MUST(is_same_text(&b, &d));
	dro_buf_finish(&a);
	dro_buf_finish(&b);
	dro_buf_finish(&c);
	dro_buf_finish(&d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum dro_level reject = DRO_REJECT;
	const struct dro_edit more = {
	    .sp = &reject, .rua_add = "mailto:ours@reports.example"};
	struct dro_str text = {(const char *)data, size};
	struct dro_buf out = {0};
	struct dro_ladder ladder;
	struct dro_rrset rrset;
	struct dro_dmarc d;
	struct dro_err err;
	size_t i, index;
	bool is = dro_dmarc_is(text);

	dro_rrset_init(&rrset, "_dmarc.voorbeeld.example", DRO_RR_TXT);
	rrset.n = 1;
	rrset.values[0] = (struct dro_value){text.ptr, text.len};
	MUST(dro_dmarc_find(&rrset, &index) ==
	    (is ? DRO_FOUND_ONE : DRO_FOUND_NONE));
	if (size > DRO_TXT_MAX || dro_dmarc_parse(text, &d, &err) != DRO_OK)
		return (0);
	MUST(is);
	MUST(dro_preset_ladder("dual-reject-pct", &ladder, &err) == DRO_OK);
	for (i = 0; i < ladder.n; i++)
		there_and_back(text, d.core, ladder.rungs[i].core);
	(void)edit(text, &more, &out);
	dro_buf_finish(&out);
	return (0);
}
