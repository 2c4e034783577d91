/* What a signal says, as docs/signal.md has it, and how it is fetched. */

#include "config_read.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply/signal.h"

#define AT "\"at\":\"2026-11-20T06:00:00Z\""
#define AT_S INT64_C(1795154400)
#define HEAD "{\"schema\":\"rollout.signal/1\"," AT ",\"domains\":"
#define ONE(entry) HEAD "{\"a.example\":" entry "}}"

/*
 * Texts and what they say: of the whole, or "a.example" and how; by hand.
 * NULL: nothing is wrong.
 */
static const struct {
	const char *text;
	const char *head, *entry; /* what is wrong */
	enum dro_word word;
	const char *reason;
	int64_t at, until;
} texts[] = {
    {ONE("{\"signal\":\"go\"}"), NULL, NULL, DRO_WORD_GO, NULL, AT_S, 0},
    {ONE("{\"signal\":\"go\",\"reason\":\"all quiet\","
	 "\"at\":\"2026-11-01\"}"),
	NULL, NULL, DRO_WORD_GO, "all quiet", 1793491200, 0},
    {ONE("{\"signal\":\"hold\",\"reason\":\"calls\"," AT
	 ",\"until\":\"2026-11-21T06:00:00+01:00\"}"),
	NULL, NULL, DRO_WORD_HOLD, "calls", AT_S, AT_S + 82800},
    {ONE("{\"signal\":\"back\",\"reason\":\"calls\"," AT "}"), NULL, NULL,
	DRO_WORD_BACK, "calls", AT_S, 0},
    /* A name is a domain in any form. */
    {HEAD "{\"A.Example.\":{\"signal\":\"go\"}}}", NULL, NULL, DRO_WORD_GO,
	NULL, AT_S, 0},
    /* One entry that is wrong is that of its domain. */
    {ONE("{\"signal\":\"stop\"}"), NULL,
	"s: a.example: signal: expected \"go\", \"hold\" or \"back\", found "
	"\"stop\": correct it",
	DRO_WORD_NONE, NULL, 0, 0},
    {ONE("{\"signal\":true}"), NULL,
	"s: a.example: signal: expected \"go\", \"hold\" or \"back\", found "
	"no text: correct it",
	DRO_WORD_NONE, NULL, 0, 0},
    {ONE("{\"signal\":\"hold\"," AT "}"), NULL,
	"s: a.example: reason: expected a text of 1 to 500 octets, found "
	"nothing: correct it",
	DRO_WORD_HOLD, NULL, 0, 0},
    {ONE("{\"signal\":\"back\",\"reason\":\"x\"}"), NULL,
	"s: a.example: at: expected a time such as 2026-11-20T06:00:00Z, "
	"found nothing: correct it",
	DRO_WORD_BACK, "x", AT_S, 0},
    {ONE("{\"signal\":\"go\",\"until\":\"soon\"}"), NULL,
	"s: a.example: until: expected a time such as 2026-11-20T06:00:00Z, "
	"found \"soon\": correct it",
	DRO_WORD_GO, NULL, AT_S, 0},
    {ONE("{\"signal\":\"go\",\"untill\":\"2026-11-21\"}"), NULL,
	"s: a.example: unknown member \"untill\": expected signal, reason, "
	"at, until",
	DRO_WORD_NONE, NULL, 0, 0},
    {ONE("\"go\""), NULL,
	"s: a.example: expected {\"signal\": ..., \"at\": ...}: correct it",
	DRO_WORD_NONE, NULL, 0, 0},
    /* What may be about any domain is wrong with the whole. */
    {HEAD "{\"a..example\":{\"signal\":\"go\"}}}",
	"s: domains: \"a..example\": not a domain name (labels of 1 to 63 "
	"letters, digits and hyphens, at most 253 octets, RFC 1035 2.3): "
	"expected domains, or \"*\" for all",
	NULL, DRO_WORD_NONE, NULL, 0, 0},
    {HEAD "{\"a.example\":{\"signal\":\"go\"},"
	  "\"A.example\":{\"signal\":\"go\"}}}",
	"s: domains: a.example is there twice: keep one", NULL, DRO_WORD_GO,
	NULL, AT_S, 0},
    {HEAD "[]}", "s: domains: expected {\"DOMAIN\": {\"signal\": ...}, ...}",
	NULL, DRO_WORD_NONE, NULL, 0, 0},
    {"{\"schema\":\"rollout.signal/2\"," AT ",\"domains\":{}}",
	"s: schema: expected \"rollout.signal/1\", found "
	"\"rollout.signal/2\"",
	NULL, DRO_WORD_NONE, NULL, 0, 0},
    {"{\"schema\":\"rollout.signal/1\",\"domains\":{}}",
	"s: at: expected a time such as 2026-11-20T06:00:00Z, found nothing: "
	"correct it",
	NULL, DRO_WORD_NONE, NULL, 0, 0},
    {"{\"schema\":\"rollout.signal/1\"," AT ",\"domains\":{},\"domain\":1}",
	"s: unknown member \"domain\": expected schema, at, domains", NULL,
	DRO_WORD_NONE, NULL, 0, 0},
    {"[1]", "s: schema: expected \"rollout.signal/1\", found nothing", NULL,
	DRO_WORD_NONE, NULL, 0, 0},
};

