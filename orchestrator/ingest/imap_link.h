#ifndef DRO_ORCHESTRATOR_INGEST_IMAP_LINK_H
#define DRO_ORCHESTRATOR_INGEST_IMAP_LINK_H

#include <stdbool.h>

#include <curl/curl.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/config.h"
#include "ingest/imap.h"

/* One connection, for imap*.c alone. */

#define DRO_IMAP_URL_OCTETS 4096
#define DRO_IMAP_SAID_MAX 200
/* What a server may ask us to wait at most. */
#define DRO_IMAP_PAUSE_MAX_S 30

struct dro_imap {
	const struct dro_imap_conf *conf;
	CURL *curl;
	struct dro_buf url; /* for people */
	struct dro_buf name; /* of the mailbox, modified UTF-7 */
	struct dro_buf base, place; /* URLs: of the server, of the mailbox */
	bool ready; /* the options that stay are set, the secret too */
	bool examined; /* the server knows that we only look */
	struct dro_buf *into; /* of the request in hand, or NULL */
	bool overflow; /* of it */
	char said[DRO_IMAP_SAID_MAX +
	    1]; /* why the server refused the last command */
	char detail[CURL_ERROR_SIZE];
};

/* For code in which ${rc} is what went wrong so far, and ${curl} is it. */
#define DRO_IMAP_SET(option, value)                                            \
	(rc = rc != CURLE_OK ? rc : curl_easy_setopt(curl, option, value))

/** dro_imap_prepare(imap, err): set what stays, once, and the secret. */
enum dro_code dro_imap_prepare(
    struct dro_imap *imap, struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_imap_secret(imap, err):
 * Follow the reference to the password or token and hand it to libcurl.
 */
enum dro_code dro_imap_secret(
    struct dro_imap *imap, struct dro_err *err) DRO_MUST_CHECK;

/** dro_imap_broken(rc): the connection broke, which may mend by itself. */
bool dro_imap_broken(CURLcode rc);

/** dro_imap_patience(imap): seconds that the server asks for; 0: it does not. */
int dro_imap_patience(const struct dro_imap *imap);

/** dro_imap_explain(imap, rc, err): what ${rc} and the server say, returned. */
enum dro_code dro_imap_explain(
    const struct dro_imap *imap, CURLcode rc, struct dro_err *err);

#endif /* !DRO_ORCHESTRATOR_INGEST_IMAP_LINK_H */
