#include <stdio.h>
#include <time.h>

#include "rfc2136/message.h"

static void
format_time(int64_t at, char out[32])
{
	time_t t = (time_t)at;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		(void)snprintf(out, 32, "%lld", (long long)at);
}

/* The server's clock is in the answer, ours in the question. */
static enum dro_code
bad_time(const char *subject, const struct rfc2136_mac *mac,
    const struct rfc2136_tsig *tsig, struct dro_err *err)
{
	char ours[32], theirs[32] = "unknown";

	format_time(mac->signed_at, ours);
	if (tsig->server_time != 0)
		format_time(tsig->server_time, theirs);
	return (dro_err_set(err, DRO_EAUTH,
	    "%s: signature out of time (NOTAUTH, BADTIME): here it is %s, "
	    "there %s; at most %d s apart are allowed: set both clocks by NTP",
	    subject, ours, theirs, RFC2136_FUDGE_S));
}

static enum dro_code
bad_key(const struct rfc2136 *r, const char *subject, struct dro_err *err)
{
	if (r->proven)
		return (dro_err_set(err, DRO_EAUTH,
		    "%s: the server knows key %s but does not let it do this "
		    "(NOTAUTH, BADKEY): add the key to an acl of the zone "
		    "with action update, for owner _dmarc and the apex",
		    subject, r->key.name));
	return (dro_err_set(err, DRO_EAUTH,
	    "%s: the server has no key %s for %s, or (Knot) no acl of the "
	    "zone names it (NOTAUTH, BADKEY): compare key.name, "
	    "key.algorithm and the acl with the server's configuration",
	    subject, r->key.name, r->key.algorithm));
}

/* NOTAUTH means one thing with a TSIG error and another without. */
static enum dro_code
not_auth(const struct rfc2136 *r, const char *subject,
    const struct rfc2136_mac *mac, const struct rfc2136_tsig *tsig,
    struct dro_err *err)
{
	enum dro_code rc;

	switch (tsig->error) {
	case RFC2136_BADSIG:
		rc = dro_err_set(err, DRO_EAUTH,
		    "%s: key %s has another secret on the server (NOTAUTH, "
		    "BADSIG): copy the server's into key.secret",
		    subject, r->key.name);
		break;
	case RFC2136_BADTIME:
		rc = bad_time(subject, mac, tsig, err);
		break;
	case RFC2136_BADTRUNC:
		rc = dro_err_set(err, DRO_EAUTH,
		    "%s: the server wants signatures of another length for "
		    "key %s (NOTAUTH, BADTRUNC): take the truncation out of "
		    "its key.algorithm",
		    subject, r->key.name);
		break;
	case RFC2136_BADKEY:
		/* The caller finds out whether all zones are concerned. */
		rc = bad_key(r, subject, err);
		err->scope = DRO_SCOPE_ZONE;
		return (rc);
	default:
		rc = dro_err_set(err, DRO_EREMOTE,
		    "%s: not the primary server of this zone (NOTAUTH): name "
		    "the primary as server",
		    subject);
		err->scope = DRO_SCOPE_ZONE;
		return (rc);
	}
	err->scope = DRO_SCOPE_ACCOUNT;
	return (rc);
}

/* What the other rcodes mean; source: RFC 1035 4.1.1, RFC 2136 2.2. */
static enum dro_code
other_rcode(const struct rfc2136 *r, const ldns_pkt *answer,
    const char *subject, struct dro_err *err)
{
	bool update = ldns_pkt_get_opcode(answer) == LDNS_PACKET_UPDATE;

	switch (ldns_pkt_get_rcode(answer)) {
	case LDNS_RCODE_REFUSED:
		return (dro_err_set(err, update ? DRO_EAUTH : DRO_ENOTFOUND,
		    update
			? "%s: key %s may not change this (REFUSED): let it, "
			  "by allow-update or update-policy of the zone"
			: "%s: the server does not serve this, or not to key "
			  "%s (REFUSED)",
		    subject, r->key.name));
	case LDNS_RCODE_NOTZONE:
		return (dro_err_set(err, DRO_EINVAL,
		    "%s: a name is not in this zone (NOTZONE); was the zone "
		    "split?",
		    subject));
	case LDNS_RCODE_NOTIMPL:
		return (dro_err_set(err, DRO_EREMOTE,
		    "%s: the server takes no %s (NOTIMP): use another "
		    "provider for this zone",
		    subject, update ? "dynamic updates" : "such query"));
	case LDNS_RCODE_SERVFAIL:
		/* A forwarding secondary says so when it lost sight of it. */
		return (dro_err_set(err, update ? DRO_ETIMEOUT : DRO_EREMOTE,
		    "%s: the server failed (SERVFAIL)%s: see its log; is the "
		    "zone loaded, and its journal writable?",
		    subject, update ? ", outcome unknown" : ""));
	case LDNS_RCODE_FORMERR:
		return (dro_err_set(err, DRO_EREMOTE,
		    "%s: the server could not read the message (FORMERR); "
		    "does it know TSIG and RFC 2136?",
		    subject));
	default:
		return (dro_err_set(err, update ? DRO_ETIMEOUT : DRO_EREMOTE,
		    "%s: unexpected answer, rcode %d", subject,
		    (int)ldns_pkt_get_rcode(answer)));
	}
}

enum dro_code
dro_rfc2136_refusal(const struct rfc2136 *r, const ldns_pkt *answer,
    const char *subject, const struct rfc2136_mac *mac, struct dro_err *err)
{
	struct rfc2136_tsig tsig = dro_rfc2136_tsig_of(answer);
	struct dro_err local = {.code = DRO_OK};
	enum dro_code rc;

	err = err == NULL ? &local : err;
	if (ldns_pkt_get_rcode(answer) == LDNS_RCODE_NOTAUTH)
		return (not_auth(r, subject, mac, &tsig, err));
	rc = other_rcode(r, answer, subject, err);
	err->scope = DRO_SCOPE_ZONE;
	return (rc);
}
