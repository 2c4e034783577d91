/* The nearest setting wins; tables written from docs/config.md. */

#include "config_read.h"

#include "config/suggest.h"

static const struct dro_settings *
of(const struct reading *t, const char *domain)
{
	const struct dro_domain *d = dro_config_domain(&t->config, domain);

	if (d == NULL)
		fail_msg("%s is not listed", domain);
	return (d->settings);
}

static size_t
rung(const struct dro_settings *s, const char *name)
{
	size_t i;

	if (!dro_ladder_find(&s->ladder, name, &i))
		fail_msg("no rung %s", name);
	return (i);
}

static void
nothing_said(void **state)
{
	const struct dro_settings *s;
	struct reading t;

	(void)state;
	read_good(&t, "version: 1\nclients: {a: {domains: {a.example: }}}\n");
	assert_string_equal(t.config.path, "test.yaml");
	assert_string_equal(t.config.database, "/etc/rollout/rollout.db");
	assert_false(t.config.virtual_clock);
	assert_int_equal(t.config.dns.n_resolvers, 0);
	assert_int_equal(t.config.dns.timeout_ms, 2000);
	assert_int_equal(t.config.dns.tries, 2);
	assert_int_equal(t.config.verify_wait_s, 30);
	assert_string_equal(t.config.clients[0].name, "a");
	assert_null(t.config.domains[0].account);
	assert_int_equal(t.config.domains[0].line, 2);
	s = of(&t, "a.example");
	assert_string_equal(s->policy, "standard");
	assert_int_equal(s->ladder.n, 8);
	assert_int_equal(s->hops[0].days, 42);
	assert_int_equal(s->hops[0].report_days, 28);
	assert_int_equal(s->target, DRO_REJECT);
	assert_int_equal(s->tau_ppm, 10000);
	assert_int_equal(s->alpha_ppm, 50000);
	assert_int_equal(s->alpha_last_ppm, 10000);
	assert_int_equal(s->freshness_h, 72);
	assert_int_equal(s->reporters_min, 2);
	assert_int_equal(s->setback_share_ppm, 50000);
	assert_int_equal(s->ttl_s, 0);
	assert_null(s->rua);
	assert_null(s->pause);
	assert_false(s->has_sp || s->has_np);
	assert_int_equal(s->n_sources, 0);
	finish(&t);
}

