#include <string.h>

#include "base/date.h"
#include "config/policy.h"

/* Where nothing is said: how old a signal may be, how long one is awaited. */
#define MAX_AGE_S (2 * DRO_DAY_S)
#define TIMEOUT_S 10

/* The words of ${node} with a NULL behind them; NULL after an error. */
static const char *const *
bind_command(struct dro_reader *r, const struct dro_node *node)
{
	const char *const *words;
	const char **argv;
	size_t n;

	if ((words = dro_value_words(r, node, "command", &n)) == NULL ||
	    (argv = dro_reader_alloc(r, n + 1, sizeof(*argv))) == NULL)
		return (NULL);
	memcpy(argv, words, n * sizeof(*argv));
	return (argv);
}

/* Nobody but the operator names files that are read, programs that run. */
static bool
is_operators(struct dro_reader *r, const struct dro_node *key)
{
	if (strcmp(key->file, r->log.file) == 0)
		return (true);
	dro_reader_error(r, key,
	    "signal belongs in the main file: accounts, commands and "
	    "endpoints are the operator's; there it may stand in defaults, a "
	    "policy, a client or a domain");
	return (false);
}

void
dro_bind_signal(struct dro_reader *r, struct dro_layer *layer)
{
	const struct dro_setting *set = layer->set;
	const struct dro_setting *file = &set[DRO_K_SIGNAL_FILE];
	const struct dro_setting *command = &set[DRO_K_SIGNAL_COMMAND];
	struct dro_signal_source *out;

	if (!set[DRO_K_SIGNAL].ok || !is_operators(r, set[DRO_K_SIGNAL].key) ||
	    (set[DRO_K_SIGNAL].node->kind == DRO_NODE_MAP &&
		set[DRO_K_SIGNAL].node->n == 0))
		return;
	if ((file->key == NULL) == (command->key == NULL)) {
		dro_reader_error(r, set[DRO_K_SIGNAL].key,
		    "signal: needs one of file: PATH and command: [PROGRAM, "
		    "ARGUMENT, ...]; {} is no signal at all");
		return;
	}
	if (set[DRO_K_SIGNAL_TIMEOUT].key != NULL && command->key == NULL)
		dro_reader_error(r, set[DRO_K_SIGNAL_TIMEOUT].key,
		    "timeout: a file is not waited for; remove it");
	if ((out = dro_reader_alloc(r, 1, sizeof(*out))) == NULL)
		return;
	out->max_age_s =
	    set[DRO_K_MAX_AGE].ok ? set[DRO_K_MAX_AGE].num : MAX_AGE_S;
	out->timeout_s = set[DRO_K_SIGNAL_TIMEOUT].ok
	    ? (int)set[DRO_K_SIGNAL_TIMEOUT].num
	    : TIMEOUT_S;
	out->file = file->text;
	if (command->key != NULL)
		out->argv = bind_command(r, command->node);
	if (out->file != NULL || out->argv != NULL)
		layer->signal = out;
}
