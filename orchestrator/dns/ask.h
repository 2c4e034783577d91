#ifndef DRO_ORCHESTRATOR_DNS_ASK_H
#define DRO_ORCHESTRATOR_DNS_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"
#include "dns/address.h"

/*
 * More would be slower: above about 128 in flight the sockets drop answers,
 * and each one lost costs a whole time-out.
 */
#define DRO_ASK_WINDOW 64

/* One question to one server. */
struct dro_question {
	const char *name; /* normalised */
	int type; /* IANA RR type number */
	bool recurse; /* RD: a resolver is asked */
	const struct dro_address *server;
	/*
	 * Called once: with the reply as it came (${wire} is gone
	 * afterwards), or with NULL and in ${silence} why there is none.
	 */
	void (*told)(struct dro_question *question, const unsigned char *wire,
	    size_t len, const char *silence);
	void *arg; /* for ${told} */
	size_t which; /* for ${told} */
};

struct dro_ask_conf {
	int timeout_ms; /* of the first try; doubles with each next */
	int tries;
};

/**
 * dro_ask(conf, questions, n, err):
 * Ask them all, at most DRO_ASK_WINDOW at a time, over UDP with EDNS and over
 * TCP when the answer is truncated.  Each has been told when this returns
 * DRO_OK; otherwise (DRO_ENOMEM, DRO_EIO) some have not.
 */
enum dro_code dro_ask(const struct dro_ask_conf *conf,
    struct dro_question *questions, size_t n,
    struct dro_err *err) DRO_MUST_CHECK;

#endif /* !DRO_ORCHESTRATOR_DNS_ASK_H */