static const struct dro_said *
said(const struct dro_signal_doc *doc)
{
	static const struct dro_said none;
	size_t i;

	for (i = 0; i < doc->n; i++)
		if (strcmp(doc->entries[i].domain, "a.example") == 0)
			return (&doc->entries[i].said);
	return (&none);
}

static void
same(size_t i, const char *is, const char *want)
{
	if (strcmp(is != NULL ? is : "-", want != NULL ? want : "-") != 0)
		fail_msg("text %zu: \"%s\", not \"%s\"", i, is, want);
}

static void
texts_are_read(void **state)
{
	struct dro_err err;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(texts); i++) {
		struct dro_arena *arena = dro_arena_create();
		struct dro_signal_doc doc = {.head = {.name = "s"}};

		assert_int_equal(dro_signal_parse(texts[i].text,
				     strlen(texts[i].text), arena, &doc, &err),
		    DRO_OK);
		same(i, doc.head.wrong, texts[i].head);
		same(i, said(&doc)->wrong, texts[i].entry);
		same(i, said(&doc)->reason, texts[i].reason);
		assert_int_equal(said(&doc)->word, texts[i].word);
		assert_int_equal(said(&doc)->at, texts[i].at);
		assert_int_equal(said(&doc)->until, texts[i].until);
		dro_arena_destroy(arena);
	}
}

/* No JSON: where, and from whom, but not what a library calls it. */
static void
what_is_no_json_is_told(void **state)
{
	static const char *const none[] = {"", "{", "go\n",
	    ONE("{\"signal\":\"go\",\"signal\":\"back\"}"),
	    ONE("{\"signal\":\"g\\u0000o\"}"), HEAD "{}} {}"};
	struct dro_err err;
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(none); i++) {
		struct dro_arena *arena = dro_arena_create();
		struct dro_signal_doc doc = {.head = {.name = "s"}};

		assert_int_equal(dro_signal_parse(none[i], strlen(none[i]),
				     arena, &doc, &err),
		    DRO_OK);
		assert_non_null(doc.head.wrong);
		if (strncmp(doc.head.wrong, "s: line ", 8) != 0 ||
		    strstr(doc.head.wrong, "no JSON") == NULL)
			fail_msg("text %zu: %s", i, doc.head.wrong);
		assert_int_equal(doc.n, 0);
		dro_arena_destroy(arena);
	}
}

/* ---- fetching */

static char dir[] = "/tmp/dro-signal-XXXXXX";

static void
put(const char *name, const char *text, mode_t mode)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(name, mode), 0);
}

