#include <string.h>

#include "base/buf.h"
#include "config/reader.h"
#include "config/show.h"

/* Longest value of a list or map that is shown as it stands. */
#define VALUE_MAX (64u << 10)

/* The answer being written. */
struct list {
	struct dro_reader *r;
	const struct dro_domain *domain;
	const struct dro_trace *trace;
	struct dro_shown_value *items;
	size_t n, room;
};

/* A new entry that nobody says anything about; NULL when out of memory. */
static struct dro_shown_value *
add(struct list *l, const char *key, const struct dro_origin *from)
{
	struct dro_shown_value *v;
	size_t room;

	if (l->n == l->room) {
		room = l->room == 0 ? 64 : 2 * l->room;
		v = dro_reader_alloc(l->r, room, sizeof(*v));
		if (v == NULL)
			return (NULL);
		if (l->n > 0)
			memcpy(v, l->items, l->n * sizeof(*v));
		l->items = v;
		l->room = room;
	}
	if (key == NULL) {
		l->r->log.failed = true;
		return (NULL);
	}
	v = &l->items[l->n++];
	v->key = key;
	v->kind = from->kind != NULL ? from->kind : "default";
	v->name = from->name;
	if (from->at != NULL) {
		v->file = from->at->file;
		v->line = from->at->line;
		v->column = from->at->column;
	}
	return (v);
}

/* An entry with ${n} texts; NULL among them is a lack of memory. */
static void
add_texts(struct list *l, const char *key, const struct dro_origin *from,
    enum dro_shown_type type, const char *const *texts, size_t n)
{
	const char **copy = dro_reader_alloc(l->r, n, sizeof(*copy));
	struct dro_shown_value *v = add(l, key, from);
	size_t i;

	if (copy == NULL || v == NULL)
		return;
	for (i = 0; i < n; i++)
		if ((copy[i] = texts[i]) == NULL)
			l->r->log.failed = true;
	v->type = type;
	v->n = n;
	v->texts = copy;
}

static void
add_text(struct list *l, const char *key, const struct dro_origin *from,
    const char *text)
{
	add_texts(l, key, from, DRO_SHOWN_TEXT, &text, 1);
}

static void
add_number(struct list *l, const char *key, const struct dro_origin *from,
    int64_t number)
{
	struct dro_shown_value *v = add(l, key, from);

	if (v == NULL)
		return;
	v->type = DRO_SHOWN_NUMBER;
	v->number = number;
}

/* Append ${node} in the flow form of YAML. */
static void
print_node(const struct dro_node *node, struct dro_buf *out)
{
	const struct dro_item *item;

	if (node->kind == DRO_NODE_TEXT) {
		dro_buf_adds(out, node->text);
		return;
	}
	dro_buf_addc(out, node->kind == DRO_NODE_LIST ? '[' : '{');
	for (item = node->first; item != NULL && !out->failed;
	     item = item->next) {
		if (item != node->first)
			dro_buf_adds(out, ", ");
		if (item->key != NULL)
			dro_buf_addf(out, "%s: ", item->key->text);
		print_node(item->value, out);
	}
	dro_buf_addc(out, node->kind == DRO_NODE_LIST ? ']' : '}');
}

/* A list or map that no code here knows more about. */
static void
add_node(struct list *l, const char *key, const struct dro_traced *t)
{
	struct dro_buf text;

	dro_buf_init(&text, VALUE_MAX);
	print_node(t->node, &text);
	add_text(l, key, &t->from,
	    text.failed ? "(too long to show)"
			: dro_arena_strdup(
			      l->r->arena, text.ptr != NULL ? text.ptr : ""));
	dro_buf_finish(&text);
}

static void
add_ladder(struct list *l, const char *key)
{
	const struct dro_ladder *ladder = &l->domain->settings->ladder;
	const char *names[DRO_RUNGS_MAX];
	size_t i;

	for (i = 0; i < ladder->n; i++)
		names[i] = ladder->rungs[i].name;
	add_texts(l, key, &l->trace->value[DRO_K_LADDER].from, DRO_SHOWN_LIST,
	    names, ladder->n);
}

