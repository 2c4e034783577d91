/*
 * make_reports DIR REPORTS ROWS SEED: write that many aggregate reports with
 * about that many rows in all, and DIR.truth with what is in them:
 *
 *     domain TAB day TAB reports TAB rows TAB pass TAB fail
 *
 * DIR.domains lists the domains.  Sizes have a heavy tail, as those of real
 * reports: most have a handful of rows, a few have thousands.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "simulate/made.h"

#define DOMAINS 120
#define DAYS 14
#define REPORTERS 4
#define ROWS_MAX 20000
#define FIRST_DAY 20458 /* 2026-01-05 */

struct truth {
	int64_t reports, rows, pass, fail;
};

static const char *const reporters[REPORTERS] = {
    "google.com", "yahoo.com", "enterprise.example", "mail.example"};

static uint64_t state;

/* xorshift64*: the same seed makes the same corpus everywhere. */
static uint64_t
draw(uint64_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return ((state * UINT64_C(0x2545f4914f6cdd1d) >> 11) % below);
}

/* Where a row came from; the texts of one row. */
struct texts {
	char ip[48], dkim[64], spf[64], selector[16];
};

static void
address(struct texts *t, unsigned net, uint64_t host)
{
	(void)snprintf(t->ip, sizeof(t->ip), "%u.%u.%u.%u", net,
	    (unsigned)(host >> 16 & 0xff), (unsigned)(host >> 8 & 0xff),
	    (unsigned)(host & 0xff));
}

static void
pass_row(struct dro_made_row *row, bool dkim, bool spf)
{
	row->disposition = "none";
	row->dkim = dkim ? "pass" : "fail";
	row->spf = spf ? "pass" : "fail";
	row->dkim_result = row->dkim_domain == NULL ? NULL : row->dkim;
	row->spf_result = row->spf;
}

/* One row: own server, two vendors, forwarders, or nobody. */
static void
make_row(
    struct dro_made_row *row, struct texts *t, const char *domain, unsigned d)
{
	uint64_t kind = draw(100);

	memset(row, 0, sizeof(*row));
	(void)snprintf(t->dkim, sizeof(t->dkim), "%s", domain);
	(void)snprintf(t->spf, sizeof(t->spf), "%s", domain);
	(void)snprintf(
	    t->selector, sizeof(t->selector), "s%u", (unsigned)draw(2) + 1);
	*row = (struct dro_made_row){.ip = t->ip,
	    .count = 1 + (int64_t)draw(17),
	    .header_from = domain,
	    .dkim_domain = t->dkim,
	    .dkim_selector = t->selector,
	    .spf_domain = t->spf};
	if (kind < 20) {
		address(t, 10, d * 8 + draw(4));
		pass_row(row, true, true);
		row->count *= 20;
	} else if (kind < 45) {
		/* A shared platform signs for the domain. */
		address(t, 20, draw(4096));
		(void)snprintf(t->spf, sizeof(t->spf), "bounce.vendor.example");
		pass_row(row, true, false);
		row->spf_result = "pass";
	} else if (kind < 65) {
		/* Forwarded: the signature survives, the envelope does not. */
		address(t, 30, draw(20000));
		(void)snprintf(t->spf, sizeof(t->spf), "forward%u.example",
		    (unsigned)draw(40));
		pass_row(row, true, false);
		row->spf_result = "pass";
	} else if (kind < 70) {
		/* Forwarded, the signature broken. */
		address(t, 30, draw(20000));
		pass_row(row, false, false);
	} else {
		/* Nobody's: addresses that come once. */
		address(t, 60 + (unsigned)draw(100), draw(1u << 24));
		row->dkim_domain = row->dkim_selector = NULL;
		pass_row(row, false, false);
		row->spf_result = "softfail";
	}
}

/* Pareto with shape one, cut; the caller adjusts the mean. */
static size_t
draw_size(void)
{
	return ((size_t)(100 * ROWS_MAX / (draw(ROWS_MAX) + 10)));
}

