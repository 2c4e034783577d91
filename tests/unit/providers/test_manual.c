/* The manual plugin: what a ticket says, compared whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "workdir.h"

#include "host/host.h"
#include "manual/manual.h"

/* 2026-02-01T06:00:00Z, and 14 days later. */
#define DECIDED INT64_C(1769925600)
#define UNTIL (DECIDED + 14 * INT64_C(86400))

static struct workdir work;
static struct dro_host *host, *reader;
static struct dro_arena *arena;
static struct dro_err err;
static const char *tickets[1];
static const struct dro_conf_item items[] = {{"tickets", 1, tickets}};
static const struct dro_conf conf = {"hand", 1, items};
static const struct dro_provider *const manual = &dro_provider_manual;

static void
add(struct dro_rrset *rrset, const void *ptr, size_t len)
{
	assert_int_equal(dro_rrset_add(rrset, arena, ptr, len, &err), DRO_OK);
}

static void
txt(struct dro_rrset *out, uint32_t ttl_s, const char *value)
{
	dro_rrset_init(out, "_dmarc.klant.example", DRO_RR_TXT);
	out->ttl_s = ttl_s;
	if (value != NULL)
		add(out, value, strlen(value));
}

static struct dro_ticket
ticket_of(const struct dro_rrset *before, const struct dro_rrset *after)
{
	return ((struct dro_ticket){.domain = "klant.example",
	    .op = 12,
	    .from = "none",
	    .to = "quarantine-10",
	    .reason = "every gate passes",
	    .before = before,
	    .after = after,
	    .decided_at = DECIDED,
	    .wanted_until = UNTIL,
	    .now = DECIDED});
}

static enum dro_code
write_by(struct dro_host *by, const struct dro_ticket *ticket)
{
	enum dro_code code;
	void *ctx;

	assert_int_equal(manual->open(by, &conf, &ctx, &err), DRO_OK);
	code = manual->ticket(ctx, ticket, &err);
	manual->close(ctx);
	return (code);
}

/* The file ${name} in the folder is ${wanted}, whole. */
static void
assert_file(const char *name, const char *wanted)
{
	char *text = work_text(&work, name);

	assert_non_null(text);
	assert_string_equal(text, wanted);
	free(text);
}

static void
assert_missing(const char *name)
{
	assert_null(work_text(&work, name));
}

#define WHAT                                                                   \
	"Change ticket 12 for klant.example\n"                                 \
	"\n"                                                                   \
	"Decided 2026-02-01T06:00:00Z, wanted until 2026-02-15T06:00:00Z.\n"   \
	"Please change one thing in DNS, and nothing else:\n"                  \
	"\n"                                                                   \
	"    name  _dmarc.klant.example\n"                                     \
	"    type  TXT\n"                                                      \
	"\n"
#define QUOTES                                                                 \
	"This is how zone files write it. Many panels want the text without "  \
	"the\n"                                                                \
	"quotes around it.\n"                                                  \
	"\n"
#define ELSE                                                                   \
	"If anything else is there now, leave it alone: the change was "       \
	"decided for what\n"                                                   \
	"is shown above.\n"                                                    \
	"\n"
#define CHECK                                                                  \
	"To check, ask every name server of the zone:\n"                       \
	"\n"                                                                   \
	"    dig +norecurse +short TXT _dmarc.klant.example @NAMESERVER\n"     \
	"\n"                                                                   \
	"Nobody has to be told. The program looks at all name servers in "     \
	"each run and goes\n"                                                  \
	"on when they show the change; it reminds of this ticket and "         \
	"withdraws it when it is\n"                                            \
	"no longer wanted.\n"                                                  \
	"\n"                                                                   \
	"To say no:\n"                                                         \
	"\n"                                                                   \
	"    rollout pause klant.example --reason \"...\"\n"
#define UP                                                                     \
	WHAT "Now there is one value, with a TTL of 3600 seconds:\n"           \
	     "\n"                                                              \
	     "    \"v=DMARC1; p=none; rua=mailto:rua@msp.example\"\n"          \
	     "\n"                                                              \
	     "Afterwards there must be exactly this value, with a TTL of "     \
	     "7200 seconds:\n"                                                 \
	     "\n"                                                              \
	     "    \"v=DMARC1; p=quarantine; rua=mailto:rua@msp.example; "      \
	     "pct=10; t=y\"\n"                                                 \
	     "\n" QUOTES ELSE                                                  \
	     "Why: none -> quarantine-10: every gate passes\n"                 \
	     "\n" CHECK

