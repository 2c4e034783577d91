#include <string.h>

#include "internal.h"

/*
 * An RRset as octets, big-endian: version 1 (1), type (2), TTL (4), length of
 * the name (1), name, number of values (1), then each value as length (2)
 * and octets.
 */
#define VERSION 1

static void
put(struct dro_buf *out, uint32_t value, int octets)
{
	while (octets-- > 0)
		dro_buf_addc(out, (char)(value >> (8 * octets)));
}

enum dro_code
dro_rrset_encode(
    const struct dro_rrset *rrset, struct dro_buf *out, struct dro_err *err)
{
	size_t i, len = strlen(rrset->name);

	put(out, VERSION, 1);
	put(out, (uint32_t)rrset->type, 2);
	put(out, rrset->ttl_s, 4);
	put(out, (uint32_t)len, 1);
	dro_buf_add(out, rrset->name, len);
	put(out, (uint32_t)rrset->n, 1);
	for (i = 0; i < rrset->n; i++) {
		if (rrset->values[i].len > DRO_TXT_MAX)
			return (dro_err_set(err, DRO_ELIMIT,
			    "%s: a value of %zu octets; at most %d are kept",
			    rrset->name, rrset->values[i].len, DRO_TXT_MAX));
		put(out, (uint32_t)rrset->values[i].len, 2);
		dro_buf_add(out, rrset->values[i].ptr, rrset->values[i].len);
	}
	return (dro_buf_check(out, rrset->name, err));
}

/* What is left to read; a length beyond it ends the reading. */
struct cursor {
	const unsigned char *ptr;
	size_t len;
	bool bad;
};

static const unsigned char *
take(struct cursor *c, size_t n)
{
	const unsigned char *ptr = c->ptr;

	if (c->bad || n > c->len) {
		c->bad = true;
		return (NULL);
	}
	c->ptr += n;
	c->len -= n;
	return (ptr);
}

static uint32_t
get(struct cursor *c, size_t octets)
{
	const unsigned char *ptr = take(c, octets);
	uint32_t value = 0;

	for (; ptr != NULL && octets > 0; octets--)
		value = value << 8 | *ptr++;
	return (value);
}

static enum dro_code
malformed(struct dro_err *err)
{
	return (dro_err_set(err, DRO_ESTATE,
	    "stored record set: damaged; restore a backup of the database"));
}

enum dro_code
dro_rrset_decode(const void *ptr, size_t len, struct dro_arena *arena,
    struct dro_rrset *out, struct dro_err *err)
{
	struct cursor c = {ptr, len, false};
	char name[DRO_DOMAIN_LEN] = "";
	const unsigned char *octets;
	enum dro_rrtype type;
	enum dro_code code;
	uint32_t ttl_s, n;

	if (get(&c, 1) != VERSION)
		return (malformed(err));
	type = (enum dro_rrtype)get(&c, 2);
	ttl_s = get(&c, 4);
	n = get(&c, 1);
	octets = take(&c, n);
	if (octets == NULL || n >= sizeof(name))
		return (malformed(err));
	memcpy(name, octets, n);
	dro_rrset_init(out, name, type);
	out->ttl_s = ttl_s;
	for (n = get(&c, 1); n > 0; n--) {
		len = get(&c, 2);
		if ((octets = take(&c, len)) == NULL)
			return (malformed(err));
		code = dro_rrset_add(out, arena, octets, len, err);
		if (code != DRO_OK)
			return (code);
	}
	return (c.bad || c.len != 0 ? malformed(err) : DRO_OK);
}

/* The end of a text is no place for a hostile NUL to be. */
void
dro_rrset_join(const struct dro_rrset *rrset, struct dro_buf *out)
{
	size_t i, j;

	for (i = 0; i < rrset->n; i++) {
		if (i > 0)
			dro_buf_adds(out, " | ");
		for (j = 0; j < rrset->values[i].len; j++) {
			char octet = rrset->values[i].ptr[j];

			dro_buf_addc(out, (char)(octet == '\0' ? '?' : octet));
		}
	}
}
