#include <string.h>

#include "base/buf.h"
#include "base/domain.h"
#include "record/rua.h"
#include "record/spf.h"

static const char version[] = "v=spf1";
#define VERSION_LEN (sizeof(version) - 1)

static bool
begins(struct dro_str s)
{
	return (s.len >= VERSION_LEN &&
	    dro_str_ieq((struct dro_str){s.ptr, VERSION_LEN}, version));
}

/* RFC 7208 4.5: the version, then a space or the end. */
static bool
is_record(struct dro_str s)
{
	return (
	    begins(s) && (s.len == VERSION_LEN || s.ptr[VERSION_LEN] == ' '));
}

/* A space or a quote before it, or no space after it, and it is void. */
static bool
resembles(struct dro_str s)
{
	while (
	    s.len > 0 && (*s.ptr == '"' || *s.ptr == ' ' || *s.ptr == '\t')) {
		s.ptr++;
		s.len--;
	}
	return (begins(s));
}

/* The terms of a record: one of the three that name nobody, or senders. */
static enum dro_spf_kind
read_terms(struct dro_str s)
{
	struct dro_str term = {s.ptr + VERSION_LEN, s.len - VERSION_LEN};

	while (term.len > 0 && term.ptr[0] == ' ') {
		term.ptr++;
		term.len--;
	}
	while (term.len > 0 && term.ptr[term.len - 1] == ' ')
		term.len--;
	if (dro_str_ieq(term, "-all"))
		return (DRO_SPF_DENY);
	if (term.len == 0 || dro_str_ieq(term, "~all") ||
	    dro_str_ieq(term, "?all"))
		return (DRO_SPF_IDLE);
	return (DRO_SPF_SENDERS);
}

enum dro_spf_kind
dro_spf_read(const struct dro_rrset *rrset, size_t *index)
{
	enum dro_spf_kind found = DRO_SPF_NONE;
	struct dro_str s;
	size_t i;

	*index = 0;
	for (i = 0; i < rrset->n; i++) {
		s = (struct dro_str){
		    rrset->values[i].ptr, rrset->values[i].len};
		if (!resembles(s))
			continue;
		*index = i;
		if (!is_record(s))
			return (DRO_SPF_BROKEN);
		if (found != DRO_SPF_NONE)
			return (DRO_SPF_MANY);
		found = read_terms(s);
	}
	return (found);
}

/* ---- what a record says (RFC 7208 4.6, 5, 6 and 12) */

/* Terms of one record; the longest TXT has room for some 2 700. */
#define TERMS_MAX 1024

/* Everything one record is read with. */
struct reader {
	struct dro_arena *arena;
	struct dro_spf *out;
	struct dro_spf_term *terms;
	size_t max_terms;
	struct dro_str term; /* the one being read, as written */
	bool has_redirect, has_exp;
	bool nomem;
};

static const struct {
	const char *name;
	enum dro_spf_mech mech;
	bool asks; /* DNS, so that it counts for the limit */
	char name_after; /* ':' a name may follow, '!' it must, '\0' none */
} mechs[] = {
    {"all", DRO_SPF_ALL, false, '\0'},
    {"include", DRO_SPF_INCLUDE, true, '!'},
    {"a", DRO_SPF_A, true, ':'},
    {"mx", DRO_SPF_MX, true, ':'},
    {"ptr", DRO_SPF_PTR, true, ':'},
    {"ip4", DRO_SPF_IP4, false, '!'},
    {"ip6", DRO_SPF_IP6, false, '!'},
    {"exists", DRO_SPF_EXISTS, true, '!'},
    {"redirect", DRO_SPF_REDIRECT, true, '!'},
};

const char *
dro_spf_mech_name(enum dro_spf_mech mech)
{
	return (mechs[mech].name);
}

/* The record cannot be used: what it says does not count. */
static bool
refuse(struct reader *r, const char *why)
{
	r->out->error = dro_arena_printf(
	    r->arena, "\"%.*s\": %s", DRO_QUOTED(r->term), why);
	r->nomem = r->nomem || r->out->error == NULL;
	return (false);
}

