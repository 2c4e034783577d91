#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/file.h"
#include "config/program.h"

#include "apply/signal.h"

/* Ten thousand domains with a reason each stay below this. */
#define SIGNAL_MAX ((size_t)4 << 20)

static bool
same_words(const char *const *a, const char *const *b)
{
	for (; *a != NULL && *b != NULL; a++, b++)
		if (strcmp(*a, *b) != 0)
			return (false);
	return (*a == *b);
}

/* Two places of the configuration may name the same file or program. */
static bool
same_place(const struct dro_signal_source *a, const struct dro_signal_source *b)
{
	if (a->file != NULL && b->file != NULL)
		return (strcmp(a->file, b->file) == 0);
	return (
	    a->argv != NULL && b->argv != NULL && same_words(a->argv, b->argv));
}

static enum dro_code
read_file(const char *path, const char *shown, char **text, size_t *len,
    struct dro_err *err)
{
	enum dro_code code;
	int fd;

	if ((code = dro_file_open(path, shown, &fd, err)) != DRO_OK)
		return (code);
	code = dro_file_slurp(fd, shown, SIGNAL_MAX, text, len, err);
	close(fd);
	if (code == DRO_OK && *len > SIGNAL_MAX)
		code = dro_err_set(err, DRO_ELIMIT, "%s: larger than %zu MiB",
		    shown, SIGNAL_MAX >> 20);
	return (code);
}

static enum dro_code
run_program(const struct dro_signal_source *source, const char *shown,
    char **text, size_t *len, struct dro_err *err)
{
	enum dro_code code;

	if ((*text = malloc(SIGNAL_MAX + 1)) == NULL)
		return (dro_err_nomem(err));
	code = dro_program_read(
	    source->argv, source->timeout_s, *text, SIGNAL_MAX, len, err);
	if (code != DRO_OK && code != DRO_ENOMEM)
		dro_err_context(err, "%s", shown);
	return (code);
}

/* Read what ${doc}->source names; only a lack of memory is an error. */
static enum dro_code
fetch(struct dro_signal_doc *doc, struct dro_arena *arena, struct dro_err *err)
{
	const struct dro_signal_source *source = doc->source;
	struct dro_err why;
	enum dro_code code;
	char *text = NULL;
	size_t len = 0;

	code = source->file != NULL
	    ? read_file(source->file, doc->head.name, &text, &len, &why)
	    : run_program(source, doc->head.name, &text, &len, &why);
	if (code == DRO_OK) {
		code = dro_signal_parse(text, len, arena, doc, err);
	} else if (code == DRO_ENOMEM) {
		*err = why;
	} else {
		doc->head.wrong = dro_arena_printf(
		    arena, "signal: %s: see what writes it", why.msg);
		code = doc->head.wrong != NULL ? DRO_OK : dro_err_nomem(err);
	}
	free(text);
	return (code);
}

/* As the configuration has it: paths in its folder begin there. */
static const char *
name_of(const struct dro_config *config, const struct dro_signal_source *source)
{
	const char *name =
	    source->file != NULL ? source->file : source->argv[0];
	const size_t len = strlen(config->directory);

	if (strncmp(name, config->directory, len) == 0 && name[len] == '/')
		return (name + len + 1);
	return (name);
}

static enum dro_code
find_doc(struct dro_session *session, const struct dro_signal_source *source,
    const struct dro_signal_doc **out, struct dro_err *err)
{
	struct dro_signal_doc *doc;
	enum dro_code code;

	for (doc = *session->config->signals; doc != NULL; doc = doc->next)
		if (same_place(doc->source, source))
			break;
	*out = doc;
	if (doc != NULL)
		return (DRO_OK);
	if ((doc = dro_arena_alloc(session->arena, 1, sizeof(*doc))) == NULL)
		return (dro_err_nomem(err));
	doc->source = source;
	doc->head.name = name_of(session->config, source);
	if ((code = fetch(doc, session->arena, err)) != DRO_OK)
		return (code);
	doc->next = *session->config->signals;
	*session->config->signals = doc;
	*out = doc;
	return (DRO_OK);
}

static int
by_domain(const void *key, const void *item)
{
	const struct dro_signal_entry *entry = item;

	return (strcmp(key, entry->domain));
}

static struct dro_said
said_of(const struct dro_signal_doc *doc, const char *domain)
{
	const struct dro_signal_entry *entry = NULL;

	if (doc->n > 0)
		entry = bsearch(domain, doc->entries, doc->n,
		    sizeof(*doc->entries), by_domain);
	return (entry != NULL ? entry->said : (struct dro_said){0});
}

enum dro_code
dro_signal_of(struct dro_session *session, const struct dro_domain *dom,
    struct dro_arena *arena, const struct dro_signal **out, struct dro_err *err)
{
	const struct dro_signal_source *source = dom->settings->signal;
	const struct dro_signal_doc *doc;
	struct dro_signal *signal;
	enum dro_code code;

	*out = NULL;
	if (source == NULL)
		return (DRO_OK);
	if ((code = find_doc(session, source, &doc, err)) != DRO_OK)
		return (code);
	if ((signal = dro_arena_alloc(arena, 1, sizeof(*signal))) == NULL)
		return (dro_err_nomem(err));
	*signal = doc->head;
	/* Each place says itself how old is too old. */
	signal->max_age_s = source->max_age_s;
	signal->own = said_of(doc, dom->domain);
	signal->all = said_of(doc, "*");
	*out = signal;
	return (DRO_OK);
}
