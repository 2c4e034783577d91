#include <string.h>

#include "host/tls.h"
#include "ingest/imap_link.h"

bool
dro_imap_broken(CURLcode rc)
{
	switch (rc) {
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_WEIRD_SERVER_REPLY:
		return (true);
	default:
		return (false);
	}
}

int
dro_imap_patience(const struct dro_imap *imap)
{
	static const char *const words[] = {
	    "[THROTTLED]", "[LIMIT]", "[UNAVAILABLE]", "[INUSE]", "throttled"};
	const char *ms = strcasestr(imap->said, "Backoff Time: ");
	size_t i;
	int s = 0;

	if (ms != NULL) {
		for (ms += 14; *ms >= '0' && *ms <= '9' &&
		     s < DRO_IMAP_PAUSE_MAX_S * 1000;
		     ms++)
			s = s * 10 + (*ms - '0');
		s = (s + 999) / 1000;
		return (s < DRO_IMAP_PAUSE_MAX_S ? s : DRO_IMAP_PAUSE_MAX_S);
	}
	for (i = 0; i < DRO_ARRAY_LEN(words); i++)
		if (strcasestr(imap->said, words[i]) != NULL)
			return (1);
	return (0);
}

enum dro_code
dro_imap_explain(const struct dro_imap *imap, CURLcode rc, struct dro_err *err)
{
	const char *url = imap->url.ptr, *said = imap->said;
	const char *detail =
	    *imap->detail != '\0' ? imap->detail : curl_easy_strerror(rc);

	if (imap->overflow)
		return (
		    dro_err_set(err, DRO_ELIMIT, "%s: answer too long", url));
	if (rc == CURLE_LOGIN_DENIED)
		return (dro_err_set(err, DRO_EAUTH,
		    "%s: the server does not let %s in: %s; check the user and "
		    "the %s",
		    url, imap->conf->user, *said != '\0' ? said : detail,
		    imap->conf->token ? "token" : "password"));
	if (rc == CURLE_REMOTE_FILE_NOT_FOUND)
		return (dro_err_set(err, DRO_ENOTFOUND,
		    "%s: no such mail, or the mailbox was made anew "
		    "(UIDVALIDITY)",
		    url));
	if (rc == CURLE_QUOTE_ERROR)
		return (dro_err_set(err, DRO_EINVAL, "%s: refused: %s", url,
		    *said != '\0' ? said : detail));
	if (dro_tls_fault((int)rc))
		return (
		    dro_err_set(err, DRO_EAUTH, "%s: TLS: %s", url, detail));
	return (dro_err_set(err,
	    rc == CURLE_OPERATION_TIMEDOUT ? DRO_ETIMEOUT : DRO_EREMOTE,
	    "%s: %s%s%s", url, detail, *said != '\0' ? "; it said: " : "",
	    said));
}
