#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "record/dmarc.h"

/* p, sp, np, adkim, aspf, rua, pct and t may be new to a record. */
#define NEW_TAGS_MAX 8

/*
 * One tag as octets: ${head} ${value} [,${more}] ${tail}.  Printed with
 * semicolons between them, untouched pieces are the text as it was.
 */
struct piece {
	struct dro_str name;
	struct dro_str head; /* up to the value; NULL: a new tag */
	struct dro_str value;
	const char *more; /* new last item of a comma list, or NULL */
	struct dro_str tail; /* after the value, up to the semicolon */
};

struct record {
	size_t n;
	struct piece pieces[DRO_DMARC_TAGS_MAX + NEW_TAGS_MAX];
	bool closed; /* a semicolon ends it, followed by ${rest} */
	struct dro_str rest;
	char pct[16]; /* room for a value of ours */
};

/* Cut the text at the values that the parser found. */
static void
take_apart(
    struct dro_str text, const struct dro_dmarc *parsed, struct record *out)
{
	const char *at = text.ptr, *end = text.ptr + text.len, *after, *stop;
	const struct dro_tag *tag;
	size_t i;

	for (i = 0; i < parsed->n; i++) {
		tag = &parsed->tags[i];
		after = tag->value.ptr + tag->value.len;
		stop = memchr(after, ';', (size_t)(end - after));
		out->closed = stop != NULL;
		if (stop == NULL)
			stop = end;
		out->pieces[out->n++] = (struct piece){.name = tag->name,
		    .head = {at, (size_t)(tag->value.ptr - at)},
		    .value = tag->value,
		    .tail = {after, (size_t)(stop - after)}};
		at = out->closed ? stop + 1 : stop;
	}
	out->rest = (struct dro_str){at, (size_t)(end - at)};
}

static struct piece *
find(struct record *record, const char *name)
{
	size_t i;

	for (i = 0; i < record->n; i++)
		if (dro_str_ieq(record->pieces[i].name, name))
			return (&record->pieces[i]);
	return (NULL);
}

/* Give the tag a value: in place, or as a new tag at the end. */
static void
set(struct record *record, const char *name, const char *value)
{
	struct piece *piece = find(record, name);

	if (piece == NULL) {
		assert(record->n < DRO_ARRAY_LEN(record->pieces));
		piece = &record->pieces[record->n++];
		*piece = (struct piece){.name = dro_str_of(name)};
	}
	piece->value = dro_str_of(value);
}

/* Put the piece at ${from} at ${to}, or drop it if that is the end. */
static void
move(struct record *record, size_t from, size_t to)
{
	struct piece piece = record->pieces[from];
	size_t i;

	for (i = from; i > to; i--)
		record->pieces[i] = record->pieces[i - 1];
	for (i = from; i < to && i + 1 < record->n; i++)
		record->pieces[i] = record->pieces[i + 1];
	if (to == record->n)
		record->n--;
	else
		record->pieces[to] = piece;
}

/* A default is written as no tag, so that a ladder's end leaves no trace. */
static void
drop(struct record *record, const char *name)
{
	struct piece *piece = find(record, name);

	if (piece != NULL)
		move(record, (size_t)(piece - record->pieces), record->n);
}

static void
set_level(struct record *record, const char *name, const enum dro_level *want,
    const enum dro_level *have)
{
	if (want != NULL && (have == NULL || *have != *want))
		set(record, name, dro_level_name(*want));
}

static const struct dro_tag *
tag_of(const struct dro_dmarc *record, const char *name)
{
	size_t i;

	for (i = 0; i < record->n; i++)
		if (dro_str_ieq(record->tags[i].name, name))
			return (&record->tags[i]);
	return (NULL);
}

static bool
is_strict(const struct dro_dmarc *record, const char *name)
{
	const struct dro_tag *tag = tag_of(record, name);

	return (tag != NULL && dro_str_ieq(tag->value, "s"));
}

bool
dro_dmarc_is_strict(const struct dro_dmarc *record)
{
	return (is_strict(record, "adkim") && is_strict(record, "aspf"));
}

static void
set_strict(
    struct record *record, const char *name, const struct dro_dmarc *have)
{
	if (!is_strict(have, name))
		set(record, name, "s");
}

