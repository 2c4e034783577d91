#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "apply/rest.h"
#include "cmd.h"

/* What main opens for a verb. */
enum {
	NEED_CONFIG = 1 << 0,
	NEED_READ = 1 << 1, /* the database, if there is one */
	NEED_WRITE = 1 << 2, /* the database, created, locked */
	NEED_NOTHING = 1 << 3, /* with --all it goes on without a database */
};

/* Options beyond the global ones, as bits. */
enum {
	OPT_TRUST = 1 << 0,
	OPT_REASON = 1 << 1,
	OPT_TO = 1 << 2,
	OPT_DIR = 1 << 3,
	OPT_DETAILED = 1 << 4,
	OPT_SCHEDULED = 1 << 5,
	OPT_OUT = 1 << 6,
	OPT_EXPIRES = 1 << 7,
	OPT_UNTIL = 1 << 8,
	OPT_PLAN = 1 << 9,
	OPT_MARKDOWN = 1 << 10,
	OPT_UNDO = 1 << 20,
	OPT_REPLACE_MX = 1 << 21,
	OPT_ALL = 1 << 22,
	OPT_ADOPT = 1 << 23,
	OPT_RESTORE = 1 << 24,
};

struct verb {
	const char *name; /* one word, or two */
	int (*run)(struct dro_cmd *);
	unsigned needs;
	unsigned options;
	int min_operands, max_operands; /* max -1: any number */
	const char *operands;
	const char *summary;
};

static const struct verb verbs[] = {
    {"config", dro_cmd_config, 0, 0, 1, 2, "check | show DOMAIN | schema",
	"check the configuration, or show what holds and why"},
    {"ingest", dro_cmd_ingest, NEED_CONFIG | NEED_WRITE, OPT_TRUST, 0, -1,
	"[PATH ... | -] [--trust TIER]", "read aggregate reports"},
    {"reports", dro_cmd_reports, NEED_CONFIG | NEED_READ, 0, 0, 1, "[DOMAIN]",
	"list the reports that are stored"},
    {"plan", dro_cmd_plan, NEED_CONFIG | NEED_READ,
	OPT_DETAILED | OPT_OUT | OPT_EXPIRES | OPT_UNTIL | OPT_MARKDOWN, 0, 0,
	"[--out FILE [--expires 7d]] [--until DATE] [--markdown] "
	"[--detailed-exitcode]",
	"show what advance would change, and why"},
    {"advance", dro_cmd_advance, NEED_CONFIG | NEED_WRITE,
	OPT_SCHEDULED | OPT_PLAN, 0, 0, "[--plan FILE] [--scheduled]",
	"move every domain that may move one step"},
    {"status", dro_cmd_status, NEED_CONFIG | NEED_READ, 0, 0, 0, "",
	"where every domain stands"},
    {"explain", dro_cmd_explain, NEED_CONFIG | NEED_READ, 0, 1, 1, "DOMAIN",
	"why a domain stands where it stands"},
    {"history", dro_cmd_history, NEED_CONFIG | NEED_READ, 0, 0, 1, "[DOMAIN]",
	"what was done, when, by whom"},
    {"approve", dro_cmd_approve, NEED_CONFIG | NEED_WRITE, OPT_REASON, 1, 1,
	"DOMAIN --reason TEXT",
	"acknowledge a repair, or let a domain enter "
	"the next rung"},
    {"rollback", dro_cmd_rollback, NEED_CONFIG | NEED_WRITE,
	OPT_REASON | OPT_TO, 1, 1, "DOMAIN [--to RUNG] --reason TEXT",
	"publish a weaker rung now"},
    {"park", dro_cmd_park, NEED_CONFIG | NEED_WRITE,
	OPT_REASON | OPT_UNDO | OPT_REPLACE_MX, 1, 1,
	"DOMAIN [--undo | --replace-mx] --reason TEXT",
	"confirm that a domain sends no mail, or take parking back"},
    {"pause", dro_cmd_pause, NEED_CONFIG | NEED_WRITE | NEED_NOTHING,
	OPT_REASON | OPT_UNTIL | OPT_ALL, 0, 1,
	"DOMAIN|--client ID|--all --reason TEXT [--until DATE]",
	"hold all but steps back"},
    {"resume", dro_cmd_resume, NEED_CONFIG | NEED_WRITE, OPT_REASON | OPT_ALL,
	0, 1, "DOMAIN|--client ID|--all --reason TEXT", "end a pause"},
    {"reconcile", dro_cmd_reconcile, NEED_CONFIG | NEED_WRITE,
	OPT_REASON | OPT_ADOPT | OPT_RESTORE, 1, 1,
	"DOMAIN --adopt|--restore --reason TEXT",
	"take a record that drifted, or put it back"},
    {"db backup", dro_cmd_db_backup, NEED_CONFIG | NEED_READ, 0, 1, 1, "PATH",
	"copy the database and the archive, and check the copy"},
    {"db prune", dro_cmd_db_prune, NEED_CONFIG | NEED_WRITE, 0, 0, 0, "",
	"remove what `retention:` keeps no longer"},
    {"demo", dro_cmd_demo, 0, OPT_DIR, 0, 0, "[--dir DIR]",
	"a made-up portfolio on this machine"},
};