static void
everything_said(void **state)
{
	const struct dro_account *a;
	const struct dro_settings *s;
	struct reading t;

	(void)state;
	read_good(&t,
	    "version: 1\n"
	    "state: {database: ../db/x.db}\n"
	    "clock: virtual\n"
	    "dns:\n"
	    "  resolvers: [127.0.0.1@5300, \"::1\"]\n"
	    "  servers: {Sub.Example.: [192.0.2.1]}\n"
	    "  timeout: 500ms\n"
	    "  tries: 3\n"
	    "  verify_wait: 2m\n"
	    "reports:\n"
	    "  - {name: in, directory: {path: /var/in}, trust: known}\n"
	    "  - {name: in2, directory: {path: in2}}\n"
	    "accounts:\n"
	    "  zf: {provider: zonefile, path: zones,\n"
	    "    reload: {command: [./reload, -s, x]}}\n"
	    "  pd: {provider: powerdns, endpoint: 'https://dns.example/',\n"
	    "    allow_private: true, key: {command: [bin/get, key]}}\n"
	    "  pf: {provider: powerdns, endpoint: 'https://dns.example/',\n"
	    "    key: {file: key.txt}}\n"
	    "defaults: {ttl: 90}\n"
	    "clients:\n"
	    "  a:\n"
	    "    name: >\n"
	    "      Client A\n"
	    "    rua: MAILTO:rua@rua.example\n"
	    "    domains:\n"
	    "      B\xc3\xbc"
	    "cher.example: {account: zf, ttl: 1h, sp: none, np: reject,\n"
	    "        pause: why not, target: quarantine}\n"
	    "      sub.b\xc3\xbc"
	    "cher.example: {account: pd}\n");
	assert_string_equal(t.config.database, "/etc/rollout/../db/x.db");
	assert_true(t.config.virtual_clock);
	assert_int_equal(t.config.dns.n_resolvers, 2);
	assert_string_equal(t.config.dns.resolvers[0], "127.0.0.1@5300");
	assert_string_equal(t.config.dns.resolvers[1], "::1@53");
	assert_int_equal(t.config.dns.n_servers, 1);
	assert_string_equal(t.config.dns.servers[0].domain, "sub.example");
	assert_string_equal(t.config.dns.servers[0].servers[0], "192.0.2.1@53");
	assert_int_equal(t.config.dns.timeout_ms, 500);
	assert_int_equal(t.config.dns.tries, 3);
	assert_int_equal(t.config.verify_wait_s, 120);
	assert_int_equal(t.config.n_reports, 2);
	assert_string_equal(t.config.reports[0].path, "/var/in");
	assert_int_equal(t.config.reports[0].trust, DRO_TRUST_KNOWN);
	assert_string_equal(t.config.reports[1].path, "/etc/rollout/in2");
	assert_int_equal(t.config.reports[1].trust, DRO_TRUST_UNAUTHENTICATED);

	assert_int_equal(t.config.n_accounts, 3);
	a = &t.config.accounts[0];
	assert_string_equal(a->name, "zf");
	assert_string_equal(a->conf.account, "zf");
	assert_string_equal(a->provider->name, "zonefile");
	assert_int_equal(a->line, 14);
	assert_int_equal(a->conf.n, 2);
	assert_string_equal(a->conf.items[0].name, "path");
	assert_string_equal(a->conf.items[0].values[0], "/etc/rollout/zones");
	assert_string_equal(a->conf.items[1].name, "reload.command");
	assert_int_equal(a->conf.items[1].n, 3);
	assert_string_equal(a->conf.items[1].values[0], "/etc/rollout/reload");
	assert_string_equal(a->conf.items[1].values[2], "x");
	a = &t.config.accounts[1];
	assert_int_equal(a->conf.n, 3);
	assert_string_equal(a->conf.items[1].values[0], "true");
	assert_int_equal(a->conf.items[2].n, 3);
	assert_string_equal(a->conf.items[2].values[0], "command");
	assert_string_equal(a->conf.items[2].values[1], "/etc/rollout/bin/get");
	a = &t.config.accounts[2];
	assert_string_equal(a->conf.items[1].values[0], "file");
	assert_string_equal(a->conf.items[1].values[1], "/etc/rollout/key.txt");

	assert_string_equal(t.config.clients[0].name, "Client A");
	assert_int_equal(t.config.n_domains, 2);
	assert_string_equal(
	    t.config.domains[0].domain, "xn--bcher-kva.example");
	assert_string_equal(t.config.domains[0].unicode,
	    "b\xc3\xbc"
	    "cher.example");
	assert_ptr_equal(t.config.domains[0].account, &t.config.accounts[0]);
	assert_ptr_equal(t.config.domains[1].account, &t.config.accounts[1]);
	s = of(&t,
	    "b\xc3\xbc"
	    "cher.EXAMPLE");
	assert_string_equal(s->rua, "MAILTO:rua@rua.example");
	assert_int_equal(s->ttl_s, 3600);
	assert_true(s->has_sp && s->has_np);
	assert_int_equal(s->sp, DRO_NONE);
	assert_int_equal(s->np, DRO_REJECT);
	assert_string_equal(s->pause, "why not");
	assert_int_equal(s->target, DRO_QUARANTINE);
	assert_int_equal(of(&t, "sub.xn--bcher-kva.example.")->ttl_s, 90);
	finish(&t);
}

static const char nearness[] =
    "version: 1\n"
    "accounts:\n"
    "  one: {provider: zonefile, path: 1}\n"
    "  two: {provider: zonefile, path: 2}\n"
    "  three: {provider: zonefile, path: 3}\n"
    "policies:\n"
    "  child: {extends: parent, gates: {tau: \"3%\"}}\n"
    "  parent:\n"
    "    extends: government\n"
    "    target: quarantine\n"
    "    gates: {tau: \"2%\", reporters: 5}\n"
    "    setback: {share: \"0%\", cooldown: 2w}\n"
    "defaults:\n"
    "  policy: child\n"
    "  account: one\n"
    "  ttl: 300\n"
    "  gates: {alpha: \"0.0005%\"}\n"
    "  sources:\n"
    "    crm: {mail_from: [CRM.example], owner: Sales}\n"
    "    erp: {dkim: [erp.example/S1]}\n"
    "clients:\n"
    "  a:\n"
    "    account: two\n"
    "    ttl: 10m\n"
    "    trial: true\n"
    "    gates: {reporters: 7, freshness: 24h}\n"
    "    until: 2026-11-21T06:00:00Z\n"
    "    why: still in force this very second\n"
    "    sources: {erp: {dkim: [erp2.example], criticality: critical},\n"
    "      closed: true}\n"
    "    domains:\n"
    "      plain.example:\n"
    "      near.example:\n"
    "        account: three\n"
    "        policy: careful\n"
    "        ttl: 30s\n"
    "        trial: false\n"
    "        target: reject\n"
    "        gates: {reporters: 1}\n"
    "        until: 2027-01-01\n"
    "        why: one reporter only\n"
    "        sources: {shop: {ptr: [Shop.example.]}, closed: false}\n"
    "      closed.example: {sources: closed}\n"
    "  b:\n"
    "    domains:\n"
    "      other.example:\n";

