#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <openssl/evp.h>

#include "host/internal.h"

#include "host/host.h"

#define MARK "[redacted]"

/* A longer secret is a mistake: a path or a whole key file. */
#define SECRET_MAX 8192

/* Remember ${form}, which is ours from here on even on failure. */
static enum dro_code
remember(struct dro_host *host, char *form, struct dro_err *err)
{
	char **grown;
	size_t i;

	if (form == NULL)
		return (dro_err_nomem(err));
	for (i = 0; i < host->n_secrets; i++)
		if (strcmp(host->secrets[i], form) == 0)
			goto known;
	grown =
	    reallocarray(host->secrets, host->n_secrets + 1, sizeof(*grown));
	if (grown == NULL) {
		explicit_bzero(form, strlen(form));
		free(form);
		return (dro_err_nomem(err));
	}
	host->secrets = grown;
	host->secrets[host->n_secrets++] = form;
	return (DRO_OK);
known:
	explicit_bzero(form, strlen(form));
	free(form);
	return (DRO_OK);
}

/* Base64 without its padding, so that it matches with and without. */
static char *
base64_of(const char *value, bool url_alphabet)
{
	size_t len = strlen(value);
	unsigned char *out = malloc(4 * ((len + 2) / 3) + 1);
	size_t i;

	if (out == NULL)
		return (NULL);
	(void)EVP_EncodeBlock(out, (const unsigned char *)value, (int)len);
	for (i = 0; out[i] != '\0'; i++) {
		if (url_alphabet && out[i] == '+')
			out[i] = '-';
		else if (url_alphabet && out[i] == '/')
			out[i] = '_';
		else if (out[i] == '=')
			out[i] = '\0';
	}
	return ((char *)out);
}

/* Percent-encoding with the digits in either case, RFC 3986 2.1. */
static char *
percent_of(const char *value, bool lower)
{
	char *escaped = curl_easy_escape(NULL, value, 0);
	char *out = escaped == NULL ? NULL : strdup(escaped);
	size_t i;

	if (escaped != NULL)
		explicit_bzero(escaped, strlen(escaped));
	curl_free(escaped);
	for (i = 0; lower && out != NULL && out[i] != '\0'; i++)
		if (out[i] == '%') {
			out[i + 1] = dro_ascii_lower(out[i + 1]);
			out[i + 2] = dro_ascii_lower(out[i + 2]);
			i += 2;
		}
	return (out);
}

enum dro_code
dro_host_secret(struct dro_host *host, const char *value, struct dro_err *err)
{
	enum dro_code rc;

	if (value[0] == '\0' || strlen(value) > SECRET_MAX)
		return (dro_err_set(err, DRO_EINVAL,
		    "secret: 1 to %d octets expected, got %zu", SECRET_MAX,
		    strlen(value)));
	if ((rc = remember(host, percent_of(value, false), err)) == DRO_OK &&
	    (rc = remember(host, percent_of(value, true), err)) == DRO_OK &&
	    (rc = remember(host, base64_of(value, false), err)) == DRO_OK &&
	    (rc = remember(host, base64_of(value, true), err)) == DRO_OK)
		rc = remember(host, strdup(value), err);
	return (rc);
}

enum dro_code
dro_secrets_copy(
    struct dro_host *to, const struct dro_host *from, struct dro_err *err)
{
	enum dro_code rc = DRO_OK;
	size_t i;

	for (i = 0; i < from->n_secrets && rc == DRO_OK; i++)
		rc = remember(to, strdup(from->secrets[i]), err);
	return (rc);
}

/*
 * Octets of ${text} that are a form of a secret.  With ${cut} the text was
 * cut at its end, where half a form counts as well.
 */
static size_t
match(const struct dro_host *host, const char *text, size_t len, bool cut)
{
	size_t i, form, longest = 0;

	for (i = 0; i < host->n_secrets; i++) {
		form = strlen(host->secrets[i]);
		if (cut && len < form)
			form = len;
		if (form <= len && form > longest &&
		    memcmp(text, host->secrets[i], form) == 0)
			longest = form;
	}
	return (longest);
}

static void
redact(const struct dro_host *host, const char *text, size_t len, bool cut,
    struct dro_buf *out)
{
	size_t i, n;

	for (i = 0; i < len; i += n) {
		if ((n = match(host, text + i, len - i, cut)) > 0) {
			dro_buf_adds(out, MARK);
		} else {
			n = 1;
			dro_buf_addc(out, text[i]);
		}
	}
}

void
dro_redact_err(const struct dro_host *host, struct dro_err *err)
{
	struct dro_buf out;
	size_t len;

	if (err == NULL || host->n_secrets == 0)
		return;
	len = strnlen(err->msg, sizeof(err->msg));
	dro_buf_init(&out, (sizeof(MARK) - 1) * sizeof(err->msg));
	redact(host, err->msg, len, len == sizeof(err->msg) - 1, &out);
	memset(err->msg, 0, sizeof(err->msg));
	if (out.failed)
		memcpy(err->msg, MARK, sizeof(MARK));
	else if (out.len > 0)
		memcpy(err->msg, out.ptr,
		    out.len < sizeof(err->msg) ? out.len
					       : sizeof(err->msg) - 1);
	dro_buf_finish(&out);
}

void
dro_redact_buf(const struct dro_host *host, struct dro_buf *buf)
{
	struct dro_buf out;

	if (buf->len == 0 || host->n_secrets == 0)
		return;
	dro_buf_init(&out, (sizeof(MARK) - 1) * buf->len);
	redact(host, buf->ptr, buf->len, false, &out);
	if (out.failed) {
		dro_buf_reset(buf);
		dro_buf_adds(buf, MARK);
		dro_buf_finish(&out);
		return;
	}
	dro_buf_finish(buf);
	*buf = out;
}
