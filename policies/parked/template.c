#include <assert.h>
#include <string.h>

#include "record/spf.h"
#include "parked/template.h"

#define DENY "v=spf1 -all"
#define NULL_MX "0 ."
static const char dmarc_label[] = "_dmarc.";

/* Far above any real record; DNS itself ends at 65535 octets. */
#define RECORD_MAX 4096

/* TTL of a record set that did not exist and for which none is configured. */
#define DEFAULT_TTL_S 3600

const char *
dro_part_name(enum dro_part part)
{
	static const char *const names[] = {
	    [DRO_PART_DMARC] = "DMARC",
	    [DRO_PART_SPF] = "SPF",
	    [DRO_PART_MX] = "null MX",
	};

	assert(part < DRO_PARTS);
	return (names[part]);
}

enum dro_part
dro_part_of(const struct dro_rrset *rrset)
{
	if (rrset->type == DRO_RR_MX)
		return (DRO_PART_MX);
	if (strncmp(rrset->name, dmarc_label, sizeof(dmarc_label) - 1) == 0)
		return (DRO_PART_DMARC);
	return (DRO_PART_SPF);
}

enum dro_code
dro_part_key(enum dro_part part, const char *domain, struct dro_rrset *out,
    struct dro_err *err)
{
	char name[sizeof(dmarc_label) + DRO_DOMAIN_LEN] = "";
	size_t label = part == DRO_PART_DMARC ? sizeof(dmarc_label) - 1 : 0;
	size_t len = strlen(domain);

	if (label + len >= DRO_DOMAIN_LEN)
		return (dro_err_set(err, DRO_EINVAL,
		    "%s: too long for a name below it", domain));
	memcpy(name, dmarc_label, label);
	memcpy(name + label, domain, len + 1);
	dro_rrset_init(out, name, part == DRO_PART_MX ? DRO_RR_MX : DRO_RR_TXT);
	return (DRO_OK);
}

static struct dro_str
value_at(const struct dro_rrset *rrset, size_t i)
{
	return ((struct dro_str){rrset->values[i].ptr, rrset->values[i].len});
}

static bool
dmarc_done(const struct dro_rrset *live, const char *rua)
{
	struct dro_dmarc r;
	size_t i;

	return (dro_dmarc_find(live, &i) == DRO_FOUND_ONE &&
	    dro_dmarc_parse(value_at(live, i), &r, NULL) == DRO_OK &&
	    r.core.p == DRO_REJECT && r.core.pct == 100 && !r.core.t &&
	    r.has_sp && r.sp == DRO_REJECT && r.has_np && r.np == DRO_REJECT &&
	    dro_dmarc_is_strict(&r) &&
	    (rua == NULL || dro_dmarc_rua_has(r.rua, rua)));
}

bool
dro_part_done(enum dro_part part, const struct dro_rrset *live, const char *rua)
{
	size_t i;

	if (part == DRO_PART_DMARC)
		return (dmarc_done(live, rua));
	if (part == DRO_PART_SPF)
		return (dro_spf_read(live, &i) == DRO_SPF_DENY);
	return (live->n == 1 && dro_str_eq(value_at(live, 0), NULL_MX));
}

bool
dro_mx_in_use(const struct dro_rrset *live)
{
	struct dro_str v;
	size_t i;

	for (i = 0; i < live->n; i++) {
		v = value_at(live, i);
		if (v.len < 2 || v.ptr[v.len - 2] != ' ' ||
		    v.ptr[v.len - 1] != '.')
			return (true);
	}
	return (false);
}

/* The parked DMARC record that comes of ${old}, which may be empty. */
static enum dro_code
make_dmarc(struct dro_str old, const char *rua, struct dro_buf *out,
    struct dro_err *err)
{
	static const struct dro_core core = {.p = DRO_REJECT, .pct = 100};
	static const enum dro_level reject = DRO_REJECT;
	const struct dro_edit edit = {.core = &core,
	    .sp = &reject,
	    .np = &reject,
	    .rua_add = rua,
	    .strict = true};

	return (dro_dmarc_edit(old, &edit, out, err));
}