static void
nearest_wins(void **state)
{
	const struct dro_settings *s;
	struct reading t;

	(void)state;
	read_good(&t, nearness);
	s = of(&t, "plain.example");
	assert_string_equal(s->policy, "child");
	assert_int_equal(s->ladder.n, 11); /* government: dual-reject-pct */
	assert_int_equal(s->hops[0].days, 49);
	assert_int_equal(s->target, DRO_QUARANTINE);
	assert_int_equal(s->tau_ppm, 30000);
	assert_int_equal(s->alpha_ppm, 5);
	assert_int_equal(s->reporters_min, 7);
	assert_int_equal(s->freshness_h, 24);
	assert_int_equal(s->setback_share_ppm, 0);
	assert_int_equal(s->cooldown_days, 14);
	assert_int_equal(s->ttl_s, 600);
	assert_int_equal(s->n_sources, 2);
	assert_string_equal(s->sources[0].name, "crm");
	assert_string_equal(s->sources[0].owner, "Sales");
	assert_string_equal(s->sources[0].mail_from[0], "crm.example");
	assert_string_equal(s->sources[1].name, "erp");
	assert_int_equal(s->sources[1].n_dkim, 1);
	assert_string_equal(s->sources[1].dkim[0], "erp2.example");
	assert_true(s->sources[1].critical && !s->sources[0].critical);
	assert_true(s->sources_closed && s->trial);
	assert_string_equal(t.config.domains[0].account->name, "two");

	s = of(&t, "near.example");
	assert_string_equal(s->policy, "careful");
	assert_int_equal(s->tau_ppm, 5000);
	assert_int_equal(s->alpha_ppm, 5);
	assert_int_equal(s->reporters_min, 1);
	assert_int_equal(s->freshness_h, 24);
	assert_int_equal(s->target, DRO_REJECT);
	assert_int_equal(s->ttl_s, 30);
	assert_int_equal(s->n_sources, 3);
	assert_string_equal(s->sources[2].name, "shop");
	assert_string_equal(s->sources[2].ptr[0], "shop.example");
	assert_false(s->sources_closed || s->trial);
	assert_string_equal(t.config.domains[1].account->name, "three");

	s = of(&t, "closed.example");
	assert_true(s->sources_closed);
	assert_int_equal(s->n_sources, 2);

	s = of(&t, "other.example");
	assert_false(s->sources_closed);
	assert_int_equal(s->reporters_min, 5);
	assert_int_equal(s->freshness_h, 72);
	assert_int_equal(s->ttl_s, 300);
	assert_string_equal(s->sources[1].dkim[0], "erp.example/s1");
	assert_string_equal(t.config.domains[3].account->name, "one");
	assert_string_equal(t.config.domains[3].client->id, "b");
	finish(&t);
}

static void
expired_exception(void **state)
{
	static const char text[] = "version: 1\n"
				   "clients:\n"
				   "  a:\n"
				   "    domains:\n"
				   "      a.example:\n"
				   "        gates: {reporters: 9}\n"
				   "        hops: {none: {days: 1}}\n"
				   "        ttl: 60\n"
				   "        until: 2026-11-21T05:59:59Z\n"
				   "        why: it was short\n";
	struct reading t;

	(void)state;
	read_text(&t, text, strlen(text));
	assert_int_equal(t.code, DRO_OK);
	assert_int_equal(t.findings.n, 1);
	assert_true(t.findings.items[0].warning);
	assert_int_equal(t.findings.items[0].line, 9);
	assert_int_equal(of(&t, "a.example")->reporters_min, 2);
	assert_int_equal(of(&t, "a.example")->hops[0].days, 42);
	assert_int_equal(of(&t, "a.example")->ttl_s, 60);
	finish(&t);
}

