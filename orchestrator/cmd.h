#ifndef DRO_ORCHESTRATOR_CMD_H
#define DRO_ORCHESTRATOR_CMD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/domain.h"
#include "base/err.h"
#include "config/config.h"
#include "journal.h"
#include "output/output.h"
#include "store.h"

/*
 * Exit codes of the contract (design section 9); an unknown code is to be
 * treated as failure.
 */
enum {
	DRO_EXIT_OK = 0,
	DRO_EXIT_FAILED = 1, /* nothing could be done */
	DRO_EXIT_PENDING = 2, /* changes pending, --detailed-exitcode only */
	DRO_EXIT_PARTIAL = 3, /* something could not be served now */
	DRO_EXIT_USAGE = 64,
	DRO_EXIT_DATA = 65,
	DRO_EXIT_NO_INPUT = 66,
	DRO_EXIT_UNAVAILABLE = 69,
	DRO_EXIT_IO = 74,
	DRO_EXIT_LOCKED = 75,
	DRO_EXIT_PERMISSION = 77,
	DRO_EXIT_CONFIG = 78
};
/* Under this name: whoever pipes a mail in should keep it. */
#define DRO_EXIT_TEMPFAIL DRO_EXIT_LOCKED

/* Of the program, as --version and plan files have it. */
#define DRO_VERSION "0.1.0"

/* What an option was given that may be given more than once. */
#define DRO_WORDS_MAX 8
struct dro_words {
	size_t n;
	const char *items[DRO_WORDS_MAX];
};

/* Options as given; a verb accepts those that its table entry names. */
struct dro_options {
	const char *verb;
	const char *config; /* --config FILE */
	const char *now; /* --now RFC3339 */
	bool json; /* --json */
	const char *client; /* --client ID */
	const char *color; /* --color auto|always|never */
	const char *trust; /* ingest --trust TIER */
	const char *reason; /* --reason TEXT */
	const char *to; /* rollback --to RUNG */
	const char *dir; /* demo --dir DIR */
	const char *out; /* plan --out FILE */
	const char *expires; /* plan --expires 7d */
	const char *until; /* plan, pause, simulate --until DATE */
	bool all; /* pause, resume --all */
	bool adopt, restore; /* reconcile */
	const char *plan; /* advance --plan FILE */
	bool markdown; /* plan --markdown */
	struct dro_words policies; /* simulate --policy NAME, repeated */
	bool all_presets; /* simulate --all-presets */
	const char *from; /* simulate --from DATE */
	const char *answers; /* simulate --answers WHEN */
	bool detailed_exitcode; /* plan --detailed-exitcode */
	bool dry_run; /* db reread --dry-run */
	bool undo; /* park --undo */
	bool replace_mx; /* park --replace-mx */
	bool scheduled; /* advance --scheduled: quiet when all is well */
};

/* One run of one verb: opened by main as the verb's table entry asks. */
struct dro_cmd {
	struct dro_options opt;
	int argc; /* operands after the verb */
	const char **argv;
	int64_t now; /* read once, in main */
	struct dro_out out; /* stdout */
	struct dro_arena *arena; /* lives as long as the run */
	struct dro_config config;
	struct dro_store *store; /* NULL: not asked for, or no database yet */
	struct dro_err no_store; /* why pause --all has to do without one */
	int64_t changes; /* what the run log says it changed; set by the verb */
};

/*
 * The verbs.  Each returns its exit code and has printed its own errors.
 * One file each, cmd_<verb>.c.
 */
int dro_cmd_advance(struct dro_cmd *cmd);
int dro_cmd_approve(struct dro_cmd *cmd);
int dro_cmd_config(struct dro_cmd *cmd);
int dro_cmd_db_backup(struct dro_cmd *cmd);
int dro_cmd_db_original(struct dro_cmd *cmd);
int dro_cmd_db_prune(struct dro_cmd *cmd);
int dro_cmd_db_reread(struct dro_cmd *cmd);
int dro_cmd_demo(struct dro_cmd *cmd);
int dro_cmd_doctor(struct dro_cmd *cmd);
int dro_cmd_explain(struct dro_cmd *cmd);
int dro_cmd_history(struct dro_cmd *cmd);
int dro_cmd_ingest(struct dro_cmd *cmd);
int dro_cmd_park(struct dro_cmd *cmd);
int dro_cmd_pause(struct dro_cmd *cmd);
int dro_cmd_plan(struct dro_cmd *cmd);
int dro_cmd_reconcile(struct dro_cmd *cmd);
int dro_cmd_reports(struct dro_cmd *cmd);
int dro_cmd_resume(struct dro_cmd *cmd);
int dro_cmd_rollback(struct dro_cmd *cmd);
int dro_cmd_simulate(struct dro_cmd *cmd);
int dro_cmd_simulate_made(struct dro_cmd *cmd);
int dro_cmd_sources(struct dro_cmd *cmd);
int dro_cmd_status(struct dro_cmd *cmd);

/**
 * dro_cmd_error(fmt, ...):
 * Print "error: ..." on stderr.  Whatever it quotes is made safe to show, as
 * everywhere: no control character reaches a terminal.
 */
void dro_cmd_error(const char *fmt, ...) DRO_PRINTF(1, 2);

/** dro_cmd_warning(fmt, ...): the same as "warning: ...". */
void dro_cmd_warning(const char *fmt, ...) DRO_PRINTF(1, 2);

/**
 * dro_cmd_findings(findings):
 * Print findings of a configuration on stderr, as compilers write them:
 * "FILE:LINE:COLUMN: error: TEXT", made safe to show.
 */
void dro_cmd_findings(const struct dro_findings *findings);

/**
 * dro_cmd_fail(err):
 * Print "error: ..." on stderr and return the exit code for err->code.
 */
int dro_cmd_fail(const struct dro_err *err);

/** dro_cmd_usage(fmt, ...): the same for wrong usage; returns 64. */
int dro_cmd_usage(const char *fmt, ...) DRO_PRINTF(1, 2);

/**
 * dro_cmd_domain(cmd, name, out):
 * The listed domain ${name}; if there is none print what is near and return
 * DRO_EXIT_NO_INPUT, else DRO_EXIT_OK.
 */
int dro_cmd_domain(
    struct dro_cmd *cmd, const char *name, const struct dro_domain **out);

/** dro_cmd_below(cmd, name, out): the same for one that may lie below it. */
int dro_cmd_below(
    struct dro_cmd *cmd, const char *name, char out[DRO_DOMAIN_LEN]);

/** dro_cmd_selected(cmd, domain): whether --client takes ${domain} in. */
bool dro_cmd_selected(
    const struct dro_cmd *cmd, const struct dro_domain *domain);

/** dro_cmd_actor(cmd, out): who runs this, from the process itself. */
void dro_cmd_actor(struct dro_cmd *cmd, struct dro_actor *out);

/**
 * dro_interrupted():
 * The signal (SIGINT or SIGTERM) that asked the program to stop, or 0.  Long
 * verbs finish the domain in hand, start no other, and return 128 + signal.
 */
int dro_interrupted(void);

#endif /* !DRO_ORCHESTRATOR_CMD_H */