static char *
copy(struct reader *r, struct dro_str s)
{
	char *text = dro_arena_strndup(r->arena, s.ptr, s.len);

	r->nomem = r->nomem || text == NULL;
	return (text);
}

/* Cut "/24", "//64" or "/24//64" off ${s} (RFC 7208 5.6, "dual-cidr"). */
static bool
cut_lengths(struct dro_str *s, int *bits4, int *bits6)
{
	size_t at = 0, i, digits;
	int n, slashes;

	*bits4 = 32;
	*bits6 = 128;
	while (at < s->len && s->ptr[at] != '/')
		at++;
	for (i = at; i < s->len;) {
		for (slashes = 0; i < s->len && s->ptr[i] == '/'; i++)
			slashes++;
		for (n = 0, digits = 0; i < s->len && s->ptr[i] >= '0' &&
		     s->ptr[i] <= '9' && digits < 4;
		     i++, digits++)
			n = 10 * n + (s->ptr[i] - '0');
		if (digits == 0 || slashes > 2 || n > (slashes == 1 ? 32 : 128))
			return (false);
		if (slashes == 1 && (i < s->len && s->ptr[i] != '/'))
			return (false);
		if (slashes == 2 && i < s->len)
			return (false);
		*(slashes == 1 ? bits4 : bits6) = n;
		if (slashes == 1 && i < s->len &&
		    (i + 1 >= s->len || s->ptr[i + 1] != '/'))
			return (false);
	}
	s->len = at;
	return (true);
}

/* A macro names what only the receiver of a message knows. */
static bool
read_name(struct reader *r, struct dro_str s, struct dro_spf_term *t)
{
	char name[DRO_DOMAIN_LEN];
	char *written = copy(r, s);

	if (written == NULL)
		return (false);
	t->macro = memchr(s.ptr, '%', s.len) != NULL;
	if (t->macro)
		return (true);
	if (dro_domain_normalise(written, name, NULL) != DRO_OK)
		return (refuse(r, "names no domain"));
	t->name = dro_arena_strdup(r->arena, name);
	r->nomem = r->nomem || t->name == NULL;
	return (t->name != NULL);
}

static bool
read_net(struct reader *r, struct dro_str s, struct dro_spf_term *t)
{
	const char *text = copy(r, s);

	if (text == NULL)
		return (false);
	if (!dro_net_parse(text, &t->net) ||
	    t->net.v6 != (t->mech == DRO_SPF_IP6))
		return (refuse(r, "is no address or network"));
	return (true);
}

/* What follows the name of the mechanism of ${t}. */
static bool
read_rest(struct reader *r, struct dro_str rest, struct dro_spf_term *t)
{
	const bool sized = t->mech == DRO_SPF_A || t->mech == DRO_SPF_MX;
	const char name_after = mechs[t->mech].name_after;

	if (sized && !cut_lengths(&rest, &t->bits4, &t->bits6))
		return (refuse(r, "has no sound prefix length"));
	if (rest.len == 0)
		return (
		    name_after != '!' || refuse(r, "names nothing behind it"));
	if (name_after == '\0')
		return (refuse(r, "takes nothing behind it"));
	rest.ptr++;
	rest.len--;
	if (rest.len == 0)
		return (refuse(r, "names nothing behind it"));
	if (t->mech == DRO_SPF_IP4 || t->mech == DRO_SPF_IP6)
		return (read_net(r, rest, t));
	return (read_name(r, rest, t));
}

/* "name=value": only redirect says who may send (RFC 7208 6). */
static bool
read_modifier(
    struct reader *r, struct dro_str name, struct dro_str rest, bool *skip)
{
	bool *seen = NULL;
	size_t i;