/* What leaving each rung upwards takes; nothing leads on from the last. */
static void
add_hops(struct list *l, const char *key)
{
	const struct dro_settings *s = l->domain->settings;
	const char *rung;
	size_t i;

	for (i = 0; i + 1 < s->ladder.n; i++) {
		rung = dro_arena_printf(
		    l->r->arena, "%s.%s", key, s->ladder.rungs[i].name);
		if (rung == NULL) {
			l->r->log.failed = true;
			return;
		}
		add_number(l, dro_arena_printf(l->r->arena, "%s.days", rung),
		    &l->trace->days[i], s->hops[i].days);
		add_number(l,
		    dro_arena_printf(l->r->arena, "%s.report_days", rung),
		    &l->trace->report_days[i], s->hops[i].report_days);
	}
}

static void
add_approval(struct list *l, const char *key)
{
	const struct dro_settings *s = l->domain->settings;
	const char *names[DRO_RUNGS_MAX];
	size_t i, n = 0;

	for (i = 0; i < s->ladder.n; i++)
		if (s->approvals[i] != 0)
			names[n++] = s->ladder.rungs[i].name;
	add_texts(l, key, &l->trace->value[DRO_K_BEFORE].from, DRO_SHOWN_LIST,
	    names, n);
}

static void
add_sources(struct list *l, const char *key)
{
	const struct dro_settings *s = l->domain->settings;
	const struct dro_origin *from;
	const struct dro_declared *d;
	const char *name;
	size_t i;

	if (s->sources_closed)
		add_text(l, dro_arena_printf(l->r->arena, "%s.closed", key),
		    &l->trace->value[DRO_K_CLOSED].from, "true");
	for (i = 0; i < s->n_sources; i++) {
		d = &s->sources[i];
		from = &l->trace->sources[i];
		name = dro_arena_printf(l->r->arena, "%s.%s", key, d->name);
		if (name == NULL) {
			l->r->log.failed = true;
			return;
		}
		if (d->n_dkim > 0)
			add_texts(l,
			    dro_arena_printf(l->r->arena, "%s.dkim", name),
			    from, DRO_SHOWN_LIST, d->dkim, d->n_dkim);
		if (d->n_mail_from > 0)
			add_texts(l,
			    dro_arena_printf(l->r->arena, "%s.mail_from", name),
			    from, DRO_SHOWN_LIST, d->mail_from, d->n_mail_from);
		if (d->n_nets > 0)
			add_texts(l,
			    dro_arena_printf(l->r->arena, "%s.address", name),
			    from, DRO_SHOWN_LIST, d->addresses, d->n_nets);
		if (d->n_ptr > 0)
			add_texts(l,
			    dro_arena_printf(l->r->arena, "%s.ptr", name), from,
			    DRO_SHOWN_LIST, d->ptr, d->n_ptr);
		if (d->whose != DRO_OURS)
			add_text(l,
			    dro_arena_printf(l->r->arena, "%s.is", name), from,
			    dro_key_find(DRO_IN_SOURCE, "is")->words[d->whose]);
		if (d->cadence_days > 0)
			add_text(l,
			    dro_arena_printf(l->r->arena, "%s.cadence", name),
			    from,
			    dro_arena_printf(
				l->r->arena, "%dd", d->cadence_days));
		if (d->critical)
			add_text(l,
			    dro_arena_printf(
				l->r->arena, "%s.criticality", name),
			    from, "critical");
		if (d->owner != NULL)
			add_text(l,
			    dro_arena_printf(l->r->arena, "%s.owner", name),
			    from, d->owner);
	}
}

/* The value of ${key}, of a type that one text or number holds. */
static void
add_scalar(struct list *l, const struct dro_key *key, const char *name)
{
	const struct dro_traced *t = &l->trace->value[key->id];

	if (t->from.kind == NULL)
		(void)add(l, name, &t->from);
	else if (key->type == DRO_T_NUMBER)
		add_number(l, name, &t->from, t->num);
	else if (key->type == DRO_T_WORD)
		add_text(l, name, &t->from, key->words[t->num]);
	else if (key->words != NULL && t->num < 0)
		add_text(l, name, &t->from, key->words[0]);
	else if (key->type == DRO_T_DURATION || key->type == DRO_T_SECONDS)
		add_text(l, name, &t->from,
		    dro_value_show(l->r, key, t->num * key->unit));
	else if (key->type == DRO_T_PERCENT)
		add_text(l, name, &t->from, dro_value_show(l->r, key, t->num));
	else
		add_text(l, name, &t->from, t->text);
}

