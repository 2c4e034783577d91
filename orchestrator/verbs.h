#ifndef DRO_ORCHESTRATOR_VERBS_H
#define DRO_ORCHESTRATOR_VERBS_H

#include <stdio.h>

#include "cmd.h"
#include "options.h"

/* What main opens for a verb. */
enum {
	NEED_CONFIG = 1 << 0,
	NEED_READ = 1 << 1, /* the database, if there is one */
	NEED_WRITE = 1 << 2, /* the database, created, locked */
	NEED_NOTHING = 1 << 3, /* with --all it goes on without a database */
};

struct dro_verb {
	const char *name; /* one word, or two */
	int (*run)(struct dro_cmd *);
	unsigned needs;
	unsigned options; /* OPT_ bits that it takes */
	int min_operands, max_operands; /* max -1: any number */
	const char *operands;
	const char *summary;
};

/**
 * dro_verb_find(words, n, used):
 * The verb that ${words} begin with, or NULL; how many it takes goes to
 * ${used}.
 */
const struct dro_verb *dro_verb_find(char *const *words, int n, int *used);

/**
 * dro_verb_half(word, asked):
 * ${word} is no verb by itself: print what may follow it, or that it is the
 * beginning of none; return the exit code.
 */
int dro_verb_half(const char *word, bool asked);

/** dro_verbs_help(fp): all of them, one a line. */
void dro_verbs_help(FILE *fp);

#endif /* !DRO_ORCHESTRATOR_VERBS_H */
