#ifndef DRO_ORCHESTRATOR_INGEST_IMAP_H
#define DRO_ORCHESTRATOR_INGEST_IMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/config.h"

/*
 * A mailbox on a server: libcurl's IMAP with what it must not do left out.
 *
 * Text of a mail is only fetched through the URL of that mail.  libcurl scans
 * the answer to a command of our own line by line, a literal in it too, so
 * that a mail could answer the next command in the server's name.
 */
struct dro_imap;

/**
 * dro_imap_create(conf, out, err):
 * A connection that is made when it is first needed, over TLS 1.2 or later,
 * as ${conf} says, which outlives it.  DRO_EINVAL, DRO_ENOMEM, DRO_EREMOTE.
 */
enum dro_code dro_imap_create(const struct dro_imap_conf *conf,
    struct dro_imap **out, struct dro_err *err) DRO_MUST_CHECK;
void dro_imap_destroy(struct dro_imap *imap);

/** dro_imap_url(imap): "imaps://HOST[:PORT]/MAILBOX", for people. */
const char *dro_imap_url(const struct dro_imap *imap);

/** dro_imap_mailbox_name(imap): the configured one as the server has it. */
const char *dro_imap_mailbox_name(const struct dro_imap *imap);

/* How a command is to be sent. */
struct dro_imap_how {
	int64_t uidvalidity; /* of the mailbox it is about; 0: of none */
	bool changes; /* something in that mailbox */

	/*
	 * It does something else the second time.  Without this a command is
	 * repeated after a fault, whether the server carried it out or not:
	 * UIDs are never given twice under one UIDVALIDITY, which is checked
	 * when the mailbox is selected anew, and a flag that is set again or
	 * a move of what has moved changes nothing.
	 */
	bool once;
};

/**
 * dro_imap_do(imap, how, answer, err, fmt, ...):
 * Send the command and collect the untagged answers into ${answer}, which has
 * a ceiling (NULL: they are not wanted).  Faults of the connection and servers
 * that ask for patience are tried again, four times in all, with pauses.
 * DRO_ENOTFOUND: the mailbox has another UIDVALIDITY now; DRO_EAUTH: not let
 * in, or TLS failed; DRO_EINVAL: the server refused the command; DRO_ELIMIT:
 * the answer is larger than ${answer} may be; DRO_ETIMEOUT, DRO_EREMOTE.
 */
enum dro_code dro_imap_do(struct dro_imap *imap, struct dro_imap_how how,
    struct dro_buf *answer, struct dro_err *err, const char *fmt,
    ...) DRO_MUST_CHECK DRO_PRINTF(5, 6);

/**
 * dro_imap_fetch(imap, uidvalidity, uid, mail, flagged, err):
 * The mail ${uid} into ${mail}, which has a ceiling.  libcurl selects the
 * mailbox and asks for the mail in a way that flags it as seen; so the server
 * is told before that we only look (EXAMINE).  *flagged: the connection had
 * to be made again in between, and the mail may have been flagged.  As
 * dro_imap_do; DRO_ENOTFOUND also if the mail is gone.
 */
enum dro_code dro_imap_fetch(struct dro_imap *imap, int64_t uidvalidity,
    int64_t uid, struct dro_buf *mail, bool *flagged,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_IMAP_H */
