/*
 * dro-gen: made-up aggregate reports of whole days.  See README.md here.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/date.h"

#include "mail.h"

#define REPORTERS_MAX 16

struct order {
	const char *out, *domain, *record;
	int64_t begin;
	int days;
	size_t n_reporters;
	struct {
		const char *name;
		bool rfc9990;
	} reporters[REPORTERS_MAX];
	size_t n_mails;
	struct mail mails[MAILS_MAX];
};

static void DRO_NORETURN
fail(const char *text)
{
	fprintf(stderr, "dro-gen: %s\n", text);
	exit(65);
}

static void
add_mail(struct order *order, const char *spec)
{
	struct dro_err err = {0};

	if (order->n_mails == MAILS_MAX)
		fail("too many --mail");
	if (mail_parse(spec, order->domain, &order->mails[order->n_mails],
		&err) != DRO_OK)
		fail(err.msg);
	order->n_mails++;
}

/* One mail per line; blank lines and those that begin with # say nothing. */
static void
add_mails(struct order *order, const char *path)
{
	char line[MAIL_SPEC];
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");

	if (f == NULL)
		fail("--mails: cannot be read");
	while (fgets(line, sizeof(line), f) != NULL) {
		size_t len = strcspn(line, "\n");

		if (line[len] == '\0' && !feof(f))
			fail("--mails: a line is too long");
		line[len] = '\0';
		if (line[0] != '\0' && line[0] != '#')
			add_mail(order, line);
	}
	if (f != stdin)
		fclose(f);
}

static void
add_reporter(struct order *order, const char *name, bool rfc9990)
{
	if (order->n_reporters == REPORTERS_MAX)
		fail("too many reporters");
	order->reporters[order->n_reporters].name = name;
	order->reporters[order->n_reporters].rfc9990 = rfc9990;
	order->n_reporters++;
}

/* The report of reporter ${r} about ${day}; nothing seen, nothing sent. */
static void
write_report(const struct order *order, size_t r, int32_t day)
{
	struct dro_arena *arena = dro_arena_create();
	struct dro_made_row rows[ROWS_MAX];
	struct dro_err err = {0};
	struct dro_made_report report = {
	    .org = order->reporters[r].name,
	    .domain = order->domain,
	    .record = order->record,
	    .rfc9990 = order->reporters[r].rfc9990,
	    .begin = dro_day_start(day),
	    .end = dro_day_start(day) + DRO_DAY_S - 1,
	    .rows = rows,
	};
	const char *path;

	if (arena == NULL)
		fail("out of memory");
	for (size_t i = 0; i < order->n_mails; i++)
		report.n_rows +=
		    mail_rows(&order->mails[i], &report, r, order->n_reporters,
			rows + report.n_rows, ROWS_MAX - report.n_rows, arena);
	report.email = dro_arena_printf(arena, "dmarc@%s", report.org);
	report.report_id = dro_arena_printf(
	    arena, "%d.%s.%s", (int)day, report.domain, report.org);
	path = dro_arena_printf(arena, "%s/%s!%s!%lld!%lld.xml.gz", order->out,
	    report.org, report.domain, (long long)report.begin,
	    (long long)report.end);
	if (report.email == NULL || report.report_id == NULL || path == NULL)
		fail("out of memory");
	if (report.n_rows > 0 && dro_made_gzip(&report, path, &err) != DRO_OK)
		fail(err.msg);
	dro_arena_destroy(arena);
}

static int
usage(void)
{
	fputs("usage: dro-gen day --out DIR --domain D --date YYYY-MM-DD "
	      "[--days N]\n"
	      "    --record TEXT {--reporter ORG | --rfc9990 ORG}...\n"
	      "    {--mail SPEC | --mails FILE}...\n",
	    stderr);
	return (64);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"out", required_argument, NULL, 'o'},
	    {"domain", required_argument, NULL, 'd'},
	    {"date", required_argument, NULL, 't'},
	    {"days", required_argument, NULL, 'n'},
	    {"record", required_argument, NULL, 'c'},
	    {"reporter", required_argument, NULL, 'r'},
	    {"rfc9990", required_argument, NULL, 'R'},
	    {"mail", required_argument, NULL, 'm'},
	    {"mails", required_argument, NULL, 'M'},
	    {NULL, 0, NULL, 0},
	};
	static struct order order = {.days = 1, .begin = -1};
	struct dro_err err = {0};
	int c;

	if (argc < 2 || strcmp(argv[1], "day") != 0)
		return (usage());
	argv++;
	argc--;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'o':
			order.out = optarg;
			break;
		case 'd':
			order.domain = optarg;
			break;
		case 't':
			if (dro_date_parse(optarg, &order.begin, &err) !=
			    DRO_OK)
				fail(err.msg);
			break;
		case 'n':
			order.days = (int)strtol(optarg, NULL, 10);
			break;
		case 'c':
			order.record = optarg;
			break;
		case 'r':
		case 'R':
			add_reporter(&order, optarg, c == 'R');
			break;
		case 'm':
		case 'M':
			if (order.domain == NULL)
				fail("--domain comes before --mail");
			if (c == 'm')
				add_mail(&order, optarg);
			else
				add_mails(&order, optarg);
			break;
		default:
			return (usage());
		}
	}
	if (optind != argc || order.out == NULL || order.domain == NULL ||
	    order.record == NULL || order.begin < 0 || order.days < 1 ||
	    order.n_reporters == 0 || order.n_mails == 0)
		return (usage());
	for (int i = 0; i < order.days; i++)
		for (size_t r = 0; r < order.n_reporters; r++)
			write_report(&order, r, dro_day_of(order.begin) + i);
	return (0);
}