static volatile sig_atomic_t stop_signal;

int
dro_interrupted(void)
{
	return (stop_signal);
}

static void
on_signal(int signal)
{
	stop_signal = signal;
}

static void
set_signals(void)
{
	struct sigaction stop = {.sa_handler = on_signal};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	(void)sigaction(SIGINT, &stop, NULL);
	(void)sigaction(SIGTERM, &stop, NULL);
	/* A closed pipe or a file-size limit must become an error to handle. */
	(void)sigaction(SIGPIPE, &ignore, NULL);
	(void)sigaction(SIGXFSZ, &ignore, NULL);
}

static int
help(FILE *fp)
{
	size_t i;

	fputs("rollout " DRO_VERSION
	      ": staged DMARC rollout for many domains\n\n"
	      "usage: rollout VERB [operands] [options]\n\n",
	    fp);
	for (i = 0; i < DRO_ARRAY_LEN(verbs); i++)
		fprintf(fp, "  %-10s %s\n", verbs[i].name, verbs[i].summary);
	fputs("\nOptions: --config FILE --now RFC3339 --json --client ID "
	      "--color auto|always|never\n"
	      "One verb: rollout VERB --help   Manual: man rollout\n",
	    fp);
	return (DRO_EXIT_OK);
}

/* The verb that ${words} begin with; how many it takes goes to ${used}. */
static const struct verb *
find_verb(char *const *words, int n, int *used)
{
	const char *second;
	size_t i, len;

	for (i = 0; i < DRO_ARRAY_LEN(verbs); i++) {
		second = strchr(verbs[i].name, ' ');
		len = strcspn(verbs[i].name, " ");
		if (strlen(words[0]) != len ||
		    strncmp(words[0], verbs[i].name, len) != 0)
			continue;
		*used = second == NULL ? 1 : 2;
		if (second == NULL ||
		    (n > 1 && strcmp(words[1], second + 1) == 0))
			return (&verbs[i]);
	}
	return (NULL);
}

/* No verb by itself, but the first word of some: what may follow it. */
static int
half_a_verb(const char *word, bool asked)
{
	FILE *fp = asked ? stdout : stderr;
	size_t i, len = strlen(word), n = 0;

	for (i = 0; i < DRO_ARRAY_LEN(verbs); i++)
		if (strncmp(verbs[i].name, word, len) == 0 &&
		    verbs[i].name[len] == ' ')
			fprintf(fp, "%s rollout %s %s\n",
			    n++ == 0 ? "usage:" : "      ", verbs[i].name,
			    verbs[i].operands);
	if (n == 0)
		return (dro_cmd_usage("no verb \"%.40s\"", word));
	return (asked ? (int)DRO_EXIT_OK : (int)DRO_EXIT_USAGE);
}