static void
ladders_and_hops(void **state)
{
	const struct dro_settings *s;
	struct reading t;

	(void)state;
	read_good(&t,
	    "version: 1\n"
	    "policies:\n"
	    "  slow:\n"
	    "    hops:\n"
	    "      quarantine-10: {days: 9}\n"
	    "      quarantine: {days: 60, report_days: 50}\n"
	    "    approval: {before: [quarantine]}\n"
	    "  own:\n"
	    "    extends: careful\n"
	    "    ladder: [none, quarantine-100, reject]\n"
	    "defaults: {policy: slow}\n"
	    "clients:\n"
	    "  a:\n"
	    "    domains:\n"
	    "      dual.example:\n"
	    "      new.example: {ladder: rfc9989}\n"
	    "      own.example: {policy: own}\n"
	    "      free.example: {policy: careful, approval: {before: []}}\n");
	s = of(&t, "dual.example");
	assert_int_equal(s->hops[rung(s, "quarantine-10")].days, 9);
	assert_int_equal(s->hops[rung(s, "quarantine-10")].report_days, 3);
	assert_int_equal(s->hops[rung(s, "quarantine")].report_days, 50);
	assert_true(s->approvals[rung(s, "quarantine")]);
	assert_false(s->approvals[rung(s, "reject")]);
	/* Another ladder: hops of the preset, then of the policy by rung. */
	s = of(&t, "new.example");
	assert_int_equal(s->ladder.n, 5);
	assert_int_equal(s->hops[rung(s, "none")].days, 42);
	assert_int_equal(s->hops[rung(s, "quarantine-100")].days, 4);
	assert_int_equal(s->hops[rung(s, "quarantine")].days, 60);
	assert_true(s->approvals[rung(s, "quarantine")]);
	/* careful asks before the first quarantine rung and before reject. */
	s = of(&t, "own.example");
	assert_int_equal(s->ladder.n, 3);
	assert_int_equal(s->hops[0].days, 70);
	assert_int_equal(s->hops[1].days, 7);
	assert_true(s->approvals[1] && s->approvals[2]);
	s = of(&t, "free.example");
	assert_false(s->approvals[rung(s, "reject")]);
	finish(&t);
}

static void
look_up(void **state)
{
	struct reading t;

	(void)state;
	read_good(&t,
	    "version: 1\n"
	    "clients:\n"
	    "  z: {domains: {example.org: , mail.example.org: }}\n"
	    "  a: {domains: {a.example: }}\n");
	assert_string_equal(t.config.domains[2].domain, "a.example");
	assert_ptr_equal(
	    dro_config_domain(&t.config, "Example.ORG."), &t.config.domains[0]);
	assert_null(dro_config_domain(&t.config, "www.example.org"));
	assert_null(dro_config_domain(&t.config, "not a name"));
	assert_ptr_equal(
	    dro_config_owner(&t.config, "example.org"), &t.config.domains[0]);
	assert_ptr_equal(dro_config_owner(&t.config, "x.mail.example.org"),
	    &t.config.domains[1]);
	assert_ptr_equal(dro_config_owner(&t.config, "www.example.org"),
	    &t.config.domains[0]);
	assert_null(dro_config_owner(&t.config, "notexample.org"));
	assert_null(dro_config_owner(&t.config, "org"));
	finish(&t);
	read_good(&t, "version: 1\n");
	assert_null(dro_config_domain(&t.config, "a.example"));
	assert_null(dro_config_owner(&t.config, "a.example"));
	finish(&t);
}

/* What a slip of the fingers was meant to be. */
static void
suggestions(void **state)
{
	static const struct {
		const char *word, *text;
	} rows[] = {
	    {"polciies", "; did you mean \"policies\"?"}, /* swap */
	    {"policie", "; did you mean \"policies\"?"}, /* left out */
	    {"Clients", "; did you mean \"clients\"?"}, /* case */
	    {"klienten", "; known: policies, clients, sp"}, /* too far */
	    {"np", "; did you mean \"sp\"?"},
	    {"x", "; known: policies, clients, sp"},
	    {"", "; known: policies, clients, sp"},
	};
	struct dro_arena *arena = dro_arena_create();
	struct dro_guess guess;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		dro_guess_init(&guess, rows[i].word);
		dro_guess_try(&guess, "policies");
		dro_guess_try(&guess, "clients");
		dro_guess_try(&guess, "sp");
		assert_string_equal(
		    dro_guess_text(&guess, arena), rows[i].text);
	}
	dro_arena_destroy(arena);
}

/* Domains that say nothing of their own have the very same settings. */
static void
the_silent_share(void **state)
{
	struct reading t;

	(void)state;
	read_good(&t,
	    "version: 1\n"
	    "clients:\n"
	    "  a:\n"
	    "    target: reject\n"
	    "    domains:\n"
	    "      a.example: {}\n"
	    "      b.example: {target: quarantine}\n"
	    "      c.example: ~\n"
	    "  b: {domains: {d.example: {}}}\n");
	assert_ptr_equal(of(&t, "a.example"), of(&t, "c.example"));
	assert_int_equal(of(&t, "a.example")->target, DRO_REJECT);
	assert_int_equal(of(&t, "b.example")->target, DRO_QUARANTINE);
	assert_ptr_not_equal(of(&t, "a.example"), of(&t, "d.example"));
	finish(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_said),
	    cmocka_unit_test(the_silent_share),
	    cmocka_unit_test(everything_said),
	    cmocka_unit_test(nearest_wins),
	    cmocka_unit_test(expired_exception),
	    cmocka_unit_test(ladders_and_hops),
	    cmocka_unit_test(look_up),
	    cmocka_unit_test(suggestions),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
