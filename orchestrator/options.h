#ifndef DRO_ORCHESTRATOR_OPTIONS_H
#define DRO_ORCHESTRATOR_OPTIONS_H

#include "cmd.h"

/* Options that not every verb takes, as bits. */
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
	OPT_POLICY = 1 << 19,
	OPT_UNDO = 1 << 20,
	OPT_REPLACE_MX = 1 << 21,
	OPT_ALL = 1 << 22,
	OPT_ADOPT = 1 << 23,
	OPT_RESTORE = 1 << 24,
	OPT_FROM = 1 << 25,
	OPT_ANSWERS = 1 << 26,
	OPT_DRY_RUN = 1 << 27,
};

/* A command line taken apart. */
struct dro_given {
	struct dro_options opt;
	unsigned bits; /* OPT_ */
	bool help, version;
};

/**
 * dro_options_parse(argc, argv, out):
 * Take the options out of the command line, wherever they stand; what is
 * left is ${argv} from optind on, in order.  DRO_EXIT_OK, or DRO_EXIT_USAGE
 * having said what is wrong.
 */
int dro_options_parse(int argc, char **argv, struct dro_given *out);

#endif /* !DRO_ORCHESTRATOR_OPTIONS_H */
