#include <string.h>

#include "config/policy.h"
#include "config/suggest.h"
#include "provider.h"

/* An account being read. */
struct draft {
	struct dro_account *account;
	struct dro_conf_item *items;
	const struct dro_node **at; /* by item: where it stands */
	const struct dro_node **seen; /* by option: where it stands */
};

static size_t
count_opts(const struct dro_provider *provider)
{
	size_t n = 0;

	while (provider->opts[n].name != NULL)
		n++;
	return (n);
}

/* One text as the values of an option. */
static const char *const *
single(struct dro_reader *r, const char *text)
{
	const char **values;

	if (text == NULL ||
	    (values = dro_reader_alloc(r, 1, sizeof(*values))) == NULL)
		return (NULL);
	values[0] = text;
	return (values);
}

/* The kind of reference, then what it refers to. */
static const char *const *
reference(
    struct dro_reader *r, const char *kind, const char *const *what, size_t *n)
{
	const char **values;

	values = dro_reader_alloc(r, *n + 1, sizeof(*values));
	if (values == NULL)
		return (NULL);
	values[0] = kind;
	memcpy(&values[1], what, *n * sizeof(*values));
	(*n)++;
	return (values);
}

static const char *const *
bind_reference(struct dro_reader *r, const struct dro_node *node,
    const char *name, size_t *n)
{
	static const enum dro_key_id kinds[] = {
	    DRO_K_CREDENTIAL, DRO_K_FILE, DRO_K_ENV, DRO_K_COMMAND};
	struct dro_setting set[DRO_K_N] = {0};
	const struct dro_setting *one = NULL;
	const char *const *words;
	size_t i, errors = r->log.n_errors;

	if (node->kind != DRO_NODE_MAP) {
		dro_reader_error(r, node,
		    "%s: a secret is never written here; refer to it with "
		    "{credential: NAME}, {file: PATH}, {env: NAME} or "
		    "{command: [PROGRAM, ARGUMENT]}",
		    name);
		return (NULL);
	}
	dro_bind(r, node, DRO_IN_SECRET, set);
	for (i = 0; i < DRO_ARRAY_LEN(kinds); i++)
		if (set[kinds[i]].key != NULL)
			one = &set[kinds[i]];
	if (r->log.n_errors != errors)
		return (NULL);
	if (one == NULL || node->n != 1) {
		dro_reader_error(r, node,
		    "%s: expected exactly one of credential, file, env and "
		    "command",
		    name);
		return (NULL);
	}
	if (one == &set[DRO_K_COMMAND]) {
		words = dro_value_words(r, one->node, "command", n);
		return (
		    words != NULL ? reference(r, "command", words, n) : NULL);
	}
	*n = 1;
	return (reference(r, one->key->text, &one->text, n));
}

const char *const *
dro_bind_secret(struct dro_reader *r, const struct dro_node *node,
    const char *name, size_t *n)
{
	const char *const *values;

	r->quiet = true;
	values = bind_reference(r, node, name, n);
	r->quiet = false;
	return (values);
}

/* From a minute to ten years; its seconds in decimal. */
static const char *
bind_duration(
    struct dro_reader *r, const struct dro_node *node, const char *name)
{
	const struct dro_key key = {.name = name,
	    .type = DRO_T_DURATION,
	    .min = 60000,
	    .max = 315360000000,
	    .unit = 1000};
	struct dro_setting set = {0};
	const char *text;

	dro_value_bind(r, &key, node, &set);
	if (!set.ok)
		return (NULL);
	text = dro_arena_printf(r->arena, "%lld", (long long)set.num);
	if (text == NULL)
		r->log.failed = true;
	return (text);
}

static void
bind_option(struct dro_reader *r, struct draft *d, const struct dro_opt *opt,
    const struct dro_item *from)
{
	const struct dro_node *node = from->value;
	const char *const *values = NULL;
	struct dro_conf_item *item;
	size_t n = 1;

	switch (opt->type) {
	case DRO_OPT_STRING:
		values = single(r, dro_value_line(r, node, opt->name, 1024));
		break;
	case DRO_OPT_SECRET:
		values = dro_bind_secret(r, node, opt->name, &n);
		break;
	case DRO_OPT_PATH:
		values = single(r, dro_value_path(r, node, opt->name));
		break;
	case DRO_OPT_URL:
		values = single(r, dro_value_url(r, node, opt->name));
		break;
	case DRO_OPT_COMMAND:
		values = dro_value_words(r, node, opt->name, &n);
		break;
	case DRO_OPT_DURATION:
		values = single(r, bind_duration(r, node, opt->name));
		break;
	}
	if (values == NULL)
		return;
	d->at[d->account->conf.n] = from->key;
	item = &d->items[d->account->conf.n++];
	item->name = opt->name;
	item->n = n;
	item->values = values;
}