enum {
	LONG_CONFIG = 256,
	LONG_NOW,
	LONG_JSON,
	LONG_CLIENT,
	LONG_COLOR,
	LONG_TRUST,
	LONG_REASON,
	LONG_TO,
	LONG_DIR,
	LONG_DETAILED,
	LONG_SCHEDULED,
	LONG_OUT,
	LONG_EXPIRES,
	LONG_UNTIL,
	LONG_PLAN,
	LONG_MARKDOWN,
	LONG_UNDO,
	LONG_REPLACE_MX,
	LONG_ALL,
	LONG_ADOPT,
	LONG_RESTORE,
	LONG_HELP,
	LONG_VERSION
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, LONG_CONFIG},
    {"now", required_argument, NULL, LONG_NOW},
    {"json", no_argument, NULL, LONG_JSON},
    {"client", required_argument, NULL, LONG_CLIENT},
    {"color", required_argument, NULL, LONG_COLOR},
    {"trust", required_argument, NULL, LONG_TRUST},
    {"reason", required_argument, NULL, LONG_REASON},
    {"to", required_argument, NULL, LONG_TO},
    {"dir", required_argument, NULL, LONG_DIR},
    {"detailed-exitcode", no_argument, NULL, LONG_DETAILED},
    {"scheduled", no_argument, NULL, LONG_SCHEDULED},
    {"out", required_argument, NULL, LONG_OUT},
    {"expires", required_argument, NULL, LONG_EXPIRES},
    {"until", required_argument, NULL, LONG_UNTIL},
    {"plan", required_argument, NULL, LONG_PLAN},
    {"markdown", no_argument, NULL, LONG_MARKDOWN},
    {"undo", no_argument, NULL, LONG_UNDO},
    {"replace-mx", no_argument, NULL, LONG_REPLACE_MX},
    {"all", no_argument, NULL, LONG_ALL},
    {"adopt", no_argument, NULL, LONG_ADOPT},
    {"restore", no_argument, NULL, LONG_RESTORE},
    {"help", no_argument, NULL, LONG_HELP},
    {"version", no_argument, NULL, LONG_VERSION}, {NULL, 0, NULL, 0}};

/* What the command line says beyond the options of a verb. */
struct parsed {
	unsigned given; /* OPT_ bits */
	bool help, version;
};

/* Take one option; false if getopt found it wrong. */
static bool
take_option(int c, struct dro_options *opt, struct parsed *parsed)
{
	switch (c) {
	case LONG_CONFIG:
		opt->config = optarg;
		return (true);
	case LONG_NOW:
		opt->now = optarg;
		return (true);
	case LONG_JSON:
		opt->json = true;
		return (true);
	case LONG_CLIENT:
		opt->client = optarg;
		return (true);
	case LONG_COLOR:
		opt->color = optarg;
		return (true);
	case LONG_TRUST:
		opt->trust = optarg;
		parsed->given |= OPT_TRUST;
		return (true);
	case LONG_REASON:
		opt->reason = optarg;
		parsed->given |= OPT_REASON;
		return (true);
	case LONG_TO:
		opt->to = optarg;
		parsed->given |= OPT_TO;
		return (true);
	case LONG_DIR:
		opt->dir = optarg;
		parsed->given |= OPT_DIR;
		return (true);
	case LONG_DETAILED:
		opt->detailed_exitcode = true;
		parsed->given |= OPT_DETAILED;
		return (true);
	case LONG_SCHEDULED:
		opt->scheduled = true;
		parsed->given |= OPT_SCHEDULED;
		return (true);
	case LONG_OUT:
		opt->out = optarg;
		parsed->given |= OPT_OUT;
		return (true);
	case LONG_EXPIRES:
		opt->expires = optarg;
		parsed->given |= OPT_EXPIRES;
		return (true);
	case LONG_UNTIL:
		opt->until = optarg;
		parsed->given |= OPT_UNTIL;
		return (true);
	case LONG_PLAN:
		opt->plan = optarg;
		parsed->given |= OPT_PLAN;
		return (true);
	case LONG_MARKDOWN:
		opt->markdown = true;
		parsed->given |= OPT_MARKDOWN;
		return (true);
	case LONG_UNDO:
		opt->undo = true;
		parsed->given |= OPT_UNDO;
		return (true);
	case LONG_REPLACE_MX:
		opt->replace_mx = true;
		parsed->given |= OPT_REPLACE_MX;
		return (true);
	case LONG_ALL:
		opt->all = true;
		parsed->given |= OPT_ALL;
		return (true);
	case LONG_ADOPT:
		opt->adopt = true;
		parsed->given |= OPT_ADOPT;
		return (true);
	case LONG_RESTORE:
		opt->restore = true;
		parsed->given |= OPT_RESTORE;
		return (true);
	case LONG_HELP:
	case 'h':
		parsed->help = true;
		return (true);
	case LONG_VERSION:
		parsed->version = true;
		return (true);
	default:
		return (false);
	}
}