static void
add_rua(struct record *record, const struct dro_dmarc *have, const char *uri)
{
	if (uri == NULL || dro_dmarc_rua_has(have->rua, uri))
		return;
	if (have->rua.len == 0)
		set(record, "rua", uri);
	else
		find(record, "rua")->more = uri;
}

/* pct and t come last, pct first; 100 and n are never written. */
static void
set_sampling(struct record *record, const struct dro_core *want,
    const struct dro_core *have)
{
	if (want->pct == 100) {
		drop(record, "pct");
	} else if (want->pct != have->pct) {
		(void)snprintf(
		    record->pct, sizeof(record->pct), "%d", want->pct);
		set(record, "pct", record->pct);
	}
	if (!want->t)
		drop(record, "t");
	else if (!have->t)
		set(record, "t", "y");
}

static bool
same_core(const struct dro_core *a, const struct dro_core *b)
{
	return (a->p == b->p && a->pct == b->pct && a->t == b->t);
}

static void
apply(struct record *record, const struct dro_dmarc *have,
    const struct dro_edit *edit)
{
	struct piece *p = find(record, "p");

	if (edit->core != NULL && p == NULL) {
		set(record, "p", dro_level_name(edit->core->p));
	} else if (edit->core != NULL && !same_core(edit->core, &have->core)) {
		set_level(record, "p", &edit->core->p, &have->core.p);
		move(record, (size_t)(p - record->pieces), 1);
	}
	set_level(record, "sp", edit->sp, have->has_sp ? &have->sp : NULL);
	set_level(record, "np", edit->np, have->has_np ? &have->np : NULL);
	if (edit->strict) {
		set_strict(record, "adkim", have);
		set_strict(record, "aspf", have);
	}
	add_rua(record, have, edit->rua_add);
	if (edit->core != NULL)
		set_sampling(record, edit->core, &have->core);
}

static void
print(const struct record *record, struct dro_buf *out)
{
	const struct piece *piece;
	size_t i;

	for (i = 0; i < record->n; i++) {
		piece = &record->pieces[i];
		if (i > 0)
			dro_buf_addc(out, ';');
		if (piece->head.ptr == NULL)
			dro_buf_addf(out, " %.*s=", (int)piece->name.len,
			    piece->name.ptr);
		dro_buf_add(out, piece->head.ptr, piece->head.len);
		dro_buf_add(out, piece->value.ptr, piece->value.len);
		if (piece->more != NULL)
			dro_buf_addf(out, ",%s", piece->more);
		dro_buf_add(out, piece->tail.ptr, piece->tail.len);
	}
	if (record->closed)
		dro_buf_addc(out, ';');
	dro_buf_add(out, record->rest.ptr, record->rest.len);
}

/* Our URI must stay one list item in one tag (RFC 9989 4.7). */
static enum dro_code
check_uri(const char *uri, struct dro_err *err)
{
	const char *c;

	for (c = uri; c != NULL && *c != '\0'; c++)
		if (*c <= ' ' || *c > '~' || *c == ';' || *c == ',')
			return (dro_err_set(err, DRO_EINVAL,
			    "\"%.80s\": a report URI holds no white space, "
			    "\",\" or \";\"; write them as %%20, %%2C and %%3B",
			    uri));
	return (DRO_OK);
}

enum dro_code
dro_dmarc_edit(struct dro_str text, const struct dro_edit *edit,
    struct dro_buf *out, struct dro_err *err)
{
	static const char version[] = "v=DMARC1";
	struct dro_dmarc have = {.core = {.pct = 100}};
	struct record record = {0};
	size_t start = out->len;
	enum dro_code code;

	if ((code = check_uri(edit->rua_add, err)) != DRO_OK)
		return (code);
	if (text.len == 0) {
		have.n = 1;
		have.tags[0].name = (struct dro_str){version, 1};
		have.tags[0].value = dro_str_of(version + 2);
		text = dro_str_of(version);
	} else if ((code = dro_dmarc_parse(text, &have, err)) != DRO_OK) {
		return (code);
	}
	take_apart(text, &have, &record);
	apply(&record, &have, edit);
	print(&record, out);
	if ((code = dro_buf_check(out, "edited DMARC record", err)) != DRO_OK)
		return (code);

	/* What we publish must read as we meant it: no p, too many tags. */
	text = (struct dro_str){out->ptr + start, out->len - start};
	if ((code = dro_dmarc_parse(text, &have, err)) != DRO_OK)
		dro_err_context(err, "the edit asked for");
	return (code);
}
