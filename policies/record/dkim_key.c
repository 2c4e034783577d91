#include <string.h>

#include "base/buf.h"
#include "record/dkim_key.h"

/*
 * Octets of a SubjectPublicKeyInfo or RSAPublicKey with 1024 bits: the modulus
 * alone has 128, and what is around it at least 10.
 */
#define RSA_OCTETS_MIN 138

#define ED25519_OCTETS 32 /* RFC 8463 4 */

/* Cut the next "tag=value" off ${list} (RFC 6376 3.2); false at its end. */
static bool
next_tag(struct dro_str *list, struct dro_str *tag, struct dro_str *value)
{
	const char *end, *equals;
	struct dro_str item;

	if (list->len == 0)
		return (false);
	end = memchr(list->ptr, ';', list->len);
	item = *list;
	if (end != NULL) {
		item.len = (size_t)(end - list->ptr);
		list->ptr += item.len + 1;
		list->len -= item.len + 1;
	} else {
		list->len = 0;
	}
	equals = memchr(item.ptr, '=', item.len);
	*tag = *value = dro_str_trim(item);
	value->len = 0;
	if (equals == NULL)
		return (true);
	*tag = dro_str_trim(
	    (struct dro_str){item.ptr, (size_t)(equals - item.ptr)});
	*value = dro_str_trim((struct dro_str){
	    equals + 1, item.len - (size_t)(equals - item.ptr) - 1});
	return (true);
}

static bool
is_base64(char c)
{
	return ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') || c == '+' || c == '/');
}

/* Octets that ${s} stands for in base64 with white space; 0: it is none. */
static size_t
count_octets(struct dro_str s)
{
	size_t digits = 0, padding = 0, i;

	for (i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			continue;
		if (c == '=')
			padding++;
		else if (padding > 0 || !is_base64(c))
			return (0);
		else
			digits++;
	}
	if (padding > 2 || digits % 4 == 1)
		return (0);
	return (digits * 3 / 4);
}

static struct dro_dkim_key
broken(const char *fault)
{
	return ((struct dro_dkim_key){DRO_KEY_BROKEN, NULL, fault});
}

/* Judge key data of ${type}. */
static struct dro_dkim_key
judge(struct dro_str type, struct dro_str data)
{
	const bool ed25519 = dro_str_eq(type, "ed25519");
	size_t n = count_octets(data);

	if (!ed25519 && !dro_str_eq(type, "rsa"))
		return (broken("its type k= is neither rsa nor ed25519"));
	if (data.len == 0)
		return ((struct dro_dkim_key){.state = DRO_KEY_REVOKED});
	if (n == 0)
		return (broken("p= is not base64"));
	if (ed25519 && n != ED25519_OCTETS)
		return (broken("p= is no Ed25519 key of 32 octets"));
	if (!ed25519 && n < RSA_OCTETS_MIN)
		return (broken("p= is no RSA key of 1024 bits or more"));
	return ((struct dro_dkim_key){
	    .state = DRO_KEY_GOOD, .type = ed25519 ? "ed25519" : "rsa"});
}

static struct dro_dkim_key
read_value(struct dro_str s)
{
	struct dro_str tag, value, type = dro_str_of("rsa");
	struct dro_str data = {NULL, 0};
	bool first = true;

	for (; next_tag(&s, &tag, &value); first = false) {
		if (dro_str_eq(tag, "v") &&
		    (!first || !dro_str_eq(value, "DKIM1")))
			return (broken("v= is not DKIM1, or not first"));
		if (dro_str_eq(tag, "k"))
			type = value;
		if (dro_str_eq(tag, "p"))
			data = value;
	}
	if (data.ptr == NULL)
		return (broken("it has no p="));
	return (judge(type, data));
}

struct dro_dkim_key
dro_dkim_key_read(const struct dro_rrset *txt)
{
	struct dro_dkim_key key = {.state = DRO_KEY_NONE}, one;
	size_t i;

	for (i = 0; i < txt->n; i++) {
		one = read_value(
		    (struct dro_str){txt->values[i].ptr, txt->values[i].len});
		/* Of several a good one, else a revoked one, else the first. */
		if (one.state == DRO_KEY_GOOD || i == 0 ||
		    (one.state == DRO_KEY_REVOKED && key.state != DRO_KEY_GOOD))
			key = one;
		if (key.state == DRO_KEY_GOOD)
			break;
	}
	return (key);
}
