#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ingest/imap_link.h"
#include "ingest/imap_text.h"

/* A request is tried at most this often, with pauses of 1, 2 and 4 s. */
#define TRIES 4

#define COMMAND_OCTETS 8192
#define ANSWER_OCTETS 65536

static CURLcode
attempt(struct dro_imap *imap, const char *url, const char *command, bool once)
{
	CURL *curl = imap->curl;
	CURLcode rc = CURLE_OK;
	long connects = 0;

	imap->overflow = false;
	*imap->said = *imap->detail = '\0';
	if (imap->into != NULL)
		dro_buf_reset(imap->into);
	DRO_IMAP_SET(CURLOPT_URL, url);
	DRO_IMAP_SET(CURLOPT_CUSTOMREQUEST, command);
	/* libcurl may repeat by itself what it sends over a kept connection. */
	DRO_IMAP_SET(CURLOPT_FRESH_CONNECT, once ? 1L : 0L);
	DRO_IMAP_SET(CURLOPT_FORBID_REUSE, once ? 1L : 0L);
	if (rc == CURLE_OK)
		rc = curl_easy_perform(curl);
	if (curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &connects) !=
		CURLE_OK ||
	    connects > 0)
		imap->examined = false;
	return (rc);
}

static enum dro_code
perform(struct dro_imap *imap, const char *url, const char *command, bool once,
    struct dro_err *err)
{
	bool renewed = !imap->conf->token;
	enum dro_code code;
	struct timespec pause = {0};
	CURLcode rc;
	int try;

	if ((code = dro_imap_prepare(imap, err)) != DRO_OK)
		return (code);
	for (try = 1;; try++) {
		rc = attempt(imap, url, command, once);
		if (rc == CURLE_OK)
			return (DRO_OK);
		if (rc == CURLE_LOGIN_DENIED && !renewed) {
			/* Tokens live for an hour; there may be a new one. */
			renewed = true;
			if ((code = dro_imap_secret(imap, err)) != DRO_OK)
				return (code);
			continue;
		}
		pause.tv_sec = dro_imap_patience(imap);
		if (dro_imap_broken(rc) && pause.tv_sec < (1 << (try - 1)))
			pause.tv_sec = 1 << (try - 1);
		if (try == TRIES || pause.tv_sec == 0 || once || imap->overflow)
			return (dro_imap_explain(imap, rc, err));
		if (nanosleep(&pause, NULL) != 0) /* asked to stop */
			return (dro_imap_explain(imap, rc, err));
	}
}

static enum dro_code
send_command(struct dro_imap *imap, struct dro_imap_how how,
    const char *command, struct dro_buf *answer, struct dro_err *err)
{
	struct dro_buf url, text;
	enum dro_code code;

	dro_buf_init(&url, DRO_IMAP_URL_OCTETS);
	dro_buf_init(&text, COMMAND_OCTETS);
	if (how.uidvalidity == 0)
		dro_buf_adds(&url, imap->base.ptr);
	else
		dro_buf_addf(&url, "%s;UIDVALIDITY=%lld", imap->place.ptr,
		    (long long)how.uidvalidity);
	/* libcurl decodes "%.." in a command. */
	for (; *command != '\0'; command++)
		if (*command == '%')
			dro_buf_adds(&text, "%25");
		else
			dro_buf_addc(&text, *command);
	imap->into = answer;
	if ((code = dro_buf_check(&url, "URL of a mailbox", err)) == DRO_OK &&
	    (code = dro_buf_check(&text, "IMAP command", err)) == DRO_OK)
		code = perform(imap, url.ptr, text.ptr, how.once, err);
	dro_buf_finish(&url);
	dro_buf_finish(&text);
	return (code);
}

/*
 * Open the mailbox again, with ${verb} SELECT or EXAMINE; libcurl has selected
 * it before and goes on to think so.
 */
static enum dro_code
reopen(struct dro_imap *imap, const char *verb, int64_t uidvalidity,
    struct dro_err *err)
{
	const struct dro_imap_how how = {.uidvalidity = uidvalidity};
	struct dro_buf command, answer;
	enum dro_code code;
	char expected[64];

	dro_buf_init(&command, COMMAND_OCTETS);
	dro_buf_init(&answer, ANSWER_OCTETS);
	dro_buf_addf(&command, "%s ", verb);
	dro_imap_quote(imap->name.ptr, &command);
	if ((code = dro_buf_check(&command, "IMAP command", err)) == DRO_OK)
		code = send_command(imap, how, command.ptr, &answer, err);
	snprintf(expected, sizeof(expected), "[UIDVALIDITY %lld]",
	    (long long)uidvalidity);
	if (code == DRO_OK &&
	    (answer.len == 0 || strstr(answer.ptr, expected) == NULL))
		code = dro_imap_explain(imap, CURLE_REMOTE_FILE_NOT_FOUND, err);
	dro_buf_finish(&command);
	dro_buf_finish(&answer);
	return (code);
}

enum dro_code
dro_imap_do(struct dro_imap *imap, struct dro_imap_how how,
    struct dro_buf *answer, struct dro_err *err, const char *fmt, ...)
{
	char command[COMMAND_OCTETS];
	enum dro_code code;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(command))
		return (dro_err_set(err, DRO_EINVAL,
		    "%s: a command of more than %d octets", imap->url.ptr,
		    COMMAND_OCTETS));

	if (how.changes && imap->examined) {
		code = reopen(imap, "SELECT", how.uidvalidity, err);
		if (code != DRO_OK)
			return (code);
		imap->examined = false;
	}
	return (send_command(imap, how, command, answer, err));
}

enum dro_code
dro_imap_fetch(struct dro_imap *imap, int64_t uidvalidity, int64_t uid,
    struct dro_buf *mail, bool *flagged, struct dro_err *err)
{
	struct dro_buf url;
	enum dro_code code;

	*flagged = false;
	if (!imap->examined) {
		code = reopen(imap, "EXAMINE", uidvalidity, err);
		if (code != DRO_OK)
			return (code);
		imap->examined = true;
	}
	dro_buf_init(&url, DRO_IMAP_URL_OCTETS);
	dro_buf_addf(&url, "%s;UIDVALIDITY=%lld;UID=%lld", imap->place.ptr,
	    (long long)uidvalidity, (long long)uid);
	imap->into = mail;
	if ((code = dro_buf_check(&url, "URL of a mail", err)) == DRO_OK)
		code = perform(imap, url.ptr, NULL, false, err);
	*flagged = !imap->examined;
	dro_buf_finish(&url);
	return (code);
}
