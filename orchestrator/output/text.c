#include "base/compiler.h"
#include "output/output.h"
#include "output/utf8.h"

/*
 * Never shown as they are: control characters and whatever has no shape of
 * its own but changes that of its neighbours or their order.  These are
 * General_Category Cc, Cf, Zl and Zp with Default_Ignorable_Code_Point of
 * Unicode 14, and the noncharacters of the first plane.
 */
static const struct {
	uint32_t first, last;
} hidden[] = {
    {0x0000, 0x001f}, /* C0: escape, carriage return, line feed, tab */
    {0x007f, 0x009f}, /* DEL, C1: single-character CSI and OSC */
    {0x00ad, 0x00ad}, /* soft hyphen */
    {0x034f, 0x034f}, /* combining grapheme joiner */
    {0x0600, 0x0605}, /* Arabic number signs */
    {0x061c, 0x061c}, /* Arabic letter mark: bidi */
    {0x06dd, 0x06dd}, /* Arabic end of ayah */
    {0x070f, 0x070f}, /* Syriac abbreviation mark */
    {0x0890, 0x0891}, /* Arabic currency signs */
    {0x08e2, 0x08e2}, /* Arabic disputed end of ayah */
    {0x115f, 0x1160}, /* Hangul fillers */
    {0x17b4, 0x17b5}, /* Khmer inherent vowels */
    {0x180b, 0x180f}, /* Mongolian variation selectors */
    {0x200b, 0x200f}, /* zero width, left-to-right and opposite marks */
    {0x2028, 0x202e}, /* line, paragraph; bidi embeddings, overrides */
    {0x2060, 0x206f}, /* word joiner, invisible operators, isolates */
    {0x3164, 0x3164}, /* Hangul filler */
    {0xfdd0, 0xfdef}, /* noncharacters */
    {0xfe00, 0xfe0f}, /* variation selectors */
    {0xfeff, 0xfeff}, /* byte order mark */
    {0xffa0, 0xffa0}, /* half-width Hangul filler */
    {0xfff0, 0xfffb}, /* interlinear annotations */
    {0xfffe, 0xffff}, /* noncharacters */
    {0x110bd, 0x110bd}, /* Kaithi number signs */
    {0x110cd, 0x110cd}, {0x13430, 0x1343f}, /* Egyptian format controls */
    {0x1bca0, 0x1bca3}, /* shorthand format controls */
    {0x1d173, 0x1d17a}, /* musical format controls */
    {0xe0000, 0xe0fff}, /* tags, more variation selectors */
};

static bool
is_hidden(uint32_t cp)
{
	size_t i;

	if (cp >= 0x20 && cp < 0x7f)
		return (false);
	for (i = 0; i < DRO_ARRAY_LEN(hidden) && cp >= hidden[i].first; i++)
		if (cp <= hidden[i].last)
			return (true);
	return (false);
}

static void
escape(struct dro_buf *buf, uint32_t cp)
{
	if (cp < 0x80)
		dro_buf_addf(buf, "\\x%02x", (unsigned)cp);
	else if (cp < 0x10000)
		dro_buf_addf(buf, "\\u%04x", (unsigned)cp);
	else
		dro_buf_addf(buf, "\\U%08x", (unsigned)cp);
}

void
dro_out_text(struct dro_buf *buf, const char *text, size_t len)
{
	size_t i, n;
	uint32_t cp;
	bool valid;

	for (i = 0; i < len; i += n) {
		n = dro_utf8_next(text + i, len - i, &cp, &valid);
		if (!valid)
			dro_buf_adds(buf, DRO_UTF8_REPLACEMENT);
		else if (is_hidden(cp))
			escape(buf, cp);
		else
			dro_buf_add(buf, text + i, n);
	}
}