	*skip = !dro_str_ieq(name, "redirect");
	if (!*skip)
		seen = &r->has_redirect;
	else if (dro_str_ieq(name, "exp"))
		seen = &r->has_exp;
	for (i = 0; i < name.len; i++) {
		char c = dro_ascii_lower(name.ptr[i]);

		if (!((c >= 'a' && c <= 'z') ||
			(i > 0 &&
			    ((c >= '0' && c <= '9') || c == '-' || c == '_' ||
				c == '.'))))
			return (refuse(r, "is no term of SPF"));
	}
	if (name.len == 0)
		return (refuse(r, "is no term of SPF"));
	if (seen != NULL && (*seen || rest.len < 2))
		return (refuse(r, *seen ? "stands there twice" : "is empty"));
	if (seen != NULL)
		*seen = true;
	return (true);
}

/* Where the name of a term ends: at the first of ":/=". */
static size_t
name_len(struct dro_str s)
{
	size_t n = 0;

	while (
	    n < s.len && s.ptr[n] != ':' && s.ptr[n] != '/' && s.ptr[n] != '=')
		n++;
	return (n);
}

static bool
find_mech(struct dro_str name, char behind, struct dro_spf_term *t)
{
	size_t i;

	for (i = 0; i < DRO_ARRAY_LEN(mechs); i++)
		if (dro_str_ieq(name, mechs[i].name) &&
		    (mechs[i].mech == DRO_SPF_REDIRECT) == (behind == '=')) {
			t->mech = mechs[i].mech;
			return (true);
		}
	return (false);
}

/* Read r->term to ${t}; ${skip}: it says nothing about senders. */
static bool
read_term(struct reader *r, struct dro_spf_term *t, bool *skip)
{
	struct dro_str s = r->term, name, rest;
	bool qualified;
	char behind;
	size_t i;

	*skip = false;
	for (i = 0; i < s.len; i++)
		if (s.ptr[i] < '!' || s.ptr[i] > '~')
			return (refuse(r, "has a character that is not ASCII"));
	qualified = strchr("+-~?", s.ptr[0]) != NULL;
	t->qualifier = qualified ? s.ptr[0] : '+';
	if (qualified) {
		s.ptr++;
		s.len--;
	}
	name = (struct dro_str){s.ptr, name_len(s)};
	rest = (struct dro_str){s.ptr + name.len, s.len - name.len};
	behind = '\0';
	if (rest.len > 0)
		behind = rest.ptr[0];
	if (behind == '=' && !qualified) {
		if (!read_modifier(r, name, rest, skip) || *skip)
			return (r->out->error == NULL && !r->nomem);
	}
	if ((behind == '=' && qualified) || !find_mech(name, behind, t))
		return (refuse(r, "is no term of SPF"));
	t->text = copy(r, t->qualifier == '+' ? s : r->term);
	return (t->text != NULL && read_rest(r, rest, t));
}

/* Cut the next term off ${s}; only spaces part them. */
static bool
next_term(struct dro_str *s, struct dro_str *term)
{
	while (s->len > 0 && s->ptr[0] == ' ') {
		s->ptr++;
		s->len--;
	}
	*term = (struct dro_str){s->ptr, 0};
	while (s->len > 0 && s->ptr[0] != ' ') {
		s->ptr++;
		s->len--;
		term->len++;
	}
	return (term->len > 0);
}

/* Every term is read, as any wrong one voids the record. */
static bool
read_record(struct reader *r, struct dro_str s)
{
	struct dro_spf *out = r->out;
	struct dro_spf_term redirect = {.mech = DRO_SPF_ALL};
	bool skip;

	while (next_term(&s, &r->term)) {
		struct dro_spf_term t = {.mech = DRO_SPF_ALL};

		if (!read_term(r, &t, &skip))
			return (false);
		if (skip)
			continue;
		if (t.mech == DRO_SPF_REDIRECT) {
			redirect = t;
			continue;
		}
		if (out->all != '\0') /* never reached (RFC 7208 5.1) */
			continue;
		if (out->n_terms + 1 >= r->max_terms)
			return (refuse(r, "is one term too many"));
		if (t.mech == DRO_SPF_ALL)
			out->all = t.qualifier;
		r->terms[out->n_terms++] = t;
	}
	if (out->all == '\0' && redirect.mech == DRO_SPF_REDIRECT) {
		r->terms[out->n_terms++] = redirect;
		out->redirect = redirect.name;
	}
	return (true);
}

