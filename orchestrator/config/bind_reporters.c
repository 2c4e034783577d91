#include <string.h>

#include "base/buf.h"
#include "config/reader.h"

/* Trusted servers of one source: more is no configuration. */
#define AUTHSERV_IDS_MAX 16

/* "domain" or "address" in normal form, or NULL after an error. */
static const char *
reporter(struct dro_reader *r, const struct dro_node *node, const char *what)
{
	const char *text = dro_value_line(r, node, what, 320);
	char domain[DRO_DOMAIN_LEN], *out;
	const char *at;
	size_t i, len;

	if (text == NULL)
		return (NULL);
	at = strrchr(text, '@');
	len = at != NULL ? (size_t)(at - text) + 1 : 0;
	if (dro_domain_ascii(text + len, domain, NULL) != DRO_OK ||
	    strchr(domain, '.') == NULL || len == 1) {
		dro_reader_error(r, node,
		    "%s: %s is neither a domain nor an address; expected the "
		    "From domain of a reporter, like reports.example.net",
		    what, dro_found(r, node));
		return (NULL);
	}
	if ((out = dro_reader_alloc(r, len + strlen(domain) + 1, 1)) == NULL)
		return (NULL);
	for (i = 0; i < len; i++)
		out[i] = dro_ascii_lower(text[i]);
	memcpy(out + len, domain, strlen(domain) + 1);
	return (out);
}

/* A list of reporters; none may stand in ${list} or in ${other} before. */
static const char *const *
bind_list(struct dro_reader *r, const struct dro_node *list, const char *what,
    const char *const *other, size_t n_other, size_t *n)
{
	const struct dro_item *item;
	const char **out, *name;
	size_t i;

	if (!dro_is_list(r, list, what) || !dro_is_few(r, list, what) ||
	    (out = dro_reader_alloc(r, list->n, sizeof(*out))) == NULL)
		return (NULL);
	for (item = list->first; item != NULL; item = item->next) {
		if ((name = reporter(r, item->value, what)) == NULL)
			continue;
		for (i = 0; i < n_other; i++)
			if (strcmp(other[i], name) == 0)
				dro_reader_error(r, item->value,
				    "%s: %s is under trust as well; keep one "
				    "of them",
				    what, name);
		for (i = 0; i < *n; i++)
			if (strcmp(out[i], name) == 0)
				dro_reader_error(r, item->value,
				    "%s: %s stands here twice; keep one of "
				    "them",
				    what, name);
		out[(*n)++] = name;
	}
	return (out);
}

void
dro_bind_reporters(struct dro_reader *r, const struct dro_setting *root)
{
	struct dro_reporter_lists *out = &r->out->reporters;

	if (root[DRO_K_REPORTER_TRUST].node != NULL)
		out->trust = bind_list(r, root[DRO_K_REPORTER_TRUST].node,
		    "trust", NULL, 0, &out->n_trust);
	if (root[DRO_K_REPORTER_IGNORE].node != NULL)
		out->ignore = bind_list(r, root[DRO_K_REPORTER_IGNORE].node,
		    "ignore", out->trust, out->n_trust, &out->n_ignore);
}

void
dro_bind_authserv_ids(struct dro_reader *r, const struct dro_node *list,
    struct dro_report_source *out)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-._";
	const struct dro_item *item;
	const char **ids, *id;

	if (!dro_is_list(r, list, "authserv_id") ||
	    (ids = dro_reader_alloc(r, list->n, sizeof(*ids))) == NULL)
		return;
	if (list->n == 0 || list->n > AUTHSERV_IDS_MAX)
		dro_reader_error(r, list,
		    "authserv_id: %zu given, expected 1 to %d; leave the key "
		    "out if no server is to be believed",
		    list->n, AUTHSERV_IDS_MAX);
	out->authserv_ids = ids;
	for (item = list->first; item != NULL; item = item->next) {
		id = dro_value_line(
		    r, item->value, "authserv_id", DRO_DOMAIN_LEN - 1);
		if (id == NULL)
			continue;
		if (id[strspn(id, allowed)] != '\0') {
			dro_reader_error(r, item->value,
			    "authserv_id: %s is no name that a server writes "
			    "there; copy the first word of its "
			    "Authentication-Results",
			    dro_found(r, item->value));
			continue;
		}
		ids[out->n_authserv_ids++] = id;
	}
}
