#include <string.h>

#include "config/reader.h"

#define IMAPS_PORT 993

/* The kinds of source, in the order of enum dro_source_kind. */
static const enum dro_key_id kinds[] = {
    DRO_K_DIRECTORY, DRO_K_MAILDIR, DRO_K_MBOX, DRO_K_IMAP};

/* Letters, digits, "-" and "."; or an address: it becomes part of a URL. */
static void
check_host(struct dro_reader *r, const struct dro_setting *host)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.-:";

	if (host->ok && host->text[strspn(host->text, allowed)] != '\0')
		dro_reader_error(r, host->node,
		    "host: %s is neither a host name nor an address; the port "
		    "is a key of its own",
		    dro_found(r, host->node));
}

/* One of password and token, into ${out}. */
static void
bind_imap_secret(struct dro_reader *r, const struct dro_node *map,
    const struct dro_setting *set, struct dro_imap_conf *out)
{
	const struct dro_setting *password = &set[DRO_K_PASSWORD];
	const struct dro_setting *one;

	out->token = set[DRO_K_TOKEN].key != NULL;
	if ((password->key != NULL) == out->token) {
		dro_reader_error(
		    r, map, "imap: expected exactly one of password and token");
		return;
	}
	one = out->token ? &set[DRO_K_TOKEN] : password;
	out->secret.name = out->token ? "token" : "password";
	if (one->node != NULL)
		out->secret.values = dro_bind_secret(
		    r, one->node, out->secret.name, &out->secret.n);
}

static void
bind_imap(struct dro_reader *r, const struct dro_node *map,
    const struct dro_setting *set, struct dro_imap_conf *out)
{
	check_host(r, &set[DRO_K_HOST]);
	if (set[DRO_K_HOST].key == NULL)
		dro_reader_error(r, map, "imap: no host; add host: NAME");
	if (set[DRO_K_USER].key == NULL)
		dro_reader_error(r, map, "imap: no user; add user: NAME");
	bind_imap_secret(r, map, set, out);
	out->host = set[DRO_K_HOST].text;
	out->port = set[DRO_K_PORT].ok ? (int)set[DRO_K_PORT].num : IMAPS_PORT;
	out->user = set[DRO_K_USER].text;
	out->mailbox =
	    set[DRO_K_MAILBOX].ok ? set[DRO_K_MAILBOX].text : "INBOX";
	out->ca_file = set[DRO_K_CA_FILE].text;
}

/*
 * One of the two outcomes.  A folder of a maildir is a name in it, no path:
 * "Done" is the folder .Done beside cur.
 */
static enum dro_after
bind_outcome(struct dro_reader *r, const struct dro_setting *what,
    const struct dro_setting *folder, bool maildir)
{
	enum dro_after after =
	    what->ok ? (enum dro_after)what->num : DRO_AFTER_KEEP;

	if (after == DRO_AFTER_MOVE && folder->key == NULL)
		dro_reader_error(r, what->node,
		    "after: move needs to know where; add %s: NAME",
		    what->key->text[0] == 's' ? "folder" : "refused_folder");
	if (after != DRO_AFTER_MOVE && folder->key != NULL && what->ok)
		dro_reader_error(r, folder->node, "%s: goes with %s: move",
		    folder->key->text, what->key->text);
	else if (folder->key != NULL && what->key == NULL)
		dro_reader_error(r, folder->node,
		    "%s: says where to, but not that anything is moved; add "
		    "%s: move",
		    folder->key->text,
		    folder->key->text[0] == 'f' ? "stored" : "refused");
	if (maildir && folder->key != NULL && folder->ok &&
	    (strchr(folder->text, '/') != NULL || *folder->text == '.'))
		dro_reader_error(r, folder->node,
		    "%s: %s is no name of a folder; leave out the first \".\" "
		    "and any \"/\"",
		    folder->key->text, dro_found(r, folder->node));
	return (after);
}

