#include <string.h>

#include "base/date.h"
#include "stage/fix.h"

/* Fewer messages of one kind are chance, and no reason to act. */
#define FEW 3

/* What a key must have lost: messages on days. */
#define KEY_MESSAGES 5
#define KEY_DAYS 2

/* Messages linked by a broken signature only that are worth a word. */
#define CHANGED 5

struct work {
	const char *domain;
	const struct dro_profile *p;
	const struct dro_spf *spf; /* NULL: not known */
	struct dro_arena *arena;
	struct dro_fix *fixes;
	size_t n;
	bool failed;
};

/* One fix more; what finds no room was the least telling. */
static void
add(struct work *w, enum dro_fix_kind kind, bool needed, int64_t messages,
    const char *text)
{
	if (text == NULL)
		w->failed = true;
	else if (w->n < DRO_FIXES_MAX)
		w->fixes[w->n++] =
		    (struct dro_fix){kind, needed, messages, text};
}

/* What the service has to be told, in its own words if they are known. */
static const char *
how_to_sign(const struct work *w)
{
	const struct dro_service *s = w->p->service;

	if (s == NULL || s->align == NULL)
		return (dro_arena_printf(w->arena,
		    "ask %s for DKIM with your own domain, and publish the "
		    "records it gives below _domainkey.%s",
		    s != NULL ? s->name : "it", w->domain));
	return (dro_arena_printf(w->arena, "in %s: %s", s->name, s->align));
}

static void
fix_key(struct work *w)
{
	const struct dro_profile *p = w->p;
	char bad[DRO_DATE_LEN], good[DRO_DATE_LEN];
	const char *since;

	if (p->selector == NULL || p->bad < KEY_MESSAGES ||
	    p->bad_days < KEY_DAYS)
		return;
	since = p->good_day == INT32_MIN
	    ? "never verified"
	    : dro_arena_printf(w->arena,
		  "have not verified since %.10s (last good one %.10s)",
		  dro_date_format(dro_day_start(p->bad_day), bad),
		  dro_date_format(dro_day_start(p->good_day), good));
	add(w, DRO_FIX_KEY, true, p->bad,
	    since == NULL
		? NULL
		: dro_arena_printf(w->arena,
		      "its signatures as %s with selector %s %s: publish the "
		      "right key at %s._domainkey.%s (missing, expired or "
		      "changed), or let it sign with the new one",
		      w->domain, p->selector, since, p->selector, w->domain));
}

/* Whether the record may name senders that are not seen in it. */
static bool
is_opaque(const struct dro_spf *spf)
{
	size_t i;

	for (i = 0; i < spf->n_terms; i++)
		if (spf->terms[i].macro)
			return (true);
	return (spf->redirect != NULL);
}

static bool
includes(const struct dro_spf *spf, const struct dro_service *service)
{
	size_t i;

	for (i = 0; i < spf->n_includes; i++)
		if (dro_service_includes(service, spf->includes[i]))
			return (true);
	return (false);
}

/* A known service whose mail no SPF passes, and which our record lacks. */
static void
fix_include(struct work *w)
{
	const struct dro_profile *p = w->p;
	const struct dro_service *s = p->service;
	const char *name, *more = "";

	if (s == NULL || s->include[0] == NULL || w->spf == NULL ||
	    p->signed_only.fail < FEW ||
	    p->signed_only.fail * 2 <=
		p->signed_only.fail + p->signed_other.fail + p->bounced.fail ||
	    is_opaque(w->spf) || includes(w->spf, s))
		return;
	name = strncmp(s->include[0], "*.", 2) == 0
	    ? dro_arena_printf(w->arena,
		  "the include that %s gives you (below %s)", s->name,
		  s->include[0] + 2)
	    : dro_arena_printf(w->arena, "include:%s", s->include[0]);
	if (w->spf->lookups >= DRO_SPF_LOOKUPS_MAX)
		more = "; the record asks DNS too often already: take "
		       "something out first";
	add(w, DRO_FIX_INCLUDE, true, p->signed_only.fail,
	    name == NULL
		? NULL
		: dro_arena_printf(w->arena,
		      "SPF passes for nobody: the SPF record of %s lacks %s "
		      "(%s)%s",
		      w->domain, name, s->name, more));
}

