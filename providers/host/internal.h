#ifndef DRO_PROVIDERS_HOST_INTERNAL_H
#define DRO_PROVIDERS_HOST_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/err.h"
#include "host/host.h"

/* What twins share: one of them at a time does what is to be done alone. */
struct dro_turn {
	pthread_mutex_t lock;
	size_t hosts;
};

/*
 * What the files of the host share; plugins never see it.  A host belongs to
 * one thread.
 */
struct dro_host {
	bool read_only;
	struct dro_turn *turn;
	char *directory; /* where commands run; NULL: where we do */
	void *readers[2]; /* CURL handles of reads, by allow_private */
	char **secrets; /* every form of every secret */
	size_t n_secrets;
	long connect_ms; /* limits of one exchange; tests shorten them */
	long total_ms;
	long backoff_ms; /* first pause before a read is tried again */
	long udp_ms; /* for one answer to a DNS query by UDP */
	long tcp_ms; /* for one DNS exchange, once connected */
};

/* Where a connection would lead. */
enum dro_reach {
	DRO_REACH_PUBLIC,
	DRO_REACH_LOOPBACK,
	DRO_REACH_PRIVATE, /* only with allow_private */
	DRO_REACH_NEVER /* metadata, link-local, multicast, unspecified */
};

/** dro_reach_of(addr): the class of an IPv4 or IPv6 socket address. */
enum dro_reach dro_reach_of(const struct sockaddr *addr);

/** dro_secrets_copy(to, from, err): what ${from} redacts, ${to} does too. */
enum dro_code dro_secrets_copy(struct dro_host *to, const struct dro_host *from,
    struct dro_err *err) DRO_MUST_CHECK;

/**
 * dro_redact_err(host, err), dro_redact_buf(host, buf):
 * Replace every form of every registered secret by "[redacted]"; in a
 * message cut at its end also the beginning of one.
 */
void dro_redact_err(const struct dro_host *host, struct dro_err *err);
void dro_redact_buf(const struct dro_host *host, struct dro_buf *buf);

#endif /* !DRO_PROVIDERS_HOST_INTERNAL_H */