/* Colour and width of stdout, once for the whole run. */
static int
set_output(struct dro_cmd *cmd)
{
	const char *color = cmd->opt.color, *term = getenv("TERM");
	const char *columns = getenv("COLUMNS"), *none = getenv("NO_COLOR");
	bool tty = isatty(STDOUT_FILENO);
	struct winsize ws;
	long width;

	cmd->out.fp = stdout;
	cmd->out.json = cmd->opt.json;
	if (color == NULL || strcmp(color, "auto") == 0)
		cmd->out.colour = tty && (none == NULL || *none == '\0') &&
		    (term == NULL || strcmp(term, "dumb") != 0);
	else if (strcmp(color, "always") == 0)
		cmd->out.colour = true;
	else if (strcmp(color, "never") != 0)
		return (dro_cmd_usage("--color: auto, always or never"));
	if (!tty)
		return (DRO_EXIT_OK);
	cmd->out.width = 80;
	if (columns != NULL && (width = strtol(columns, NULL, 10)) > 0 &&
	    width < 10000)
		cmd->out.width = (int)width;
	else if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		cmd->out.width = ws.ws_col;
	return (DRO_EXIT_OK);
}

/* Read the clock, or take the time that --now names. */
static int
set_now(struct dro_cmd *cmd)
{
	struct dro_err err;

	cmd->now = (int64_t)time(NULL);
	if (cmd->opt.now == NULL)
		return (DRO_EXIT_OK);
	if (dro_date_parse(cmd->opt.now, &cmd->now, &err) != DRO_OK)
		return (dro_cmd_usage("--now: %s", err.msg));
	return (DRO_EXIT_OK);
}

static int
open_config(struct dro_cmd *cmd, const struct verb *verb)
{
	struct dro_findings findings = {0};
	struct dro_err err;
	enum dro_code code;
	size_t i;

	code = dro_config_read(cmd->opt.config, cmd->now, cmd->arena,
	    &cmd->config, &findings, &err);
	dro_cmd_findings(&findings);
	if (code == DRO_EPARSE)
		return (DRO_EXIT_CONFIG);
	if (code != DRO_OK)
		return (dro_cmd_fail(&err));
	if (cmd->opt.now != NULL && (verb->needs & NEED_WRITE) != 0 &&
	    !cmd->config.virtual_clock)
		return (dro_cmd_usage("--now: %s writes, so it takes its time "
				      "from the clock; only a configuration "
				      "with `clock: virtual` allows --now",
		    verb->name));
	if (cmd->opt.client == NULL)
		return (DRO_EXIT_OK);
	for (i = 0; i < cmd->config.n_clients; i++)
		if (strcmp(cmd->config.clients[i].id, cmd->opt.client) == 0)
			return (DRO_EXIT_OK);
	dro_cmd_error(
	    "--client: no client has the key \"%s\"", cmd->opt.client);
	return (DRO_EXIT_NO_INPUT);
}

static int
open_store(struct dro_cmd *cmd, const struct verb *verb)
{
	const struct dro_writer writer = {
	    verb->name, cmd->now, cmd->config.virtual_clock};
	struct dro_err err;
	enum dro_code code;

	if ((verb->needs & NEED_WRITE) != 0) {
		code = dro_store_open(cmd->config.database, DRO_STORE_WRITE,
		    &writer, &cmd->store, &err);
		if (code != DRO_OK && cmd->opt.all &&
		    (verb->needs & NEED_NOTHING) != 0) {
			cmd->store = NULL;
			cmd->no_store = err;
			return (DRO_EXIT_OK);
		}
		return (code == DRO_OK ? DRO_EXIT_OK : dro_cmd_fail(&err));
	}
	if ((verb->needs & NEED_READ) == 0)
		return (DRO_EXIT_OK);
	code = dro_store_open(
	    cmd->config.database, DRO_STORE_READ, NULL, &cmd->store, &err);
	if (code == DRO_ENOTFOUND) {
		cmd->store = NULL;
		return (DRO_EXIT_OK);
	}
	return (code == DRO_OK ? DRO_EXIT_OK : dro_cmd_fail(&err));
}

/* Spare those who only look what this run made them work out anew. */
static enum dro_code
leave_rests(struct dro_cmd *cmd, struct dro_err *err)
{
	struct dro_session session = {.config = &cmd->config,
	    .store = cmd->store,
	    .now = cmd->now,
	    .arena = cmd->arena,
	    .stop = dro_interrupted};

	return (dro_rests_leave(&session, err));
}

