#include <stdio.h>
#include <string.h>

#include <gmime/gmime.h>
#include <libpsl.h>

#include "base/domain.h"
#include "ingest/authres.h"
#include "ingest/dkim.h"
#include "ingest/header.h"
#include "ingest/sender.h"
#include "presets/reporters.h"

/* Octets of a From; GMime recurses into groups within groups. */
#define FROM_MAX 2000

/* Loaded once, before the sandbox. */
static const psl_ctx_t *psl; /* NULL: libpsl was built without any */
static bool prepared;

/* One mail in hand. */
struct mail {
	struct dro_header header;
	char local[DRO_LOCAL_MAX + 1]; /* of From, lower case */
	char from[DRO_DOMAIN_LEN]; /* its domain, normalised */
	char org[DRO_DOMAIN_LEN]; /* the organisational domain of that */
};

enum dro_code
dro_sender_prepare(struct dro_err *err)
{
	enum dro_code code;
	iconv_t charset;

	if (prepared)
		return (DRO_OK);
	g_mime_init();
	/* Has the table of charsets loaded, which stays. */
	charset = g_mime_iconv_open("UTF-8", "UTF-16");
	if ((intptr_t)charset != -1)
		(void)g_mime_iconv_close(charset);
	if ((psl = psl_latest(NULL)) == NULL)
		psl = psl_builtin();
	code = dro_dkim_prepare(err);
	prepared = code == DRO_OK;
	return (code);
}

/* ---- From */

/* A field that may stand once (RFC 5322 3.6, RFC 2045 3) but stands twice. */
static const char *
twice(const struct dro_header *header)
{
	static const char *const once[] = {"From", "Sender", "Date", "Subject",
	    "Message-ID", "Content-Type", "Content-Transfer-Encoding"};
	unsigned seen = 0;
	size_t i, j;

	for (i = 0; i < header->n; i++)
		for (j = 0; j < DRO_ARRAY_LEN(once); j++) {
			if (!dro_field_is(&header->fields[i], once[j]))
				continue;
			if ((seen & 1U << j) != 0)
				return (once[j]);
			seen |= 1U << j;
		}
	return (NULL);
}

/* Split ${address} into the parts of ${mail}; NULL, or what is wrong. */
static const char *
take_address(struct mail *mail, const char *address)
{
	const char *at = strrchr(address, '@');
	const char *org;
	size_t i, len;

	if (at == NULL ||
	    dro_domain_normalise(at + 1, mail->from, NULL) != DRO_OK)
		return ("the address in From has no plain domain");
	len = (size_t)(at - address);
	if (len == 0 || len > DRO_LOCAL_MAX)
		return ("the address in From has no local part of 1 to 64 "
			"octets");
	for (i = 0; i < len; i++)
		mail->local[i] = dro_ascii_lower(address[i]);
	mail->local[len] = '\0';
	org = psl != NULL ? psl_registrable_domain(psl, mail->from) : NULL;
	(void)snprintf(
	    mail->org, sizeof(mail->org), "%s", org != NULL ? org : mail->from);
	return (NULL);
}

/* The one address of the one From; NULL, or what is wrong. */
static const char *
take_from(struct mail *mail, const char *text)
{
	InternetAddressList *list = internet_address_list_parse(NULL, text);
	const char *address, *fault = "From has not exactly one address";
	InternetAddress *one;

	if (list == NULL)
		return (fault);
	if (internet_address_list_length(list) == 1) {
		one = internet_address_list_get_address(list, 0);
		if (INTERNET_ADDRESS_IS_MAILBOX(one) &&
		    (address = internet_address_mailbox_get_addr(
			 INTERNET_ADDRESS_MAILBOX(one))) != NULL)
			fault = take_address(mail, address);
	}
	g_object_unref(list);
	return (fault);
}

static const struct dro_field *
find(const struct dro_header *header, const char *name)
{
	size_t i;

	for (i = 0; i < header->n; i++)
		if (dro_field_is(&header->fields[i], name))
			return (&header->fields[i]);
	return (NULL);
}

/* ---- alignment */

/* Relaxed, as RFC 7489 3.1.1 and RFC 9989 have it. */
static bool
speaks_for(const struct mail *mail, const char *domain)
{
	const char *org;

	if (domain[0] == '\0' || strcmp(domain, mail->from) == 0)
		return (domain[0] != '\0');
	org = psl != NULL ? psl_registrable_domain(psl, domain) : NULL;
	return (org != NULL && strcmp(org, mail->org) == 0);
}

