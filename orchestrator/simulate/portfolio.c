#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/date.h"
#include "simulate/made.h"
#include "simulate/portfolio.h"

#define FILE_MAX (1u << 20)
#define RUA "mailto:dmarc@msp.example"

/* One domain and its mail a day, told by two reporters. */
struct story {
	const char *domain;
	const char *client;
	const char *settings; /* in rollout.yaml */
	const char *record; /* as found */
	int own; /* messages a day from its own servers */
	int vendor; /* from a vendor that signs for it */
	bool vendor_breaks; /* from DRO_DEMO_BREAK_DAY on */
	int spoofed; /* failing mail of strangers */
};

static const struct story stories[] = {
    {"gemeente.example", "gemeente", "{}", "v=DMARC1; p=none; rua=" RUA, 400,
	60, false, 30},
    {"museum.example", "gemeente", "{}", "v=DMARC1; p=none; rua=" RUA, 3, 0,
	false, 0},
    {"school.example", "gemeente", "{}",
	"v=DMARC1; p=quarantine; pct=10; rua=" RUA, 4, 0, false, 2},
    {"zorg.example", "zorg", "{}", "v=DMARC1; p=quarantine; rua=" RUA, 300, 80,
	true, 10},
    {"apotheek.example", "zorg", "{policy: careful}",
	"v=DMARC1; p=none; rua=" RUA, 150, 0, false, 3000},
    {"huisarts.example", "zorg", "{}", "v=DMARC1; p=reject; rua=" RUA, 90, 0,
	false, 12},
};

static const char *const reporters[] = {"google.com", "yahoo.com"};

const char *
dro_portfolio_domain(size_t i)
{
	return (i < DRO_ARRAY_LEN(stories) ? stories[i].domain : NULL);
}

static enum dro_code
write_file(const char *dir, const char *name, struct dro_buf *text,
    struct dro_err *err)
{
	char path[4096];
	enum dro_code code;
	bool ok;
	FILE *fp;

	if ((code = dro_buf_check(text, name, err)) != DRO_OK)
		return (code);
	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    (int)sizeof(path))
		return (dro_err_set(err, DRO_EINVAL, "%s: too long", dir));
	if ((fp = fopen(path, "we")) == NULL)
		return (
		    dro_err_set(err, DRO_EIO, "%s: %s", path, strerror(errno)));
	ok = fwrite(text->ptr, 1, text->len, fp) == text->len;
	if (fclose(fp) != 0 || !ok)
		return (dro_err_set(err, DRO_EIO, "%s: cannot write", path));
	dro_buf_reset(text);
	return (DRO_OK);
}

static void
add_config(struct dro_buf *out, int port)
{
	const char *client = "";
	size_t i;

	dro_buf_addf(out,
	    "# A made-up portfolio on this machine alone.\n"
	    "version: 1\n"
	    "clock: virtual\n"
	    "dns:\n"
	    "  verify_wait: 10s\n"
	    "  servers:\n");
	for (i = 0; i < DRO_ARRAY_LEN(stories); i++)
		dro_buf_addf(
		    out, "    %s: [127.0.0.1@%d]\n", stories[i].domain, port);
	dro_buf_adds(out,
	    "reports:\n"
	    "  - {name: drop, directory: {path: incoming}, trust: trusted}\n"
	    "accounts:\n"
	    "  files:\n"
	    "    provider: zonefile\n"
	    "    path: zones\n"
	    "    reload: {command: [knotc, -b, -s, knot.sock, zone-reload, "
	    "\"{zone}\"]}\n"
	    "defaults: {policy: standard, account: files, rua: \"" RUA "\"}\n"
	    "clients:\n");
	for (i = 0; i < DRO_ARRAY_LEN(stories); i++) {
		if (strcmp(client, stories[i].client) != 0)
			dro_buf_addf(
			    out, "  %s:\n    domains:\n", stories[i].client);
		client = stories[i].client;
		dro_buf_addf(out, "      %s: %s\n", stories[i].domain,
		    stories[i].settings);
	}
}

static void
add_knot(struct dro_buf *out, const char *dir, int port)
{
	size_t i;

	dro_buf_addf(out,
	    "server:\n    rundir: \"%s\"\n    listen: 127.0.0.1@%d\n"
	    "control:\n    listen: knot.sock\n"
	    "database:\n    storage: \"%s/knot\"\n"
	    "log:\n  - target: \"%s/knot.log\"\n    any: info\n"
	    "template:\n  - id: default\n    storage: \"%s/zones\"\n"
	    "    file: \"%%s.zone\"\n    zonefile-sync: -1\n"
	    "    zonefile-load: whole\n    journal-content: none\n"
	    "zone:\n",
	    dir, port, dir, dir, dir);
	for (i = 0; i < DRO_ARRAY_LEN(stories); i++)
		dro_buf_addf(out, "  - domain: %s\n", stories[i].domain);
}

static void
add_zone(struct dro_buf *out, const struct story *s)
{
	dro_buf_addf(out,
	    "$ORIGIN %s.\n"
	    "$TTL 3600\n"
	    "@\tIN SOA ns1 hostmaster 1 3600 900 604800 300\n"
	    "\tIN NS ns1\n"
	    "\tIN MX 10 mail\n"
	    "ns1\tIN A 127.0.0.1\n"
	    "mail\tIN A 192.0.2.10\n"
	    "_dmarc\tIN TXT \"%s\" ; policy\n"
	    "www\tIN A 192.0.2.80\n",
	    s->domain, s->record);
}

