#ifndef DRO_ORCHESTRATOR_INGEST_READING_H
#define DRO_ORCHESTRATOR_INGEST_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ingest/codes.h"
#include "ingest/sender.h"
#include "reports.h"

/* One file or mail, whole. */
struct dro_input {
	const char *path; /* for people: a file, "box.mbox:3", "imap:..." */
	bool mail; /* known to be a mail; else told by content */
	const char *ptr;
	size_t len; /* at most DRO_OUTPUT_MAX; of a mail, DRO_MAIL_MAX */
	uint64_t token; /* of the inlet; see inlet.h */
};

/*
 * What one input holds, in the order in which it is found.  ${sender} comes
 * first, and only for mails; ${original} before the reports of that
 * attachment.  Everything is valid during the call only.
 */
struct dro_reading_sink {
	void *arg;
	void (*sender)(void *arg, const struct dro_sender *sender);
	/* A file or attachment as it came, compressed or not. */
	void (*original)(void *arg, const void *ptr, size_t len);
	/*
	 * Complete but for watched, shadow, trust, reporter where ${sender}
	 * names one, source_name, source_path and stored evidence of identity.
	 */
	void (*report)(void *arg, const char *member,
	    const struct dro_report *report, dro_warns warns);
	void (*refuse)(
	    void *arg, const char *member, const struct dro_refused *why);
	void (*warn)(void *arg, const char *member, enum dro_warn warn);
};

/* Buffers and parsers, reused from input to input; no file, no socket. */
struct dro_reading;

/** dro_reading_create(): NULL when out of memory. */
struct dro_reading *dro_reading_create(void);
void dro_reading_destroy(struct dro_reading *reading);

/* How inputs are read. */
struct dro_reading_conf {
	int64_t now;
	size_t n_authserv_ids; /* of the source; 0: A-R proves nothing */
	const char *const *authserv_ids;
	const char *recipient; /* name of a field; "" or NULL: none */
	dro_key_fn *key; /* where DKIM keys come from */
	void *key_arg;
};

/**
 * dro_reading_read(reading, conf, input, sink, err):
 * Read one input: XML, gzip or zip as it is, or a mail with any number of
 * them.  This is all that touches hostile octets; it runs in the sandboxed
 * worker, and as it is in fuzz targets.  DRO_ENOMEM.
 */
enum dro_code dro_reading_read(struct dro_reading *reading,
    const struct dro_reading_conf *conf, const struct dro_input *input,
    const struct dro_reading_sink *sink, struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_INGEST_READING_H */