/* Which value of ${rrset} is ours to write; DRO_FOUND_NONE: a new one. */
static enum dro_found
find_own(enum dro_part part, const struct dro_rrset *rrset, size_t *at)
{
	if (part == DRO_PART_DMARC)
		return (dro_dmarc_find(rrset, at));
	switch (dro_spf_read(rrset, at)) {
	case DRO_SPF_NONE:
		return (DRO_FOUND_NONE);
	case DRO_SPF_BROKEN:
	case DRO_SPF_MANY:
		return (DRO_FOUND_MANY);
	case DRO_SPF_DENY:
	case DRO_SPF_IDLE:
	case DRO_SPF_SENDERS:
		break;
	}
	return (DRO_FOUND_ONE);
}

/*
 * ${live} with its own value (if ${found}, at ${at}) replaced by ${own}, or
 * taken out if that is NULL; the others stay where they are.
 */
static enum dro_code
replace_own(const struct dro_rrset *live, bool found, size_t at,
    const struct dro_str *own, struct dro_arena *arena, struct dro_rrset *out,
    struct dro_err *err)
{
	enum dro_code code = DRO_OK;
	struct dro_str v;
	size_t i;

	for (i = 0; i < live->n && code == DRO_OK; i++) {
		v = value_at(live, i);
		if (found && i == at) {
			if (own == NULL)
				continue;
			v = *own;
		}
		code = dro_rrset_add(out, arena, v.ptr, v.len, err);
	}
	if (!found && own != NULL && code == DRO_OK)
		code = dro_rrset_add(out, arena, own->ptr, own->len, err);
	return (code);
}

static enum dro_code
not_one(const struct dro_rrset *rrset, enum dro_part part, struct dro_err *err)
{
	return (dro_err_set(err, DRO_EPARSE, "%s: not one sound %s record",
	    rrset->name, dro_part_name(part)));
}

enum dro_code
dro_part_make(enum dro_part part, const struct dro_rrset *live, const char *rua,
    uint32_t ttl_s, struct dro_arena *arena, struct dro_rrset *out,
    struct dro_err *err)
{
	struct dro_str own = dro_str_of(DENY), old = {"", 0};
	enum dro_found found;
	struct dro_buf text;
	enum dro_code code = DRO_OK;
	size_t at = 0;

	dro_rrset_init(out, live->name, live->type);
	out->ttl_s = ttl_s != 0 ? ttl_s
	    : live->n > 0	? live->ttl_s
				: DEFAULT_TTL_S;
	if (part == DRO_PART_MX)
		return (dro_rrset_add(
		    out, arena, NULL_MX, sizeof(NULL_MX) - 1, err));
	if ((found = find_own(part, live, &at)) == DRO_FOUND_MANY)
		return (not_one(live, part, err));
	dro_buf_init(&text, RECORD_MAX);
	if (part == DRO_PART_DMARC) {
		if (found == DRO_FOUND_ONE)
			old = value_at(live, at);
		code = make_dmarc(old, rua, &text, err);
		own = (struct dro_str){text.ptr, text.len};
	}
	if (code == DRO_OK)
		code = replace_own(
		    live, found == DRO_FOUND_ONE, at, &own, arena, out, err);
	dro_buf_finish(&text);
	return (code);
}

enum dro_code
dro_part_restore(enum dro_part part, const struct dro_rrset *live,
    const struct dro_rrset *undo, struct dro_arena *arena,
    struct dro_rrset *out, struct dro_err *err)
{
	enum dro_found here, before;
	struct dro_str own;
	size_t at, from;
	uint32_t ttl_s = undo->n > 0 ? undo->ttl_s : live->ttl_s;
	enum dro_code code;

	if (part == DRO_PART_MX) {
		code = dro_rrset_copy(out, undo, arena, err);
		out->ttl_s = ttl_s;
		return (code);
	}
	here = find_own(part, live, &at);
	before = find_own(part, undo, &from);
	if (here == DRO_FOUND_MANY || before == DRO_FOUND_MANY)
		return (not_one(live, part, err));
	dro_rrset_init(out, live->name, live->type);
	out->ttl_s = ttl_s;
	if (before == DRO_FOUND_ONE)
		own = value_at(undo, from);
	return (replace_own(live, here == DRO_FOUND_ONE, at,
	    before == DRO_FOUND_ONE ? &own : NULL, arena, out, err));
}
