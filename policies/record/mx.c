#include <string.h>

#include "record/mx.h"

bool
dro_mx_parse(const struct dro_value *value, uint16_t *preference,
    char host[DRO_DOMAIN_LEN])
{
	char text[DRO_DOMAIN_LEN + 1];
	unsigned long number = 0;
	size_t i, len;

	for (i = 0; i < value->len && value->ptr[i] >= '0' &&
	     value->ptr[i] <= '9' && i < 5;
	     i++)
		number = number * 10 + (unsigned long)(value->ptr[i] - '0');
	if (i == 0 || i >= value->len || value->ptr[i] != ' ' || number > 65535)
		return (false);
	len = value->len - ++i;
	if (len == 0 || len >= sizeof(text) ||
	    memchr(value->ptr + i, '\0', len) != NULL ||
	    value->ptr[value->len - 1] != '.')
		return (false);
	memcpy(text, value->ptr + i, len);
	text[len] = '\0';
	*preference = (uint16_t)number;
	if (len == 1) { /* null MX, RFC 7505 */
		memcpy(host, ".", 2);
		return (true);
	}
	return (dro_domain_normalise(text, host, NULL) == DRO_OK);
}