static void
write_report(const char *dir, size_t i, size_t n_rows, struct truth *truth)
{
	static struct dro_made_row rows[ROWS_MAX];
	static struct texts texts[ROWS_MAX];
	unsigned d = (unsigned)draw(DOMAINS), day = (unsigned)draw(DAYS);
	unsigned r = (unsigned)draw(REPORTERS);
	struct truth *t = &truth[d * DAYS + day];
	char domain[32], id[32], email[64], path[4096];
	struct dro_made_report report = {.org = reporters[r],
	    .email = email,
	    .report_id = id,
	    .begin = dro_day_start((int32_t)(FIRST_DAY + day)),
	    .domain = domain,
	    .record = "v=DMARC1; p=none",
	    .rfc9990 = r % 2 == 1,
	    .n_rows = n_rows,
	    .rows = rows};
	struct dro_err err = {0};
	size_t k;

	report.end = report.begin + DRO_DAY_S - 1;
	(void)snprintf(domain, sizeof(domain), "domain%03u.example", d);
	(void)snprintf(id, sizeof(id), "%zu", i);
	(void)snprintf(email, sizeof(email), "dmarc@%s", reporters[r]);
	(void)snprintf(path, sizeof(path), "%s/%s!%s!%" PRId64 "!%zu.xml.gz",
	    dir, reporters[r], domain, report.begin, i);
	for (k = 0; k < n_rows; k++) {
		make_row(&rows[k], &texts[k], domain, d);
		if (strcmp(rows[k].dkim, "pass") == 0 ||
		    strcmp(rows[k].spf, "pass") == 0)
			t->pass += rows[k].count;
		else
			t->fail += rows[k].count;
	}
	t->reports++;
	t->rows += (int64_t)n_rows;
	if (dro_made_gzip(&report, path, &err) != DRO_OK) {
		(void)fprintf(stderr, "make_reports: %s\n", err.msg);
		exit(74);
	}
}

static FILE *
create(const char *dir, const char *suffix)
{
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s.%s", dir, suffix);
	if ((f = fopen(path, "we")) == NULL) {
		perror(path);
		exit(74);
	}
	return (f);
}

int
main(int argc, char **argv)
{
	static struct truth truth[DOMAINS * DAYS];
	size_t reports, want, i, sum = 0, *sizes;
	const char *dir;
	unsigned d, day;
	FILE *f;

	if (argc != 5) {
		(void)fputs(
		    "usage: make_reports DIR REPORTS ROWS SEED\n", stderr);
		return (64);
	}
	dir = argv[1];
	reports = strtoul(argv[2], NULL, 10);
	want = strtoul(argv[3], NULL, 10);
	state = strtoul(argv[4], NULL, 10) | 1;
	if ((sizes = calloc(reports + 1, sizeof(*sizes))) == NULL)
		return (74);
	for (i = 0; i < reports; i++)
		sum += sizes[i] = draw_size();
	for (i = 0; i < reports; i++) {
		size_t n = sizes[i] * want / sum;

		write_report(dir, i,
		    n < 1	       ? 1
			: n > ROWS_MAX ? ROWS_MAX
				       : n,
		    truth);
	}
	free(sizes);
	f = create(dir, "truth");
	for (d = 0; d < DOMAINS; d++)
		for (day = 0; day < DAYS; day++) {
			const struct truth *t = &truth[d * DAYS + day];

			if (t->reports > 0)
				(void)fprintf(f,
				    "domain%03u.example\t%u\t%" PRId64
				    "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\n",
				    d, FIRST_DAY + day, t->reports, t->rows,
				    t->pass, t->fail);
		}
	if (fclose(f) != 0)
		return (74);
	f = create(dir, "domains");
	for (d = 0; d < DOMAINS; d++)
		(void)fprintf(f, "domain%03u.example\n", d);
	return (fclose(f) == 0 ? 0 : 74);
}
