#include "output/utf8.h"

/*
 * The first octet decides the length; it also narrows the range of the
 * second, which is how overlong forms and surrogates are told (RFC 3629 4).
 */
static size_t
lead(unsigned char c, unsigned char *low, unsigned char *high)
{
	*low = 0x80;
	*high = 0xbf;
	if (c >= 0xc2 && c <= 0xdf)
		return (2);
	if (c >= 0xe0 && c <= 0xef) {
		if (c == 0xe0)
			*low = 0xa0;
		else if (c == 0xed)
			*high = 0x9f;
		return (3);
	}
	if (c >= 0xf0 && c <= 0xf4) {
		if (c == 0xf0)
			*low = 0x90;
		else if (c == 0xf4)
			*high = 0x8f;
		return (4);
	}
	return (0);
}

size_t
dro_utf8_next(const char *text, size_t len, uint32_t *cp, bool *valid)
{
	const unsigned char *p = (const unsigned char *)text;
	unsigned char low, high;
	size_t want, i;

	*valid = true;
	*cp = p[0];
	if (p[0] < 0x80)
		return (1);
	want = lead(p[0], &low, &high);
	*valid = want != 0;
	if (want == 0)
		return (1);
	*cp = p[0] & (0xffU >> (want + 1));
	for (i = 1; i < want; i++) {
		if (i == len || p[i] < low || p[i] > high) {
			*valid = false;
			return (i);
		}
		*cp = *cp << 6 | (p[i] & 0x3fU);
		low = 0x80;
		high = 0xbf;
	}
	return (want);
}