static void
fix_dkim(struct work *w)
{
	const struct dro_profile *p = w->p;
	int64_t n = p->signed_only.fail + p->signed_other.fail;
	const char *how = how_to_sign(w);

	if (n < FEW || n * 2 <= p->fail - p->broken.fail || p->signer == NULL)
		return;
	add(w, DRO_FIX_DKIM, true, n,
	    how == NULL
		? NULL
		: dro_arena_printf(w->arena, "it signs as %s, not as %s: %s",
		      p->signer, w->domain, how));
}

static void
fix_bounce(struct work *w)
{
	const struct dro_profile *p = w->p;
	const char *how = how_to_sign(w);

	if (p->bounced.fail < FEW ||
	    p->bounced.fail * 2 <= p->fail - p->broken.fail ||
	    p->bounce == NULL)
		return;
	add(w, DRO_FIX_BOUNCE, true, p->bounced.fail,
	    how == NULL
		? NULL
		: dro_arena_printf(w->arena,
		      "it signs nothing, and SPF passes for %s, where it "
		      "bounces to, not for %s: %s; a bounce domain below %s "
		      "helps too, but not where mail is forwarded",
		      p->bounce, w->domain, how, w->domain));
}

static void
fix_relay(struct work *w)
{
	const struct dro_profile *p = w->p;
	int64_t n = p->bare.fail;

	if (n < FEW || n * 2 <= p->fail - p->broken.fail ||
	    p->n_addresses == 0 || p->blind != NULL)
		return;
	/* Whoever shares its address may have sent what is only linked. */
	add(w, DRO_FIX_RELAY, !dro_source_is_legit(p->source) || p->linked < n,
	    n,
	    dro_arena_printf(w->arena,
		"nothing authenticates what comes from %s%s: it seems to "
		"leave through a relay (of an internet provider) that does "
		"not sign; sign with DKIM before the relay, or let it sign, "
		"and name its addresses in the SPF record of %s",
		p->addresses[0].ip, p->n_addresses > 1 ? " and others" : "",
		w->domain));
}

/* One reporter that never sees SPF pass, and a record that needs macros. */
static void
fix_macros(struct work *w)
{
	const struct dro_profile *p = w->p;
	const char *term = NULL;
	size_t i;

	if (p->blind == NULL || w->spf == NULL)
		return;
	for (i = 0; i < w->spf->n_terms && term == NULL; i++)
		if (w->spf->terms[i].macro)
			term = w->spf->terms[i].text;
	if (term == NULL)
		return;
	add(w, DRO_FIX_MACROS, p->blind_unsigned >= FEW, p->blind_messages,
	    dro_arena_printf(w->arena,
		"%s never sees SPF pass where others do: it seems not to "
		"expand the macros of %s; %s",
		p->blind, term,
		p->blind_unsigned >= FEW
		    ? "sign with DKIM, or name the addresses by ip4 and ip6 "
		      "as well"
		    : "DKIM carries this mail, so nothing is lost"));
}

static void
advise_sign(struct work *w)
{
	const struct dro_profile *p = w->p;
	const char *how = how_to_sign(w);

	if (p->spf < FEW || p->dkim * 2 >= p->spf)
		return;
	add(w, DRO_FIX_SIGN, false, p->spf - p->dkim,
	    how == NULL
		? NULL
		: dro_arena_printf(w->arena,
		      "passes by SPF alone, which is lost when mail is "
		      "forwarded: sign with DKIM as %s before reject%s%s",
		      w->domain, p->service != NULL ? "; " : "",
		      p->service != NULL ? how : ""));
}

