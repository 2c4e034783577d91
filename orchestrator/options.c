#include <getopt.h>
#include <stddef.h>
#include <stdio.h>

#include "options.h"

/* What the value of an option is: a text, one of some, true for a flag. */
enum kind { IS_FLAG, IS_TEXT, IS_WORDS };

#define OPTION(kind, name, member, bit)                                        \
	{                                                                      \
		name, offsetof(struct dro_options, member), bit, kind          \
	}
#define TEXT(name, member, bit) OPTION(IS_TEXT, name, member, bit)
#define FLAG(name, member, bit) OPTION(IS_FLAG, name, member, bit)
#define WORDS(name, member, bit) OPTION(IS_WORDS, name, member, bit)

static const struct {
	const char *name;
	size_t member;
	unsigned bit; /* 0: every verb takes it */
	enum kind kind;
} table[] = {
    TEXT("config", config, 0),
    TEXT("now", now, 0),
    FLAG("json", json, 0),
    TEXT("client", client, 0),
    TEXT("color", color, 0),
    TEXT("trust", trust, OPT_TRUST),
    TEXT("reason", reason, OPT_REASON),
    TEXT("to", to, OPT_TO),
    TEXT("dir", dir, OPT_DIR),
    FLAG("detailed-exitcode", detailed_exitcode, OPT_DETAILED),
    FLAG("scheduled", scheduled, OPT_SCHEDULED),
    TEXT("out", out, OPT_OUT),
    TEXT("expires", expires, OPT_EXPIRES),
    TEXT("until", until, OPT_UNTIL),
    TEXT("plan", plan, OPT_PLAN),
    FLAG("markdown", markdown, OPT_MARKDOWN),
    WORDS("policy", policies, OPT_POLICY),
    FLAG("all-presets", all_presets, OPT_POLICY),
    TEXT("from", from, OPT_FROM),
    TEXT("answers", answers, OPT_ANSWERS),
    FLAG("dry-run", dry_run, OPT_DRY_RUN),
    FLAG("undo", undo, OPT_UNDO),
    FLAG("replace-mx", replace_mx, OPT_REPLACE_MX),
    FLAG("all", all, OPT_ALL),
    FLAG("adopt", adopt, OPT_ADOPT),
    FLAG("restore", restore, OPT_RESTORE),
};

/* What getopt returns: above every letter, then by place in the table. */
enum { LONG_HELP = 256, LONG_VERSION, LONG_FIRST };

static void
fill(struct option *options)
{
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(table); i++)
		options[i] = (struct option){table[i].name,
		    table[i].kind != IS_FLAG ? required_argument : no_argument,
		    NULL, LONG_FIRST + (int)i};
	options[i++] = (struct option){"help", no_argument, NULL, LONG_HELP};
	options[i++] =
	    (struct option){"version", no_argument, NULL, LONG_VERSION};
	options[i] = (struct option){NULL, 0, NULL, 0};
}

static int
take(struct dro_given *out, size_t i)
{
	void *member = (char *)&out->opt + table[i].member;
	struct dro_words *words = member;

	out->bits |= table[i].bit;
	switch (table[i].kind) {
	case IS_TEXT:
		*(const char **)member = optarg;
		break;
	case IS_FLAG:
		*(bool *)member = true;
		break;
	case IS_WORDS:
		if (words->n == DRO_WORDS_MAX)
			return (dro_cmd_usage("--%s: at most %d of them",
			    table[i].name, DRO_WORDS_MAX));
		words->items[words->n++] = optarg;
	}
	return (DRO_EXIT_OK);
}

/* What getopt found wrong: the letter is its return value. */
static int
wrong(int letter, char **argv)
{
	if (optopt > 0 && optopt < LONG_HELP)
		return (dro_cmd_usage("no option -%c", optopt));
	if (letter == ':')
		return (dro_cmd_usage("%s: needs a value", argv[optind - 1]));
	if (optopt >= LONG_HELP)
		return (dro_cmd_usage("%s: takes no value", argv[optind - 1]));
	return (dro_cmd_usage("no option %s", argv[optind - 1]));
}

int
dro_options_parse(int argc, char **argv, struct dro_given *out)
{
	struct option options[DRO_ARRAY_LEN(table) + 3];
	int c, exit_code;

	fill(options);
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c >= LONG_FIRST) {
			exit_code = take(out, (size_t)(c - LONG_FIRST));
			if (exit_code != DRO_EXIT_OK)
				return (exit_code);
		} else if (c == LONG_HELP || c == 'h')
			out->help = true;
		else if (c == LONG_VERSION)
			out->version = true;
		else
			return (wrong(c, argv));
	}
	return (DRO_EXIT_OK);
}
