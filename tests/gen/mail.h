#ifndef DRO_TESTS_GEN_MAIL_H
#define DRO_TESTS_GEN_MAIL_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "simulate/made.h"

#define MAIL_SPEC 512
#define MAILS_MAX 256
#define ROWS_MAX 4096

/* One stream of mail, as its spec says; strings point into ${text}. */
struct mail {
	char text[MAIL_SPEC];
	const char *name;
	const char *ip; /* or NULL: strangers */
	int64_t strangers; /* addresses a day, new ones every day */
	int64_t n; /* messages a day, at all reporters together */
	const char *from; /* header From domain */
	const char *dkim_domain, *dkim_selector, *dkim_result; /* or NULL */
	const char *spf_domain, *spf_result;
	const char *reporter; /* the only one that sees it, or NULL */
};

/** mail_parse(spec, domain, mail, err): read ${spec}; see README.md. */
enum dro_code mail_parse(const char *spec, const char *domain,
    struct mail *mail, struct dro_err *err) DRO_MUST_CHECK;

/**
 * mail_rows(mail, report, r, n_reporters, rows, n_max, arena):
 * Write the rows that reporter ${r} of ${n_reporters}, who sends ${report},
 * has about ${mail}.  Return how many.  Ends the program when they are more
 * than ${n_max}.
 */
size_t mail_rows(const struct mail *mail, const struct dro_made_report *report,
    size_t r, size_t n_reporters, struct dro_made_row *rows, size_t n_max,
    struct dro_arena *arena);

#endif /* !DRO_TESTS_GEN_MAIL_H */