/* Of a legitimate source: what others changed on the way. */
static void
advise_list(struct work *w)
{
	const struct dro_profile *p = w->p;

	if (p->broken.fail < CHANGED || p->selector != NULL)
		return;
	add(w, DRO_FIX_LIST, false, p->broken.fail,
	    "came with its signature broken while others verify: changed on "
	    "the way by lists or forwarders (or forged); nothing to repair "
	    "here");
}

static void
advise_forward(struct work *w)
{
	const struct dro_profile *p = w->p;

	if (p->survived < FEW || p->spf == 0)
		return;
	add(w, DRO_FIX_FORWARD, false, p->survived,
	    "lost SPF on the way (forwarded) and passes by DKIM: nothing to "
	    "do");
}

/* Everything that may be wrong with mail that is ours, or may be. */
static void
fix_mail(struct work *w)
{
	fix_key(w);
	fix_macros(w);
	fix_include(w);
	fix_dkim(w);
	fix_bounce(w);
	fix_relay(w);
}

static void
fix_forwarder(struct work *w)
{
	const struct dro_profile *p = w->p;

	if (p->broken.all * 2 > p->messages)
		add(w, DRO_FIX_LIST, false, p->broken.fail,
		    "changes mail (a footer, a subject), which breaks our "
		    "signature, and SPF is its own: nothing to repair here; a "
		    "list can write its own From (Mailman: "
		    "dmarc_moderation_action) or leave mail as it is");
	else if (p->dkim > 0)
		add(w, DRO_FIX_FORWARD, false, p->dkim,
		    "passes mail on: SPF breaks, DKIM survives: nothing to "
		    "do");
	else
		add(w, DRO_FIX_FORWARD, false, p->fail,
		    "passes on mail that is not signed: sign with DKIM at its "
		    "source, SPF cannot survive");
}

bool
dro_fix_find(const char *domain, const struct dro_profile *profile,
    const struct dro_spf *spf, struct dro_arena *arena,
    struct dro_fix fixes[DRO_FIXES_MAX], size_t *n)
{
	struct work w = {.domain = domain,
	    .p = profile,
	    .spf = spf != NULL && spf->error == NULL ? spf : NULL,
	    .arena = arena,
	    .fixes = fixes};
	size_t i;
	bool needed = false;

	switch (profile->source->class) {
	case DRO_THREAT:
		add(&w, DRO_FIX_NONE, false, profile->messages,
		    "not ours: it is meant to fail");
		break;
	case DRO_FORWARDED:
		fix_forwarder(&w);
		break;
	case DRO_UNDECIDED:
		add(&w, DRO_FIX_ANSWER, true, profile->fail,
		    "say whose it is; if ours:");
		fix_mail(&w);
		break;
	case DRO_LEGIT:
	case DRO_LEGIT_BROKEN:
		fix_mail(&w);
		for (i = 0; i < w.n; i++)
			needed = needed || w.fixes[i].needed;
		if (!needed)
			advise_sign(&w);
		advise_list(&w);
		advise_forward(&w);
		break;
	}
	if (w.n == 0)
		add(&w, DRO_FIX_NONE, false, profile->messages,
		    profile->fail < FEW ? "nothing: it passes"
					: "nothing stands out");
	*n = w.n;
	return (!w.failed);
}

const char *
dro_fix_name(enum dro_fix_kind kind)
{
	static const char *const names[] = {
	    [DRO_FIX_NONE] = "none",
	    [DRO_FIX_ANSWER] = "answer",
	    [DRO_FIX_KEY] = "dkim_key",
	    [DRO_FIX_INCLUDE] = "missing_include",
	    [DRO_FIX_DKIM] = "dkim_unaligned",
	    [DRO_FIX_BOUNCE] = "bounce_unaligned",
	    [DRO_FIX_RELAY] = "relay_unsigned",
	    [DRO_FIX_MACROS] = "spf_macros",
	    [DRO_FIX_SIGN] = "sign",
	    [DRO_FIX_LIST] = "list_footer",
	    [DRO_FIX_FORWARD] = "forwarding",
	};

	return (names[kind]);
}