/* Say that there is no option ${name}; a misspelt one is not missing too. */
static void
unknown_option(struct dro_reader *r, struct draft *d,
    const struct dro_node *key, const char *name)
{
	const struct dro_opt *opt;
	struct dro_guess guess;

	dro_guess_init(&guess, name);
	dro_guess_try(&guess, "provider");
	for (opt = d->account->provider->opts; opt->name != NULL; opt++)
		dro_guess_try(&guess, opt->name);
	for (opt = d->account->provider->opts; opt->name != NULL; opt++)
		if (opt->name == guess.best)
			d->seen[opt - d->account->provider->opts] = key;
	dro_reader_error(r, key, "unknown option \"%.64s\" of provider %s%s",
	    name, d->account->provider->name, dro_suggestion(r, &guess));
}

/* Whether ${opt} lies below ${prefix}, as "reload.command" below "reload". */
static bool
below(const struct dro_opt *opt, const char *prefix)
{
	size_t len = strlen(prefix);

	return (strncmp(opt->name, prefix, len) == 0 && opt->name[len] == '.');
}

/* The options in ${map}; ${prefix} is the key that it stands under. */
static void
bind_options(struct dro_reader *r, struct draft *d, const struct dro_node *map,
    const char *prefix)
{
	const struct dro_opt *opts = d->account->provider->opts, *opt;
	const struct dro_item *item;
	const char *name;
	bool inner;

	for (item = map->first; item != NULL; item = item->next) {
		if (*prefix == '\0' && strcmp(item->key->text, "provider") == 0)
			continue;
		name = dro_arena_printf(r->arena, "%s%s%s", prefix,
		    *prefix == '\0' ? "" : ".", item->key->text);
		if (name == NULL) {
			r->log.failed = true;
			return;
		}
		inner = false;
		for (opt = opts; opt->name != NULL; opt++) {
			if (strcmp(opt->name, name) == 0)
				break;
			inner = inner || below(opt, name);
		}
		if (opt->name != NULL) {
			d->seen[opt - opts] = item->key;
			bind_option(r, d, opt, item);
		} else if (!inner)
			unknown_option(r, d, item->key, name);
		else if (dro_is_map(r, item->value, name))
			bind_options(r, d, item->value, name);
	}
}

/* The plugin that the account names; NULL after an error. */
static const struct dro_provider *
bind_provider(struct dro_reader *r, const struct dro_item *account)
{
	const struct dro_provider *const *all;
	const struct dro_provider *provider;
	const struct dro_item *item;
	struct dro_guess guess;
	const char *name;

	for (item = account->value->first; item != NULL; item = item->next)
		if (strcmp(item->key->text, "provider") == 0)
			break;
	if (item == NULL) {
		dro_reader_error(r, account->key,
		    "account \"%.64s\": no provider; add provider: WORD",
		    account->key->text);
		return (NULL);
	}
	if ((name = dro_value_name(r, item->value, "provider")) == NULL)
		return (NULL);
	if ((provider = dro_provider_find(name)) != NULL)
		return (provider);
	dro_guess_init(&guess, name);
	for (all = dro_provider_all(); *all != NULL; all++)
		dro_guess_try(&guess, (*all)->name);
	dro_reader_error(r, item->value, "provider: %s is not built in%s",
	    dro_found(r, item->value), dro_suggestion(r, &guess));
	return (NULL);
}

static void
bind_account(struct dro_reader *r, const struct dro_item *item)
{
	struct draft d = {.account = &r->out->accounts[r->out->n_accounts]};
	const struct dro_opt *opt;
	size_t n;

	d.account->name = dro_value_name(r, item->key, "accounts");
	if (d.account->name == NULL)
		return;
	/* Known from here on, so that naming it is no second error. */
	r->out->n_accounts++;
	d.account->line = item->key->line;
	d.account->key = item->key;
	d.account->conf.account = d.account->name;
	if (!dro_is_map(r, item->value, "an account") ||
	    (d.account->provider = bind_provider(r, item)) == NULL)
		return;
	n = count_opts(d.account->provider);
	d.items = dro_reader_alloc(r, n, sizeof(*d.items));
	d.at = dro_reader_alloc(r, n, sizeof(const void *));
	d.seen = dro_reader_alloc(r, n, sizeof(const void *));
	if (d.items == NULL || d.at == NULL || d.seen == NULL)
		return;
	d.account->conf.items = d.items;
	d.account->at = d.at;
	bind_options(r, &d, item->value, "");
	for (opt = d.account->provider->opts; opt->name != NULL; opt++)
		if (opt->required &&
		    d.seen[opt - d.account->provider->opts] == NULL)
			dro_reader_error(r, item->key,
			    "account \"%s\": %s is missing; provider %s needs "
			    "it",
			    d.account->name, opt->name,
			    d.account->provider->name);
}

void
dro_bind_accounts(struct dro_reader *r, const struct dro_node *map)
{
	const struct dro_item *item;

	if (map == NULL || !dro_is_map(r, map, "accounts") ||
	    !dro_is_few(r, map, "accounts"))
		return;
	r->out->accounts =
	    dro_reader_alloc(r, map->n, sizeof(*r->out->accounts));
	if (r->out->accounts == NULL)
		return;
	for (item = map->first; item != NULL; item = item->next)
		bind_account(r, item);
}