/* What the terms come to without asking anybody. */
static bool
collect(struct reader *r)
{
	struct dro_spf *out = r->out;
	const struct dro_spf_term *t;
	const char **includes;
	size_t i;

	includes = dro_arena_alloc(r->arena, out->n_terms, sizeof(*includes));
	if (includes == NULL)
		return (false);
	out->includes = includes;
	for (i = 0; i < out->n_terms; i++) {
		t = &out->terms[i];
		out->lookups += mechs[t->mech].asks;
		if (t->mech == DRO_SPF_INCLUDE && t->name != NULL)
			includes[out->n_includes++] = t->name;
		if ((t->mech == DRO_SPF_IP4 || t->mech == DRO_SPF_IP6) &&
		    !dro_spf_add(out, t, &t->net, r->arena))
			return (false);
	}
	return (true);
}

/* Nothing of it counts. */
static void
forget(struct dro_spf *out)
{
	out->n_terms = 0;
	out->all = '\0';
	out->redirect = NULL;
}

/* What receivers select (RFC 7208 4.5): they pass over what is none. */
static enum dro_spf_kind
select_record(const struct dro_rrset *rrset, size_t *index)
{
	enum dro_spf_kind kind = DRO_SPF_NONE;
	struct dro_str s;
	size_t i;

	for (i = 0; i < rrset->n; i++) {
		s = (struct dro_str){
		    rrset->values[i].ptr, rrset->values[i].len};
		if (!is_record(s))
			continue;
		if (kind != DRO_SPF_NONE)
			return (DRO_SPF_MANY);
		kind = read_terms(s);
		*index = i;
	}
	return (kind != DRO_SPF_NONE ? kind : dro_spf_read(rrset, index));
}

enum dro_code
dro_spf_parse(const struct dro_rrset *rrset, struct dro_arena *arena,
    struct dro_spf *out, struct dro_err *err)
{
	struct reader r = {.arena = arena, .out = out};
	struct dro_str s;
	size_t i;

	memset(out, 0, sizeof(*out));
	out->kind = select_record(rrset, &i);
	if (out->kind == DRO_SPF_NONE)
		return (DRO_OK);
	s = (struct dro_str){rrset->values[i].ptr, rrset->values[i].len};
	r.max_terms = s.len / 2 + 2 < TERMS_MAX ? s.len / 2 + 2 : TERMS_MAX;
	r.terms = dro_arena_alloc(arena, r.max_terms, sizeof(*r.terms));
	if (r.terms == NULL || (out->record = copy(&r, s)) == NULL)
		return (dro_err_nomem(err));
	out->terms = r.terms;
	if (out->kind == DRO_SPF_MANY)
		out->error = "more than one SPF record (RFC 7208 4.5)";
	else if (out->kind == DRO_SPF_BROKEN)
		out->error = "does not begin with \"v=spf1\" and a space "
			     "(RFC 7208 4.5)";
	else if (!read_record(&r,
		     (struct dro_str){
			 s.ptr + VERSION_LEN, s.len - VERSION_LEN}))
		forget(out);
	if (r.nomem || !collect(&r))
		return (dro_err_nomem(err));
	if (out->error == NULL && out->lookups > DRO_SPF_LOOKUPS_MAX) {
		out->error = dro_arena_printf(arena,
		    "%d terms ask DNS, at most %d may (RFC 7208 4.6.4)",
		    out->lookups, DRO_SPF_LOOKUPS_MAX);
		if (out->error == NULL)
			return (dro_err_nomem(err));
	}
	return (DRO_OK);
}