enum dro_code
dro_portfolio_write(const char *dir, int port, struct dro_err *err)
{
	static const char *const folders[] = {"zones", "incoming", "knot"};
	struct dro_buf text;
	enum dro_code code = DRO_OK;
	char path[4096];
	size_t i;

	dro_buf_init(&text, FILE_MAX);
	for (i = 0; i < DRO_ARRAY_LEN(folders) && code == DRO_OK; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, folders[i]);
		if (mkdir(path, 0700) != 0)
			code = dro_err_set(
			    err, DRO_EIO, "%s: %s", path, strerror(errno));
	}
	for (i = 0; i < DRO_ARRAY_LEN(stories) && code == DRO_OK; i++) {
		add_zone(&text, &stories[i]);
		(void)snprintf(
		    path, sizeof(path), "zones/%s.zone", stories[i].domain);
		code = write_file(dir, path, &text, err);
	}
	if (code == DRO_OK) {
		add_knot(&text, dir, port);
		code = write_file(dir, "knot.conf", &text, err);
	}
	if (code == DRO_OK) {
		add_config(&text, port);
		code = write_file(dir, "rollout.yaml", &text, err);
	}
	dro_buf_finish(&text);
	return (code);
}

/* Reporter 0 sees two thirds of the mail. */
static int
part(int messages, size_t reporter)
{
	int first = (messages * 2 + 2) / 3;

	return (reporter == 0 ? first : messages - first);
}

/* The rows of one day as one reporter saw it; forged mail is ${stranger}'s. */
static size_t
add_rows(const struct story *s, int day, size_t reporter, const char *stranger,
    struct dro_made_row rows[3])
{
	bool broken = s->vendor_breaks && day >= DRO_DEMO_BREAK_DAY;
	size_t n = 0;

	if (part(s->own, reporter) > 0)
		rows[n++] = (struct dro_made_row){.ip = "192.0.2.10",
		    .count = part(s->own, reporter),
		    .disposition = "none",
		    .dkim = "pass",
		    .spf = "pass",
		    .header_from = s->domain,
		    .dkim_domain = s->domain,
		    .dkim_selector = "s1",
		    .dkim_result = "pass",
		    .spf_domain = s->domain,
		    .spf_result = "pass"};
	if (part(s->vendor, reporter) > 0)
		rows[n++] = (struct dro_made_row){.ip = "198.51.100.7",
		    .count = part(s->vendor, reporter),
		    .disposition = broken ? "quarantine" : "none",
		    .dkim = broken ? "fail" : "pass",
		    .spf = "fail",
		    .header_from = s->domain,
		    .dkim_domain = s->domain,
		    .dkim_selector = "crm",
		    .dkim_result = broken ? "fail" : "pass",
		    .spf_domain = "bounce.crm.example",
		    .spf_result = "pass"};
	if (part(s->spoofed, reporter) > 0)
		rows[n++] = (struct dro_made_row){.ip = stranger,
		    .count = part(s->spoofed, reporter),
		    .disposition = "none",
		    .dkim = "fail",
		    .spf = "fail",
		    .header_from = s->domain,
		    .spf_domain = s->domain,
		    .spf_result = "fail"};
	return (n);
}

static enum dro_code
write_report(const char *dir, const struct story *s, int day, size_t reporter,
    struct dro_err *err)
{
	int64_t begin = DRO_DEMO_START + day * DRO_DAY_S;
	struct dro_made_row rows[3];
	struct dro_made_report r = {.org = reporters[reporter],
	    .begin = begin,
	    .end = begin + DRO_DAY_S - 1,
	    .domain = s->domain,
	    .record = s->record,
	    .rows = rows};
	char id[64], email[64], stranger[32], path[4096];

	(void)snprintf(id, sizeof(id), "%d.%zu.%s", day, reporter, s->domain);
	(void)snprintf(email, sizeof(email), "noreply-dmarc@%s", r.org);
	(void)snprintf(path, sizeof(path), "%s/incoming/%s!%s!%lld!%lld.xml.gz",
	    dir, r.org, s->domain, (long long)r.begin, (long long)r.end);
	r.report_id = id;
	r.email = email;
	/* A new one every day. */
	(void)snprintf(
	    stranger, sizeof(stranger), "198.18.%d.99", (int)(day % 256));
	r.n_rows = add_rows(s, day, reporter, stranger, rows);
	return (r.n_rows == 0 ? DRO_OK : dro_made_gzip(&r, path, err));
}

enum dro_code
dro_portfolio_reports(const char *dir, int from, int to, struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	size_t i, r;
	int day;

	for (day = from; day < to; day++)
		for (i = 0; i < DRO_ARRAY_LEN(stories); i++)
			for (r = 0;
			     r < DRO_ARRAY_LEN(reporters) && code == DRO_OK;
			     r++)
				code =
				    write_report(dir, &stories[i], day, r, err);
	return (code);
}
