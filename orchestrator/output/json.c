#include <string.h>

#include "base/date.h"
#include "output/output.h"
#include "output/utf8.h"

/* Octets of one string after repair; a stored field is far shorter. */
#define TEXT_MAX ((size_t)1 << 26)

json_t *
dro_json_textn(const char *text, size_t len)
{
	struct dro_buf fixed;
	size_t i, n;
	uint32_t cp;
	bool valid;
	json_t *string;

	/* Nearly always it is valid UTF-8, which jansson then just takes. */
	if ((string = json_stringn(text, len)) != NULL)
		return (string);
	dro_buf_init(&fixed, TEXT_MAX);
	for (i = 0; i < len; i += n) {
		n = dro_utf8_next(text + i, len - i, &cp, &valid);
		if (valid)
			dro_buf_add(&fixed, text + i, n);
		else
			dro_buf_adds(&fixed, DRO_UTF8_REPLACEMENT);
	}
	if (!fixed.failed)
		string = json_stringn(fixed.ptr, fixed.len);
	dro_buf_finish(&fixed);
	return (string);
}

json_t *
dro_json_text(const char *text)
{
	if (text == NULL)
		return (json_null());
	return (dro_json_textn(text, strlen(text)));
}

json_t *
dro_json_time(int64_t t)
{
	char text[DRO_DATE_LEN];

	if (t == 0)
		return (json_null());
	return (json_string(dro_date_format(t, text)));
}

static enum dro_code
dump(const struct dro_out *out, json_t *root, size_t flags, struct dro_err *err)
{
	int failed;

	if (root == NULL)
		return (dro_err_nomem(err));
	failed = json_dumpf(root, out->fp, flags | JSON_ENSURE_ASCII);
	json_decref(root);
	if (failed == 0)
		(void)fputc('\n', out->fp);
	else if (!ferror(out->fp))
		return (dro_err_nomem(err));
	return (dro_out_flush(out, err));
}

enum dro_code
dro_json_print(const struct dro_out *out, json_t *root, struct dro_err *err)
{
	return (dump(out, root, JSON_INDENT(2), err));
}

enum dro_code
dro_json_line(const struct dro_out *out, json_t *root, struct dro_err *err)
{
	return (dump(out, root, JSON_COMPACT, err));
}
