#ifndef DRO_ORCHESTRATOR_INGEST_INLET_H
#define DRO_ORCHESTRATOR_INGEST_INLET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "ingest/codes.h"
#include "ingest/reading.h"

/* What became of an input, all of it durable by now. */
enum dro_settled {
	DRO_SETTLED_STORED, /* at least one report stored, or known already */
	DRO_SETTLED_REFUSED, /* read, and what reports it has are wrong */
	DRO_SETTLED_FOREIGN, /* about domains of others, or no report at all */
	DRO_SETTLED_FAILED /* the process that read it died, DNS was silent
			      about its key, or its sender has sent too much:
			      not done with; it must come again in the next
			      run */
};

/*
 * A place that reports come from, as the ingest core sees it: files, a
 * mailbox, standard input.  Inputs are handed out one after the other;
 * several may be out at a time.  Nothing is touched before it is settled.
 */
struct dro_inlet {
	void *ctx;
	/*
	 * The next input, valid until the next call.  ${out}->path NULL: there
	 * is none.  An input that cannot be read is told by ${refused} and
	 * passed over.  An error ends this inlet, no other: DRO_ENOTFOUND,
	 * DRO_EAUTH, DRO_ETIMEOUT, DRO_EREMOTE, DRO_EIO.
	 */
	enum dro_code (*next)(void *ctx, struct dro_input *out,
	    void (*refused)(
		void *arg, const char *path, const struct dro_refused *why),
	    void *arg, struct dro_err *err);
	/*
	 * What ${token} held is stored: it may be moved, flagged, or noted as
	 * read.  Called in the order of next, exactly once per input unless
	 * the run ends before.
	 */
	enum dro_code (*settle)(void *ctx, uint64_t token, enum dro_settled how,
	    struct dro_err *err);
	/* How many inputs there are in all; 0: not known.  For the progress. */
	uint64_t (*total)(void *ctx);
	void (*close)(void *ctx);
};

#endif /* !DRO_ORCHESTRATOR_INGEST_INLET_H */
