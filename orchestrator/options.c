#include <getopt.h>
#include <stddef.h>
#include <stdio.h>

#include "options.h"

/* Where the value of an option goes: a text, or true for a flag. */
#define TEXT(name, member, bit)                                                \
	{                                                                      \
		name, offsetof(struct dro_options, member), bit, true          \
	}
#define FLAG(name, member, bit)                                                \
	{                                                                      \
		name, offsetof(struct dro_options, member), bit, false         \
	}

static const struct {
	const char *name;
	size_t member;
	unsigned bit; /* 0: every verb takes it */
	bool text;
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
    TEXT("policy", policy, OPT_POLICY),
    FLAG("all-presets", all_presets, OPT_POLICY),
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
		    table[i].text ? required_argument : no_argument, NULL,
		    LONG_FIRST + (int)i};
	options[i++] = (struct option){"help", no_argument, NULL, LONG_HELP};
	options[i++] =
	    (struct option){"version", no_argument, NULL, LONG_VERSION};
	options[i] = (struct option){NULL, 0, NULL, 0};
}

static void
take(struct dro_given *out, size_t i)
{
	char *member = (char *)&out->opt + table[i].member;

	if (table[i].text)
		*(const char **)(void *)member = optarg;
	else
		*(bool *)(void *)member = true;
	out->bits |= table[i].bit;
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
	int c;

	fill(options);
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c >= LONG_FIRST)
			take(out, (size_t)(c - LONG_FIRST));
		else if (c == LONG_HELP || c == 'h')
			out->help = true;
		else if (c == LONG_VERSION)
			out->version = true;
		else
			return (wrong(c, argv));
	}
	return (DRO_EXIT_OK);
}
