#include <string.h>

#include "base/buf.h"
#include "base/domain.h"

static bool
is_name_char(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	    c == '_');
}

enum dro_code
dro_domain_normalise(
    const char *in, char out[DRO_DOMAIN_LEN], struct dro_err *err)
{
	size_t len = strlen(in), i, label = 0;

	if (len > 0 && in[len - 1] == '.')
		len--;
	if (len == 0 || len >= DRO_DOMAIN_LEN)
		goto bad;
	for (i = 0; i < len; i++) {
		out[i] = dro_ascii_lower(in[i]);
		if (out[i] != '.') {
			if (!is_name_char(out[i]) || ++label > 63)
				goto bad;
			if (out[i] == '-' && label == 1)
				goto bad;
			continue;
		}
		if (label == 0 || out[i - 1] == '-')
			goto bad;
		label = 0;
	}
	if (label == 0 || out[len - 1] == '-')
		goto bad;
	out[len] = '\0';
	return (DRO_OK);
bad:
	return (dro_err_set(err, DRO_EPARSE,
	    "\"%.80s\": not a domain name (labels of 1 to 63 letters, digits "
	    "and hyphens, at most 253 octets, RFC 1035 2.3)",
	    in));
}

bool
dro_domain_within(const char *name, const char *parent)
{
	size_t n = strlen(name), p = strlen(parent);

	if (n < p || strcmp(name + n - p, parent) != 0)
		return (false);
	return (n == p || name[n - p - 1] == '.');
}