static bool
aligned(void *arg, const char *domain)
{
	return (speaks_for(arg, domain));
}

/* ---- Authentication-Results */

/* The domain by which ${result} proves the sender, or NULL. */
static const char *
proof(const struct mail *mail, const struct dro_authres_result *result)
{
	const char *domain = result->header_from;

	if (result->method == DRO_AUTHRES_DKIM)
		domain = result->header_d[0] != '\0' ? result->header_d
						     : result->header_i;
	if (!result->pass || result->method == DRO_AUTHRES_OTHER)
		return (NULL);
	if (result->method == DRO_AUTHRES_DMARC
		? strcmp(domain, mail->from) == 0
		: speaks_for(mail, domain))
		return (domain);
	return (NULL);
}

static bool
is_trusted(const struct dro_sender_conf *conf, const char *id)
{
	size_t i;

	for (i = 0; i < conf->n_ids; i++)
		if (strcmp(conf->ids[i], id) == 0)
			return (true);
	return (false);
}

/* Fields that the author's side writes; servers put theirs above. */
static bool
is_authors(const struct dro_field *field)
{
	static const char *const names[] = {
	    "From", "To", "Subject", "Date", "Message-ID"};
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(names); i++)
		if (dro_field_is(field, names[i]))
			return (true);
	return (false);
}

/*
 * The topmost field of a trusted server above the second run of Received
 * fields and all that the author wrote: what stands below was there when the
 * mail came in.  One that cannot be read may be the trusted one, so that the
 * search ends there.  False: there is none.
 */
static bool
find_authres(const struct mail *mail, const struct dro_sender_conf *conf,
    struct dro_authres *out)
{
	const struct dro_field *field;
	bool received = false;
	size_t i, runs = 0;

	for (i = 0; i < mail->header.n; i++) {
		field = &mail->header.fields[i];
		if (dro_field_is(field, "Received")) {
			if (!received && ++runs > 1)
				return (false);
			received = true;
			continue;
		}
		received = false;
		if (is_authors(field))
			return (false);
		if (!dro_field_is(field, "Authentication-Results"))
			continue;
		if (!dro_authres_parse(field->value.ptr, field->value.len, out))
			return (false);
		if (is_trusted(conf, out->id))
			return (true);
	}
	return (false);
}

/* Look for proof there; ${out} is as it was if there is none. */
static enum dro_code
judge_authres(const struct mail *mail, const struct dro_sender_conf *conf,
    struct dro_arena *arena, struct dro_sender *out, struct dro_err *err)
{
	const char *domain = NULL;
	struct dro_authres *field;
	size_t i;

	if (conf->n_ids == 0)
		return (DRO_OK);
	if ((field = dro_arena_alloc(arena, 1, sizeof(*field))) == NULL)
		return (dro_err_nomem(err));
	if (!find_authres(mail, conf, field))
		return (DRO_OK);
	for (i = 0; i < field->n && domain == NULL; i++)
		domain = proof(mail, &field->results[i]);
	if (domain == NULL)
		return (DRO_OK);
	out->auth = DRO_AUTH_AR_TRUSTED;
	out->signer = domain;
	out->selector = field->results[i - 1].selector;
	out->note = dro_arena_printf(arena, "%s says %s=pass for %s", field->id,
	    field->results[i - 1].method == DRO_AUTHRES_DMARC ? "dmarc"
							      : "dkim",
	    domain);
	return (out->note != NULL ? DRO_OK : dro_err_nomem(err));
}

/* ---- the mail */

/* What the signatures alone amount to. */
static enum dro_code
judge_dkim(struct mail *mail, const struct dro_sender_conf *conf,
    struct dro_arena *arena, struct dro_sender *out, struct dro_err *err)
{
	static const enum dro_auth auths[] = {
	    [DRO_DKIM_NONE] = DRO_AUTH_UNAUTHENTICATED,
	    [DRO_DKIM_WEAK] = DRO_AUTH_UNAUTHENTICATED,
	    [DRO_DKIM_LATE] = DRO_AUTH_UNVERIFIABLE,
	    [DRO_DKIM_BROKEN] = DRO_AUTH_INVALID,
	    [DRO_DKIM_SILENT] = DRO_AUTH_UNVERIFIABLE,
	    [DRO_DKIM_GOOD] = DRO_AUTH_DKIM_ALIGNED,
	};
	struct dro_dkim_job job = {.header = &mail->header,
	    .now = conf->now,
	    .aligned = aligned,
	    .aligned_arg = mail,
	    .fetch = conf->fetch,
	    .fetch_arg = conf->fetch_arg};
	struct dro_dkim dkim;
	enum dro_code code;