/* Write the end of a writing run into its log; a crash leaves it open. */
static int
end_run(struct dro_cmd *cmd, const struct verb *verb, int code)
{
	const char *result = "failed";
	struct dro_err err;

	if (cmd->store == NULL || (verb->needs & NEED_WRITE) == 0)
		return (code);
	if (code == DRO_EXIT_OK)
		result = dro_interrupted() == 0 ? "ok" : "partial";
	else if (code == DRO_EXIT_PARTIAL)
		result = "partial";
	if ((code == DRO_EXIT_OK || code == DRO_EXIT_PARTIAL) &&
	    leave_rests(cmd, &err) != DRO_OK)
		return (dro_cmd_fail(&err));
	if (dro_store_run_end(cmd->store, result, cmd->changes, &err) !=
		DRO_OK &&
	    code == DRO_EXIT_OK)
		return (dro_cmd_fail(&err));
	return (code);
}

/*
 * Whether a mail is piped in.  Who does that keeps the mail, and tries again,
 * on EX_TEMPFAIL alone; any other failure may return it to its sender.
 */
static bool
takes_mail(const struct dro_cmd *cmd)
{
	return (strcmp(cmd->opt.verb, "ingest") == 0 && cmd->argc == 1 &&
	    strcmp(cmd->argv[0], "-") == 0);
}

static int
run_verb(struct dro_cmd *cmd, const struct verb *verb)
{
	int code;

	if ((code = set_output(cmd)) != DRO_EXIT_OK ||
	    (code = set_now(cmd)) != DRO_EXIT_OK)
		return (code);
	if ((cmd->arena = dro_arena_create()) == NULL) {
		dro_cmd_error("out of memory");
		return (DRO_EXIT_FAILED);
	}
	if ((verb->needs & NEED_CONFIG) != 0)
		code = open_config(cmd, verb);
	if (code == DRO_EXIT_OK)
		code = open_store(cmd, verb);
	if (code == DRO_EXIT_OK)
		code = end_run(cmd, verb, verb->run(cmd));
	dro_store_close(cmd->store);
	dro_arena_destroy(cmd->arena);
	if ((fflush(stdout) != 0 || ferror(stdout)) && code == DRO_EXIT_OK) {
		dro_cmd_error("stdout: %s", strerror(errno));
		code = DRO_EXIT_IO;
	}
	if (dro_interrupted() != 0)
		code = 128 + dro_interrupted();
	if (code != DRO_EXIT_OK && takes_mail(cmd))
		code = DRO_EXIT_TEMPFAIL;
	return (code);
}

/* What getopt found wrong: the letter is its return value. */
static int
wrong_option(int letter, char **argv)
{
	if (optopt > 0 && optopt < LONG_CONFIG)
		return (dro_cmd_usage("no option -%c", optopt));
	if (letter == ':')
		return (dro_cmd_usage("%s: needs a value", argv[optind - 1]));
	if (optopt >= LONG_CONFIG)
		return (dro_cmd_usage("%s: takes no value", argv[optind - 1]));
	return (dro_cmd_usage("no option %s", argv[optind - 1]));
}

/* Verb, operands and options, which may stand in any order. */
static int
run(int argc, char **argv)
{
	struct dro_cmd cmd = {.now = 0};
	struct parsed parsed = {0, false, false};
	const struct verb *verb;
	int c, words = 0;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", long_options, NULL)) != -1)
		if (!take_option(c, &cmd.opt, &parsed))
			return (wrong_option(c, argv));
	if (parsed.version) {
		puts("rollout " DRO_VERSION);
		return (DRO_EXIT_OK);
	}
	if (optind >= argc)
		return (parsed.help ? help(stdout)
				    : (help(stderr), (int)DRO_EXIT_USAGE));
	if (strcmp(argv[optind], "help") == 0)
		return (help(stdout));
	verb = find_verb(argv + optind, argc - optind, &words);
	if (verb == NULL)
		return (half_a_verb(argv[optind], parsed.help));
	if (parsed.help) {
		printf("usage: rollout %s %s\n  %s\n", verb->name,
		    verb->operands, verb->summary);
		return (DRO_EXIT_OK);
	}
	if ((parsed.given & ~verb->options) != 0)
		return (dro_cmd_usage(
		    "%s does not take that option; usage: rollout %s %s",
		    verb->name, verb->name, verb->operands));
	cmd.opt.verb = verb->name;
	cmd.argc = argc - optind - words;
	cmd.argv = (const char **)(argv + optind + words);
	if (cmd.argc < verb->min_operands ||
	    (verb->max_operands >= 0 && cmd.argc > verb->max_operands))
		return (dro_cmd_usage(
		    "usage: rollout %s %s", verb->name, verb->operands));
	return (run_verb(&cmd, verb));
}

int
main(int argc, char **argv)
{
	set_signals();
	return (run(argc, argv));
}
