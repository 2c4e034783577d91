#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "apply/rest.h"
#include "base/date.h"
#include "ingest/worker.h"
#include "verbs.h"

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

/* What is not to be written need not be opened for it. */
static unsigned
needs(const struct dro_cmd *cmd, const struct dro_verb *verb)
{
	return (cmd->opt.dry_run
		? (verb->needs & ~(unsigned)NEED_WRITE) | NEED_READ
		: verb->needs);
}

static int
open_config(struct dro_cmd *cmd, const struct dro_verb *verb)
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
	if (cmd->opt.now != NULL && (needs(cmd, verb) & NEED_WRITE) != 0 &&
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
open_store(struct dro_cmd *cmd, const struct dro_verb *verb)
{
	const struct dro_writer writer = {
	    verb->name, cmd->now, cmd->config.virtual_clock};
	struct dro_err err;
	enum dro_code code;

	if ((needs(cmd, verb) & NEED_WRITE) != 0) {
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
	if ((needs(cmd, verb) & NEED_READ) == 0)
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
end_run(struct dro_cmd *cmd, const struct dro_verb *verb, int code)
{
	const char *result = "failed";
	struct dro_err err;

	if (cmd->store == NULL || (needs(cmd, verb) & NEED_WRITE) == 0)
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
run_verb(struct dro_cmd *cmd, const struct dro_verb *verb)
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

/* Whether the command line has what ${verb} takes. */
static int
check_use(const struct dro_verb *verb, const struct dro_given *line, int n)
{
	if ((line->bits & ~verb->options) != 0)
		return (dro_cmd_usage(
		    "%s does not take that option; usage: rollout %s %s",
		    verb->name, verb->name, verb->operands));
	if (n < verb->min_operands ||
	    (verb->max_operands >= 0 && n > verb->max_operands))
		return (dro_cmd_usage(
		    "usage: rollout %s %s", verb->name, verb->operands));
	return (DRO_EXIT_OK);
}

/* Verb, operands and options, which may stand in any order. */
static int
run(int argc, char **argv)
{
	struct dro_given line = {.bits = 0};
	struct dro_cmd cmd = {.now = 0};
	const struct dro_verb *verb;
	int code, words = 0;

	if ((code = dro_options_parse(argc, argv, &line)) != DRO_EXIT_OK)
		return (code);
	if (line.version) {
		puts("rollout " DRO_VERSION);
		return (DRO_EXIT_OK);
	}
	if (optind >= argc || strcmp(argv[optind], "help") == 0) {
		line.help = line.help || optind < argc;
		dro_verbs_help(line.help ? stdout : stderr);
		return (line.help ? (int)DRO_EXIT_OK : (int)DRO_EXIT_USAGE);
	}
	verb = dro_verb_find(argv + optind, argc - optind, &words);
	if (verb == NULL)
		return (dro_verb_half(argv[optind], line.help));
	if (line.help) {
		printf("usage: rollout %s %s\n  %s\n", verb->name,
		    verb->operands, verb->summary);
		return (DRO_EXIT_OK);
	}
	cmd.opt = line.opt;
	cmd.opt.verb = verb->name;
	cmd.argc = argc - optind - words;
	cmd.argv = (const char **)(argv + optind + words);
	if ((code = check_use(verb, &line, cmd.argc)) != DRO_EXIT_OK)
		return (code);
	return (run_verb(&cmd, verb));
}

int
main(int argc, char **argv)
{
	/* Ingest executes the program anew to read what strangers sent. */
	if (argc == 2 && strcmp(argv[1], DRO_WORKER_VERB) == 0)
		return (dro_worker_main());
	set_signals();
	return (run(argc, argv));
}