	code = dro_dkim_verify(&job, arena, &dkim, err);
	if (code != DRO_OK)
		return (code);
	out->auth = auths[dkim.verdict];
	out->again = dkim.verdict == DRO_DKIM_SILENT;
	out->note = dkim.note;
	if (dkim.verdict != DRO_DKIM_GOOD)
		return (DRO_OK);
	out->signer = dkim.domain;
	out->selector = dkim.selector;
	out->key_bits = dkim.key_bits;
	return (DRO_OK);
}

/*
 * The address in the topmost field that the server writes: it writes above
 * what came.  "" if there is none, or something else in it.
 */
static const char *
recipient(const struct mail *mail, const struct dro_sender_conf *conf,
    struct dro_arena *arena)
{
	const struct dro_field *field = NULL;
	struct dro_str s;
	size_t i;
	char *out;

	if (conf->recipient != NULL && *conf->recipient != '\0')
		field = find(&mail->header, conf->recipient);
	if (field == NULL)
		return ("");
	s = dro_str_trim(field->value);
	if (s.len >= 2 && s.ptr[0] == '<' && s.ptr[s.len - 1] == '>')
		s = (struct dro_str){s.ptr + 1, s.len - 2};
	if (s.len > DRO_RECIPIENT_MAX || memchr(s.ptr, '@', s.len) == NULL)
		return ("");
	if ((out = dro_arena_strndup(arena, s.ptr, s.len)) == NULL)
		return (NULL);
	for (i = 0; i < s.len; i++) {
		if (out[i] <= ' ' || out[i] > '~')
			return ("");
		out[i] = dro_ascii_lower(out[i]);
	}
	return (out);
}

/* Read header and From; ${out}->note tells what makes it a mail that lies. */
static enum dro_code
open_mail(struct mail *mail, const char *ptr, size_t len,
    struct dro_arena *arena, struct dro_sender *out, struct dro_err *err)
{
	const struct dro_field *from;
	const char *name, *text;
	enum dro_code code;

	code = dro_header_read(ptr, len, arena, &mail->header, err);
	if (code != DRO_OK)
		return (code);
	if ((out->note = mail->header.fault) != NULL)
		return (DRO_OK);
	if ((name = twice(&mail->header)) != NULL) {
		out->note = dro_arena_printf(arena, "%s stands twice", name);
		return (out->note != NULL ? DRO_OK : dro_err_nomem(err));
	}
	if ((from = find(&mail->header, "From")) == NULL) {
		out->note = "no From";
		return (DRO_OK);
	}
	if (from->value.len > FROM_MAX) {
		out->note = "a From of more than 2000 octets";
		return (DRO_OK);
	}
	text = dro_arena_strndup(arena, from->value.ptr, from->value.len);
	if (text == NULL)
		return (dro_err_nomem(err));
	out->note = take_from(mail, text);
	return (DRO_OK);
}

enum dro_code
dro_sender_judge(const char *ptr, size_t len,
    const struct dro_sender_conf *conf, struct dro_arena *arena,
    struct dro_sender *out, struct dro_err *err)
{
	char identity[DRO_REPORTER_LEN];
	enum dro_code code;
	struct mail *mail;

	*out = (struct dro_sender){.auth = DRO_AUTH_INVALID,
	    .from = "",
	    .signer = "",
	    .selector = "",
	    .identity = "",
	    .recipient = ""};
	if ((mail = dro_arena_alloc(arena, 1, sizeof(*mail))) == NULL)
		return (dro_err_nomem(err));
	code = open_mail(mail, ptr, len, arena, out, err);
	if (code != DRO_OK || out->note != NULL)
		return (code);
	out->from = mail->from;
	if ((out->recipient = recipient(mail, conf, arena)) == NULL)
		return (dro_err_nomem(err));
	code = judge_dkim(mail, conf, arena, out, err);
	if (code == DRO_OK && out->auth != DRO_AUTH_DKIM_ALIGNED)
		code = judge_authres(mail, conf, arena, out, err);
	if (code != DRO_OK ||
	    (out->auth != DRO_AUTH_DKIM_ALIGNED &&
		out->auth != DRO_AUTH_AR_TRUSTED))
		return (code);
	out->again = false;
	out->identity = dro_arena_strdup(arena,
	    dro_reporter_identity(
		mail->local, mail->from, mail->org, identity));
	return (out->identity != NULL ? DRO_OK : dro_err_nomem(err));
}
