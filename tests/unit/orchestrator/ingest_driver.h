#ifndef DRO_TEST_INGEST_DRIVER_H
#define DRO_TEST_INGEST_DRIVER_H

/*
 * One input through container and document, without a store: what came out,
 * as text, in order.  Include after cmocka.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/container.h"
#include "ingest/document.h"

#define OUTCOMES_MAX 8
#define NOW INT64_C(1769904000) /* 2026-02-01T00:00:00Z */

/* One document, refusal or warning of the container. */
struct outcome {
	char member[128]; /* "-" outside an archive */
	char code[32]; /* "" when stored */
	char warnings[256]; /* "a,b", or "-" */
	char numbers[512]; /* the rest of a row of stored.tsv */
	unsigned char content[32];
};

struct outcomes {
	struct dro_document *doc;
	char member[128];
	bool open;
	size_t n;
	struct outcome list[OUTCOMES_MAX];
	char ignored[128]; /* entry of the one container warning, or "" */
};

static inline struct outcome *
outcome_add(struct outcomes *all, const char *member)
{
	struct outcome *o = &all->list[all->n];

	assert_true(all->n < OUTCOMES_MAX);
	all->n++;
	memset(o, 0, sizeof(*o));
	(void)snprintf(
	    o->member, sizeof(o->member), "%s", member != NULL ? member : "-");
	return (o);
}

static inline void
driver_begin(void *arg, const char *member)
{
	struct outcomes *all = arg;

	assert_false(all->open);
	all->open = true;
	(void)snprintf(all->member, sizeof(all->member), "%s",
	    member != NULL ? member : "-");
	dro_document_begin(all->doc);
}

static inline bool
driver_data(void *arg, const char *ptr, size_t len)
{
	struct outcomes *all = arg;

	assert_true(all->open);
	return (dro_document_feed(all->doc, ptr, len));
}

static inline void
driver_numbers(struct outcome *o, const struct dro_report *r)
{
	static const char *const generations[] = {
	    "rfc7489", "rfc9990", "mixed"};
	const int64_t *d = r->disposition;

	(void)snprintf(o->numbers, sizeof(o->numbers),
	    "%s\t%s\t%s\t%s\t%lld\t%lld\t%lld\t%lld\t%lld\t%lld\t%lld\t%lld\t"
	    "%lld/%lld/%lld/%lld/%lld",
	    generations[r->generation], r->org, r->report_id, r->domain,
	    (long long)r->begin, (long long)r->end, (long long)r->rows,
	    (long long)r->messages, (long long)r->dmarc_pass,
	    (long long)r->dkim_aligned, (long long)r->spf_aligned,
	    (long long)r->unknown, (long long)d[DRO_DISP_NONE],
	    (long long)d[DRO_DISP_QUARANTINE], (long long)d[DRO_DISP_REJECT],
	    (long long)d[DRO_DISP_PASS], (long long)d[DRO_DISP_OTHER]);
}

/* Lines must come to what the report says in total. */
static inline void
driver_check_lines(const struct dro_report *r)
{
	int64_t pass = 0, fail = 0, unknown = 0;
	size_t i;

	for (i = 0; i < r->n_lines; i++) {
		pass += r->lines[i].pass;
		fail += r->lines[i].fail;
		unknown += r->lines[i].unknown;
	}
	assert_int_equal(pass, r->dmarc_pass);
	assert_int_equal(unknown, r->unknown);
	assert_int_equal(pass + fail + unknown, r->messages);
}

static inline void
driver_end(void *arg)
{
	struct outcomes *all = arg;
	struct outcome *o = outcome_add(all, all->member);
	struct dro_refused refused;
	struct dro_report r;
	size_t i;

	assert_true(all->open);
	all->open = false;
	assert_int_equal(
	    dro_document_end(all->doc, NOW, &r, &refused, NULL), DRO_OK);
	if (refused.why != DRO_REFUSE_NONE) {
		(void)snprintf(o->code, sizeof(o->code), "%s",
		    dro_refuse_name(refused.why));
		assert_true(refused.detail[0] != '\0');
		return;
	}
	driver_check_lines(&r);
	driver_numbers(o, &r);
	memcpy(o->content, r.content, sizeof(o->content));
	for (i = 0; i < r.n_warnings; i++) {
		strncat(o->warnings, i > 0 ? "," : "", 2);
		strncat(o->warnings, r.warnings[i], 64);
	}
	if (r.n_warnings == 0)
		memcpy(o->warnings, "-", 2);
}

static inline void
driver_refuse(void *arg, const char *member, const struct dro_refused *why)
{
	struct outcomes *all = arg;

	all->open = false;
	(void)snprintf(outcome_add(all, member)->code,
	    sizeof(all->list[0].code), "%s", dro_refuse_name(why->why));
	assert_true(why->detail[0] != '\0');
}

static inline void
driver_warn(void *arg, const char *member, enum dro_warn warn)
{
	struct outcomes *all = arg;

	if (all->open) {
		dro_document_warn(all->doc, warn);
		return;
	}
	assert_int_equal(warn, DRO_WARN_ZIP_IGNORED);
	assert_string_equal(all->ignored, ""); /* once an archive */
	(void)snprintf(all->ignored, sizeof(all->ignored), "%s", member);
}

/* Read all that ${fn} gives; finish with driver_finish. */
static inline void
driver_run(struct outcomes *all, dro_read_fn *fn, void *arg)
{
	struct dro_container *container = dro_container_create();
	const struct dro_sink sink = {all, driver_begin, driver_data,
	    driver_end, driver_refuse, driver_warn};

	memset(all, 0, sizeof(*all));
	all->doc = dro_document_create();
	assert_non_null(container);
	assert_non_null(all->doc);
	assert_int_equal(
	    dro_container_read(container, fn, arg, &sink, NULL), DRO_OK);
	assert_false(all->open);
	dro_container_destroy(container);
}

static inline void
driver_finish(struct outcomes *all)
{
	dro_document_destroy(all->doc);
}

/* Octets in memory as a dro_read_fn, at most ${step} at a time. */
struct octets {
	const char *ptr;
	size_t len, step;
};

static inline ssize_t
octets_read(void *arg, void *buf, size_t cap)
{
	struct octets *o = arg;
	size_t n = o->len < cap ? o->len : cap;

	if (n > o->step)
		n = o->step;
	memcpy(buf, o->ptr, n);
	o->ptr += n;
	o->len -= n;
	return ((ssize_t)n);
}

/* The whole file tests/data/reports/${name}, for the caller to free. */
static inline char *
driver_load(const char *name, size_t *len)
{
	char path[512], *all = malloc((size_t)1 << 20);
	FILE *f;

	(void)snprintf(
	    path, sizeof(path), "%s/reports/%s", DRO_TEST_DATA, name);
	assert_non_null(all);
	if ((f = fopen(path, "rb")) == NULL)
		fail_msg("%s: cannot be read", path);
	*len = fread(all, 1, (size_t)1 << 20, f);
	assert_true(feof(f));
	(void)fclose(f);
	return (all);
}

static inline void
driver_file(struct outcomes *all, const char *name)
{
	struct octets o = {.step = SIZE_MAX};
	char *data = driver_load(name, &o.len);

	o.ptr = data;
	driver_run(all, octets_read, &o);
	free(data);
}

#endif /* !DRO_TEST_INGEST_DRIVER_H */