static struct dro_ticket
up(struct dro_rrset *before, struct dro_rrset *after)
{
	txt(before, 3600, "v=DMARC1; p=none; rua=mailto:rua@msp.example");
	txt(after, 7200,
	    "v=DMARC1; p=quarantine; rua=mailto:rua@msp.example; pct=10; t=y");
	return (ticket_of(before, after));
}

static void
open_ticket(void **state)
{
	struct dro_rrset before, after;
	struct dro_ticket ticket = up(&before, &after);
	struct stat st;
	char path[128];

	(void)state;
	assert_int_equal(write_by(host, &ticket), DRO_OK);
	assert_file("klant.example-12.txt", UP);
	assert_file("klant.example-12.json",
	    "{\n"
	    " \"schema\": \"rollout.ticket/1\",\n"
	    " \"op\": 12,\n"
	    " \"domain\": \"klant.example\",\n"
	    " \"status\": \"open\",\n"
	    " \"note\": null,\n"
	    " \"written_at\": \"2026-02-01T06:00:00Z\",\n"
	    " \"decided_at\": \"2026-02-01T06:00:00Z\",\n"
	    " \"wanted_until\": \"2026-02-15T06:00:00Z\",\n"
	    " \"from\": \"none\",\n"
	    " \"to\": \"quarantine-10\",\n"
	    " \"reason\": \"every gate passes\",\n"
	    " \"rrset\": {\n"
	    "  \"name\": \"_dmarc.klant.example\",\n"
	    "  \"type\": \"TXT\"\n"
	    " },\n"
	    " \"before\": {\n"
	    "  \"ttl\": 3600,\n"
	    "  \"values\": [\n"
	    "   \"v=DMARC1; p=none; rua=mailto:rua@msp.example\"\n"
	    "  ],\n"
	    "  \"presentation\": [\n"
	    "   \"\\\"v=DMARC1; p=none; rua=mailto:rua@msp.example\\\"\"\n"
	    "  ]\n"
	    " },\n"
	    " \"after\": {\n"
	    "  \"ttl\": 7200,\n"
	    "  \"values\": [\n"
	    "   \"v=DMARC1; p=quarantine; rua=mailto:rua@msp.example; "
	    "pct=10; t=y\"\n"
	    "  ],\n"
	    "  \"presentation\": [\n"
	    "   \"\\\"v=DMARC1; p=quarantine; rua=mailto:rua@msp.example; "
	    "pct=10; t=y\\\"\"\n"
	    "  ]\n"
	    " }\n"
	    "}\n");
	(void)snprintf(
	    path, sizeof(path), "%s/klant.example-12.txt", work.path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

/* What became of it stands first; the rest stays as it was. */
static void
withdrawn_and_done(void **state)
{
	struct dro_rrset before, after;
	struct dro_ticket ticket = up(&before, &after);
	char *text;

	(void)state;
	ticket.status = DRO_TICKET_WITHDRAWN;
	ticket.now = DECIDED + 3600;
	ticket.note = "paused: \x1b[31mno\nDONE";
	assert_int_equal(write_by(host, &ticket), DRO_OK);
	assert_file("klant.example-12.txt",
	    "WITHDRAWN 2026-02-01T07:00:00Z: paused: \\027[31mno\\010DONE\n"
	    "Do not make this change.\n"
	    "\n" UP);
	text = work_text(&work, "klant.example-12.json");
	assert_non_null(strstr(text,
	    " \"status\": \"withdrawn\",\n"
	    " \"note\": \"paused: \\u001B[31mno\\nDONE\",\n"
	    " \"written_at\": \"2026-02-01T07:00:00Z\",\n"
	    " \"decided_at\": \"2026-02-01T06:00:00Z\",\n"));
	free(text);
	ticket.status = DRO_TICKET_DONE;
	assert_int_equal(write_by(host, &ticket), DRO_OK);
	assert_file("klant.example-12.txt",
	    "DONE 2026-02-01T07:00:00Z: every name server shows it. Nothing "
	    "is left to do.\n"
	    "\n" UP);
	text = work_text(&work, "klant.example-12.json");
	assert_non_null(strstr(text,
	    " \"status\": \"done\",\n"
	    " \"note\": null,\n"));
	free(text);
}

/* No text can pose as the ticket's own, or leave the line it stands on. */
static void
hostile_text(void **state)
{
	struct dro_rrset before, after;
	struct dro_ticket ticket;
	char *text;

	(void)state;
	txt(&before, 60, NULL);
	add(&before, "say \"no\"\\\n\nDONE\x9b\0.", 18);
	add(&before, "\xc3\xa9", 2);
	txt(&after, 60, NULL);
	add(&after, "", 0);
	ticket = ticket_of(&before, &after);
	ticket.from = NULL;
	ticket.reason = "key \xff\xe2\x80\xae\r\nWhy: none";
	assert_int_equal(write_by(host, &ticket), DRO_OK);
	assert_file("klant.example-12.txt",
	    WHAT
	    "Now there are these values, with a TTL of 60 seconds:\n"
	    "\n"
	    "    \"say \\\"no\\\"\\\\\\010\\010DONE\\155\\000.\"\n"
	    "    \"\\195\\169\"\n"
	    "\n"
	    "Afterwards there must be exactly this value, with a TTL of 60 "
	    "seconds:\n"
	    "\n"
	    "    \"\"\n"
	    "\n" QUOTES ELSE "Why: no record -> quarantine-10: key "
	    "\\255\\226\\128\\174\\013\\010Why: none\n"
	    "\n" CHECK);
	text = work_text(&work, "klant.example-12.json");
	assert_non_null(strstr(text,
	    " \"from\": null,\n"
	    " \"to\": \"quarantine-10\",\n"
	    " \"reason\": \"key "
	    "\\\\255\\\\226\\\\128\\\\174\\\\013\\\\010Why: none\",\n"));
	/* Not UTF-8, so there is only the form of zone files. */
	assert_non_null(strstr(text,
	    "  \"values\": [\n"
	    "   null,\n"
	    "   \"\xc3\xa9\"\n"
	    "  ],\n"
	    "  \"presentation\": [\n"
	    "   \"\\\"say "
	    "\\\\\\\"no\\\\\\\"\\\\\\\\\\\\010\\\\010DONE\\\\155\\\\000.\\\"\","
	    "\n"
	    "   \"\\\"\\\\195\\\\169\\\"\"\n"
	    "  ]\n"));
	free(text);
}

/* Nothing there before, nothing there after, and another type. */
static void
absent_sets(void **state)
{
	struct dro_rrset before, after;
	struct dro_ticket ticket;
	char *text;

	(void)state;
	dro_rrset_init(&before, "klant.example", DRO_RR_MX);
	dro_rrset_init(&after, "klant.example", DRO_RR_MX);
	after.ttl_s = 300;
	add(&after, "0 .", 3);
	ticket = ticket_of(&before, &after);
	assert_int_equal(write_by(host, &ticket), DRO_OK);
	text = work_text(&work, "klant.example-12.txt");
	assert_non_null(strstr(text,
	    "    name  klant.example\n"
	    "    type  MX\n"
	    "\n"
	    "Now there is none.\n"
	    "\n"
	    "Afterwards there must be exactly this value, with a TTL of 300 "
	    "seconds:\n"
	    "\n"
	    "    0 .\n"
	    "\n"
	    "If anything else"));
	assert_non_null(
	    strstr(text, "dig +norecurse +short MX klant.example @"));
	free(text);
	ticket.before = &after;
	ticket.after = &before;
	assert_int_equal(write_by(host, &ticket), DRO_OK);
	text = work_text(&work, "klant.example-12.txt");
	assert_non_null(strstr(text,
	    "    0 .\n"
	    "\n"
	    "Afterwards there must be none: remove what is there.\n"
	    "\n"
	    "If anything else"));
	free(text);
	text = work_text(&work, "klant.example-12.json");
	assert_non_null(strstr(text, " \"after\": null\n}\n"));
	free(text);
}

/* Strings end at 255 octets (RFC 1035 3.3), however long the value. */
static void
long_value(void **state)
{
	struct dro_rrset before, after;
	struct dro_ticket ticket;
	char value[511], wanted[600], *text;

	(void)state;
	memset(value, 'a', sizeof(value));
	txt(&before, 60, NULL);
	txt(&after, 60, NULL);
	add(&after, value, 510);
	add(&after, value, 511);
	ticket = ticket_of(&before, &after);
	assert_int_equal(write_by(host, &ticket), DRO_OK);
	text = work_text(&work, "klant.example-12.txt");
	(void)snprintf(wanted, sizeof(wanted), "    \"%.255s\" \"%.255s\"\n",
	    value, value);
	assert_non_null(strstr(text, wanted));
	(void)snprintf(wanted, sizeof(wanted),
	    "    \"%.255s\" \"%.255s\" \"a\"\n", value, value);
	assert_non_null(strstr(text, wanted));
	free(text);
}

static void
read_only_writes_nothing(void **state)
{
	struct dro_rrset before, after;
	struct dro_ticket ticket = up(&before, &after);

	(void)state;
	ticket.op = 13;
	assert_int_equal(write_by(reader, &ticket), DRO_EAUTH);
	assert_missing("klant.example-13.txt");
	assert_missing("klant.example-13.json");
}

/* Half a ticket is an unknown outcome: it is written again. */
static void
second_file_fails(void **state)
{
	struct dro_rrset before, after;
	struct dro_ticket ticket = up(&before, &after);
	char path[128];

	(void)state;
	ticket.op = 14;
	(void)snprintf(
	    path, sizeof(path), "%s/klant.example-14.json", work.path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(write_by(host, &ticket), DRO_ETIMEOUT);
	assert_int_equal(err.code, DRO_ETIMEOUT);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(write_by(host, &ticket), DRO_OK);
}

static void
folder_must_be_there(void **state)
{
	static const char *gone[] = {"/nonexistent/tickets"};
	static const struct dro_conf_item option[] = {{"tickets", 1, gone}};
	static const struct dro_conf other = {"hand", 1, option};
	static const struct dro_conf none = {"hand", 0, NULL};
	struct dro_rrset before, after;
	struct dro_ticket ticket = up(&before, &after);
	void *ctx;

	(void)state;
	assert_int_equal(manual->open(host, &none, &ctx, &err), DRO_EINVAL);
	assert_string_equal(err.msg,
	    "hand: tickets: missing; name the folder for change "
	    "tickets");
	assert_int_equal(manual->open(host, &other, &ctx, &err), DRO_OK);
	assert_int_equal(manual->check(ctx, &err), DRO_EIO);
	assert_int_equal(err.scope, DRO_SCOPE_ACCOUNT);
	assert_int_equal(manual->ticket(ctx, &ticket, &err), DRO_ENOTFOUND);
	manual->close(ctx);
	assert_int_equal(manual->open(host, &conf, &ctx, &err), DRO_OK);
	assert_int_equal(manual->check(ctx, &err), DRO_OK);
	manual->close(ctx);
}

static void
terms(void **state)
{
	static const char *three[] = {"7200"}, *five[] = {"432000"};
	const struct dro_conf_item more[] = {
	    {"tickets", 1, tickets}, {"remind", 1, three}, {"expire", 1, five}};
	const struct dro_conf other = {"hand", 3, more};
	struct dro_ticket_terms out;
	char path[128];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/klant.example-7.txt", work.path);
	manual->terms(&conf, "klant.example", 7, &out);
	assert_string_equal(out.path, path);
	assert_int_equal(out.remind_s, 3 * 86400);
	assert_int_equal(out.expire_s, 14 * 86400);
	manual->terms(&other, "klant.example", 7, &out);
	assert_int_equal(out.remind_s, 7200);
	assert_int_equal(out.expire_s, 432000);
}

static int
set_up(void **state)
{
	(void)state;
	tickets[0] = work.path;
	if (!work_init(&work) || (arena = dro_arena_create()) == NULL ||
	    dro_host_create(false, &host, &err) != DRO_OK ||
	    dro_host_create(true, &reader, &err) != DRO_OK)
		return (-1);
	return (0);
}

static int
tear_down(void **state)
{
	(void)state;
	dro_host_destroy(reader);
	dro_host_destroy(host);
	dro_arena_destroy(arena);
	work_finish(&work);
	return (0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(open_ticket),
	    cmocka_unit_test(withdrawn_and_done),
	    cmocka_unit_test(hostile_text),
	    cmocka_unit_test(absent_sets),
	    cmocka_unit_test(long_value),
	    cmocka_unit_test(read_only_writes_nothing),
	    cmocka_unit_test(second_file_fails),
	    cmocka_unit_test(folder_must_be_there),
	    cmocka_unit_test(terms),
	};

	return (cmocka_run_group_tests(tests, set_up, tear_down));
}