static void add_place(struct list *l, unsigned places, const char *prefix);

static void
add_key(struct list *l, const struct dro_key *key, const char *name)
{
	static const struct dro_origin nowhere = {NULL, NULL, NULL};

	switch (key->id) {
	case DRO_K_CLIENT_NAME:
	case DRO_K_DOMAINS:
	case DRO_K_IMPORT:
		return; /* of the client, not of a domain */
	case DRO_K_POLICY:
		if (l->trace->value[key->id].node == NULL) {
			add_text(
			    l, name, &nowhere, l->domain->settings->policy);
			return;
		}
		break;
	case DRO_K_UNTIL:
	case DRO_K_WHY:
		if (l->trace->value[key->id].node == NULL)
			return; /* there is nothing to end or to explain */
		break;
	case DRO_K_LADDER:
		add_ladder(l, name);
		return;
	case DRO_K_HOPS:
		add_hops(l, name);
		return;
	case DRO_K_BEFORE:
		add_approval(l, name);
		return;
	case DRO_K_SOURCES:
		add_sources(l, name);
		return;
	default:
		break;
	}
	if (key->type == DRO_T_MAP)
		add_place(l, key->sub, name);
	else if (key->type != DRO_T_NODE)
		add_scalar(l, key, name);
	else if (l->trace->value[key->id].node != NULL)
		add_node(l, name, &l->trace->value[key->id]);
}

/* All keys of ${places}, their names behind ${prefix}. */
static void
add_place(struct list *l, unsigned places, const char *prefix)
{
	const struct dro_key *keys;
	const char *name;
	size_t i, n;

	keys = dro_keys(&n);
	for (i = 0; i < n; i++) {
		if ((keys[i].places & places) == 0)
			continue;
		name = *prefix == '\0' ? keys[i].name
				       : dro_arena_printf(l->r->arena, "%s.%s",
					     prefix, keys[i].name);
		if (name == NULL)
			l->r->log.failed = true;
		else
			add_key(l, &keys[i], name);
	}
}

static bool
is_secret(const struct dro_provider *provider, const char *option)
{
	const struct dro_opt *opt;

	for (opt = provider->opts; opt->name != NULL; opt++)
		if (strcmp(opt->name, option) == 0)
			return (opt->type == DRO_OPT_SECRET);
	return (false);
}

/* The options; of a secret the kind of reference and what it names. */
static void
add_account(struct list *l, const struct dro_account *account)
{
	struct dro_origin from = {"account", account->name, account->key};
	const struct dro_conf_item *item;
	const char *key;
	size_t i;

	add_text(l,
	    dro_arena_printf(
		l->r->arena, "accounts.%s.provider", account->name),
	    &from, account->provider->name);
	for (i = 0; i < account->conf.n; i++) {
		item = &account->conf.items[i];
		from.at = account->at[i];
		key = dro_arena_printf(
		    l->r->arena, "accounts.%s.%s", account->name, item->name);
		if (is_secret(account->provider, item->name))
			add_texts(
			    l, key, &from, DRO_SHOWN_SECRET, item->values, 2);
		else
			add_texts(l, key, &from,
			    item->n == 1 ? DRO_SHOWN_TEXT : DRO_SHOWN_LIST,
			    item->values, item->n);
	}
}

void
dro_show_domain(struct dro_reader *r, const struct dro_domain *domain)
{
	struct list l = {.r = r, .domain = domain, .trace = &r->show->trace};

	add_place(&l, DRO_IN_DOMAIN | DRO_IN_CLIENT | DRO_IN_DEFAULTS, "");
	if (domain->account != NULL && domain->account->provider != NULL)
		add_account(&l, domain->account);
	r->show->out->n = l.n;
	r->show->out->values = l.items;
}