static int
set_up(void **state)
{
	FILE *f;
	int i;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	put("good", ONE("{\"signal\":\"hold\",\"reason\":\"x\"," AT "}"), 0600);
	put("says", "#!/bin/sh\necho run >>ran\ncat good\necho to nobody >&2\n",
	    0700);
	put("fails", "#!/bin/sh\ncat good\nexit 1\n", 0700);
	put("sleeps", "#!/bin/sh\nsleep 60\n", 0700);
	put("talks", "#!/bin/sh\nexec cat /dev/zero\n", 0700);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	f = fopen("huge", "w");
	assert_non_null(f);
	for (i = 0; i < (4 << 20) + 1; i++)
		fputc(' ', f);
	assert_int_equal(fclose(f), 0);
	return (0);
}

static int
tear_down(void **state)
{
	static const char *const names[] = {
	    "good", "says", "fails", "sleeps", "talks", "fifo", "huge", "ran"};
	size_t i;

	(void)state;
	for (i = 0; i < DRO_ARRAY_LEN(names); i++)
		(void)unlink(names[i]);
	assert_int_equal(chdir("/"), 0);
	return (rmdir(dir));
}

static long
size_of(const char *name)
{
	struct stat st;

	return (stat(name, &st) == 0 ? (long)st.st_size : 0);
}

/* What two domains with this setting are told, and that it is the same. */
static void
ask(const char *setting, const char *wrong)
{
	struct dro_arena *arena = dro_arena_create();
	const struct dro_signal *signal;
	struct dro_session session = {0};
	struct reading t = {.arena = arena};
	char text[512];
	size_t i;

	(void)snprintf(text, sizeof(text),
	    "version: 1\ndefaults: {signal: %s}\nclients: {c: {domains: "
	    "{a.example: , b.example: }}}\n",
	    setting);
	t.code = dro_config_parse("test.yaml", dir, text, strlen(text), NOW,
	    arena, &t.config, &t.findings, &t.err);
	if (t.code != DRO_OK)
		fail_msg("%s", t.err.msg);
	session.config = &t.config;
	session.arena = arena;
	for (i = 0; i < 2; i++) {
		assert_int_equal(dro_signal_of(&session, &t.config.domains[i],
				     arena, &signal, &t.err),
		    DRO_OK);
		same(i, signal->wrong, wrong);
		if (wrong == NULL)
			assert_int_equal(signal->own.word,
			    i == 0 ? DRO_WORD_HOLD : DRO_WORD_NONE);
	}
	dro_arena_destroy(arena);
}

static void
files_and_programs_are_read(void **state)
{
	(void)state;
	ask("{file: good}", NULL);
	ask("{command: [./says]}", NULL);
	assert_int_equal(size_of("ran"), 4); /* once for both domains */
	ask("{file: none}",
	    "signal: none: No such file or directory: see what writes it");
	ask("{file: fifo}",
	    "signal: fifo: not a regular file: see what writes it");
	ask("{file: huge}",
	    "signal: huge: larger than 4 MiB: see what writes it");
	ask("{command: [./none]}",
	    "signal: none: cannot be started: No such file or directory: see "
	    "what writes it");
	ask("{command: [./fails]}",
	    "signal: fails: failed (its own message may stand above): see "
	    "what writes it");
	ask("{command: [./sleeps], timeout: 1s}",
	    "signal: sleeps: no answer within 1 s: see what writes it");
	ask("{command: [./talks]}",
	    "signal: talks: wrote more than 4194304 octets: see what writes "
	    "it");
	/* No shell: what it would do stands in an argument. */
	ask("{command: [./says, \"; touch ran2\", \"$(touch ran2)\"]}", NULL);
	assert_int_equal(access("ran2", F_OK), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(texts_are_read),
	    cmocka_unit_test(what_is_no_json_is_told),
	    cmocka_unit_test_setup_teardown(
		files_and_programs_are_read, set_up, tear_down),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
