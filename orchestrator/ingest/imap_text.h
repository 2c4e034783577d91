#ifndef DRO_ORCHESTRATOR_INGEST_IMAP_TEXT_H
#define DRO_ORCHESTRATOR_INGEST_IMAP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * The few words of IMAP that pass through our hands (RFC 9051 and RFC 3501);
 * libcurl speaks the rest.  No answer read here can hold text of a mail.
 */

/* What a mailbox lists of one mail. */
struct dro_imap_item {
	int64_t uid, size; /* size in octets */
	bool seen;
};

/**
 * dro_imap_items(answer, len, lo, hi, out, n, err):
 * The mails with a UID from ${lo} to ${hi} that the answer to a FETCH of (UID
 * FLAGS RFC822.SIZE) lists, in the order of their UIDs.  Lines that are
 * something else are passed over.  The caller frees *out.  DRO_ENOMEM.
 */
enum dro_code dro_imap_items(const char *answer, size_t len, int64_t lo,
    int64_t hi, struct dro_imap_item **out, size_t *n,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_imap_number(answer, name, out):
 * The number behind ${name} in the last parentheses of the answer to STATUS.
 */
bool dro_imap_number(const char *answer, const char *name, int64_t *out);

/** dro_imap_has(answer, name): whether CAPABILITY names ${name}, any case. */
bool dro_imap_has(const char *answer, const char *name);

/**
 * dro_imap_mailbox(utf8, out, err):
 * Append the name of a mailbox as servers have it: modified UTF-7.
 * DRO_EINVAL if it is no UTF-8.
 */
enum dro_code dro_imap_mailbox(
    const char *utf8, struct dro_buf *out, struct dro_err *err) DRO_MUST_CHECK;

/** dro_imap_quote(s, out): append ${s}, without line breaks, as a string. */
void dro_imap_quote(const char *s, struct dro_buf *out);

#endif /* !DRO_ORCHESTRATOR_INGEST_IMAP_TEXT_H */