static void
bind_after(struct dro_reader *r, const struct dro_setting *set, bool maildir,
    struct dro_mail_after *out)
{
	out->stored =
	    bind_outcome(r, &set[DRO_K_STORED], &set[DRO_K_FOLDER], maildir);
	out->refused = bind_outcome(
	    r, &set[DRO_K_REFUSED], &set[DRO_K_REFUSED_FOLDER], maildir);
	out->folder = set[DRO_K_FOLDER].text;
	out->refused_folder = set[DRO_K_REFUSED_FOLDER].text;
}

/* Where the entry says to look: exactly one kind; NULL after an error. */
static const struct dro_setting *
bind_kind(struct dro_reader *r, const struct dro_node *map,
    const struct dro_setting *set, struct dro_report_source *out)
{
	const struct dro_setting *one = NULL;
	size_t i, n = 0;

	for (i = 0; i < DRO_ARRAY_LEN(kinds); i++)
		if (set[kinds[i]].key != NULL) {
			one = &set[kinds[i]];
			out->kind = (enum dro_source_kind)i;
			n++;
		}
	if (n == 1)
		return (one->ok ? one : NULL);
	dro_reader_error(r, map,
	    n == 0 ? "an entry of reports says not where to look; add one of "
		     "directory, maildir, mbox and imap"
		   : "an entry of reports names several places; give each an "
		     "entry of its own");
	return (NULL);
}

static void
bind_place(struct dro_reader *r, const struct dro_node *map,
    const struct dro_setting *set, struct dro_report_source *out)
{
	const struct dro_setting *one = bind_kind(r, map, set, out);

	if (one == NULL)
		return;
	if (out->kind == DRO_SOURCE_IMAP)
		bind_imap(r, one->node, set, &out->imap);
	else if (set[DRO_K_SOURCE_PATH].key == NULL)
		dro_reader_error(r, one->node, "%s: no path; add path: PATH",
		    one->key->text);
	out->path = set[DRO_K_SOURCE_PATH].text;
	bind_after(r, set, out->kind == DRO_SOURCE_MAILDIR, &out->after);
}

/* One entry of reports; ${earlier} of them are known. */
static void
bind_report(struct dro_reader *r, const struct dro_node *map,
    struct dro_report_source *out, const struct dro_node **places,
    size_t earlier)
{
	struct dro_setting set[DRO_K_N] = {0};
	const struct dro_setting *name = &set[DRO_K_REPORT_NAME];
	size_t i;

	out[earlier].name = "";
	if (!dro_is_map(r, map, "an entry of reports"))
		return;
	dro_bind(r, map, DRO_IN_REPORT, set);
	if (name->key == NULL)
		dro_reader_error(
		    r, map, "an entry of reports has no name; add name: WORD");
	bind_place(r, map, set, &out[earlier]);
	if (name->ok)
		out[earlier].name = name->text;
	out[earlier].trust = set[DRO_K_TRUST].ok
	    ? (enum dro_trust)set[DRO_K_TRUST].num
	    : DRO_TRUST_UNAUTHENTICATED;
	if (set[DRO_K_AUTHSERV_ID].node != NULL)
		dro_bind_authserv_ids(
		    r, set[DRO_K_AUTHSERV_ID].node, &out[earlier]);
	out[earlier].recipient = set[DRO_K_RECIPIENT].text;
	places[earlier] = name->node;
	for (i = 0; name->ok && i < earlier; i++)
		if (strcmp(out[i].name, name->text) == 0) {
			dro_reader_error(r, name->node,
			    "reports: the name \"%s\" is on line %d already; "
			    "choose another",
			    name->text, places[i]->line);
			return;
		}
}

void
dro_bind_reports(struct dro_reader *r, const struct dro_node *list)
{
	struct dro_report_source *out;
	const struct dro_node **places;
	const struct dro_item *item;

	if (list == NULL || !dro_is_list(r, list, "reports") ||
	    !dro_is_few(r, list, "reports") ||
	    (out = dro_reader_alloc(r, list->n, sizeof(*out))) == NULL ||
	    (places = dro_reader_alloc(r, list->n, sizeof(const void *))) ==
		NULL)
		return;
	r->out->reports = out;
	for (item = list->first; item != NULL; item = item->next)
		bind_report(r, item->value, out, places, r->out->n_reports++);
}
