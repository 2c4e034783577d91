/* What reading remembers: inputs, mailboxes, reporters and their proof. */
#include "fixture.h"

#include "inputs.h"

static const unsigned char hash_a[DRO_HASH_LEN] = {0xaa, 1},
			   hash_b[DRO_HASH_LEN] = {0xbb, 2};

static bool
is_known(struct world *w, const unsigned char *hash, enum dro_trust trust,
    int64_t reports)
{
	struct dro_known_input input;
	bool known;

	OK(dro_input_known(w->store, hash, trust, &input, &known, &w->err));
	assert_int_equal(input.reports, known ? reports : 0);
	return (known);
}

static void
test_input(void **state)
{
	struct world *w = *state;

	OK(open_writer(w, T0));
	assert_false(is_known(w, hash_a, DRO_TRUST_UNAUTHENTICATED, 0));
	OK(dro_input_note(w->store, hash_a, DRO_TRUST_KNOWN, 3, T0, &w->err));
	assert_true(is_known(w, hash_a, DRO_TRUST_UNAUTHENTICATED, 3));
	assert_true(is_known(w, hash_a, DRO_TRUST_KNOWN, 3));
	assert_false(is_known(w, hash_a, DRO_TRUST_TRUSTED, 3));
	assert_false(is_known(w, hash_b, DRO_TRUST_UNAUTHENTICATED, 0));
	/* Read again with more trust, and then with less: the most holds. */
	OK(dro_input_note(w->store, hash_a, DRO_TRUST_TRUSTED, 3, T0, &w->err));
	OK(dro_input_note(w->store, hash_a, DRO_TRUST_NEW, 3, T0, &w->err));
	assert_true(is_known(w, hash_a, DRO_TRUST_TRUSTED, 3));
	OK(dro_reports_flush(w->store, &w->err));
	close_store(w);
	OK(open_reader(w));
	assert_true(is_known(w, hash_a, DRO_TRUST_TRUSTED, 3));
}

static int
note_and_die(struct world *w)
{
	struct dro_report r = plain_report();
	enum dro_stored stored;

	if (open_writer(w, T0 + DAY) != DRO_OK ||
	    dro_reports_add(w->store, &r, T0 + DAY, &stored, &w->err) !=
		DRO_OK ||
	    dro_input_note(w->store, hash_a, DRO_TRUST_TRUSTED, 1, T0 + DAY,
		&w->err) != DRO_OK)
		return (1);
	return (0);
}

/* No input is known whose reports are not stored. */
static void
test_input_with_its_reports(void **state)
{
	struct world *w = *state;

	assert_int_equal(in_child(w, note_and_die), 0);
	OK(open_writer(w, T0 + DAY));
	assert_false(is_known(w, hash_a, DRO_TRUST_UNAUTHENTICATED, 0));
	assert_int_equal(raw_int(w, "SELECT count(*) FROM report"), 0);
}

static void
test_mailbox(void **state)
{
	const struct dro_mailbox first = {7, 120}, other = {9, 1},
				 renewed = {8, 2};
	struct dro_mailbox box = {1, 1};
	struct world *w = *state;

	OK(open_writer(w, T0));
	OK(dro_mailbox_load(w->store, "imap", &box, &w->err));
	assert_int_equal(box.uidvalidity, 0);
	assert_int_equal(box.uid, 0);
	OK(dro_mailbox_save(w->store, "imap", &first, T0, &w->err));
	OK(dro_mailbox_save(w->store, "second", &other, T0, &w->err));
	/* Saved is durable: no flush, no close in order. */
	assert_int_equal(raw_int(w, "SELECT count(*) FROM mailbox"), 2);
	OK(dro_mailbox_load(w->store, "imap", &box, &w->err));
	assert_int_equal(box.uidvalidity, 7);
	assert_int_equal(box.uid, 120);
	OK(dro_mailbox_save(w->store, "imap", &renewed, T0, &w->err));
	OK(dro_mailbox_load(w->store, "imap", &box, &w->err));
	assert_int_equal(box.uidvalidity, 8);
	assert_int_equal(box.uid, 2);
	OK(dro_mailbox_load(w->store, "second", &box, &w->err));
	assert_int_equal(box.uidvalidity, 9);
}

/* A report that mail.example sent, with a proof of ${auth}. */
static struct dro_report
mailed(const char *id, const char *domain, enum dro_auth auth,
    enum dro_trust trust)
{
	struct dro_report r = plain_report();

	r.reporter = "mail.example";
	r.report_id = id;
	r.domain = r.watched = domain;
	r.auth = auth;
	r.trust = trust;
	r.signer = "dmarc.mail.example";
	r.selector = "s2026";
	r.auth_note = "signature verified";
	return (r);
}

static enum dro_stored
add(struct world *w, const struct dro_report *r, int64_t now)
{
	enum dro_stored stored;

	OK(dro_reports_add(w->store, r, now, &stored, &w->err));
	return (stored);
}

static void
assert_past(struct world *w, int64_t first_at, int64_t reports, int64_t domains)
{
	struct dro_reporter_past past;

	OK(dro_reporter_past(w->store, "mail.example", &past, &w->err));
	assert_int_equal(past.first_at, first_at);
	assert_int_equal(past.reports, reports);
	assert_int_equal(past.domains, domains);
}

static void
test_past(void **state)
{
	struct world *w = *state;
	struct dro_report r;

	OK(open_writer(w, T0 + DAY));
	assert_past(w, 0, 0, 0);
	/* None of these proves anything. */
	r = mailed("1", "a.nl", DRO_AUTH_NONE, DRO_TRUST_TRUSTED);
	add(w, &r, T0 + DAY);
	r = mailed("2", "a.nl", DRO_AUTH_UNAUTHENTICATED, 0);
	add(w, &r, T0 + DAY);
	r = mailed("3", "a.nl", DRO_AUTH_UNVERIFIABLE, 0);
	add(w, &r, T0 + DAY);
	r = mailed("4", "a.nl", DRO_AUTH_INVALID, 0);
	add(w, &r, T0 + DAY);
	/* Ignored, whatever it proved; out of order. */
	r = mailed("5", "a.nl", DRO_AUTH_DKIM_ALIGNED, 0);
	add(w, &r, T0 + DAY);
	r = mailed("6", "a.nl", DRO_AUTH_DKIM_ALIGNED, DRO_TRUST_NEW);
	r.counts = false;
	add(w, &r, T0 + DAY);
	assert_past(w, 0, 0, 0);

	r = mailed("7", "a.nl", DRO_AUTH_DKIM_ALIGNED, DRO_TRUST_NEW);
	assert_int_equal(add(w, &r, T0 + 2 * DAY), DRO_STORED_NEW);
	assert_past(w, T0 + 2 * DAY, 1, 1);
	assert_int_equal(add(w, &r, T0 + 3 * DAY), DRO_STORED_DUPLICATE);
	assert_past(w, T0 + 2 * DAY, 1, 1);
	r = mailed("8", "a.nl", DRO_AUTH_AR_TRUSTED, DRO_TRUST_NEW);
	add(w, &r, T0 + 3 * DAY);
	r = mailed("9", "b.nl", DRO_AUTH_DKIM_ALIGNED, DRO_TRUST_KNOWN);
	add(w, &r, T0 + 3 * DAY);
	assert_past(w, T0 + 2 * DAY, 3, 2);
	/* A copy that anybody could have sent turns out to be its own. */
	r = mailed("4", "a.nl", DRO_AUTH_DKIM_ALIGNED, DRO_TRUST_NEW);
	assert_int_equal(add(w, &r, T0 + 4 * DAY), DRO_STORED_DUPLICATE);
	assert_past(w, T0 + 2 * DAY, 4, 2);
}

static void
test_raise(void **state)
{
	struct world *w = *state;
	struct dro_evidence ev;
	struct dro_report r;

	OK(open_writer(w, T0 + DAY));
	r = mailed("1", "a.nl", DRO_AUTH_DKIM_ALIGNED, DRO_TRUST_NEW);
	add(w, &r, T0 + DAY);
	r = mailed("2", "a.nl", DRO_AUTH_AR_TRUSTED, DRO_TRUST_NEW);
	add(w, &r, T0 + DAY);
	/* `trust: new` of a source says nothing about a sender. */
	r = mailed("3", "a.nl", DRO_AUTH_NONE, DRO_TRUST_NEW);
	add(w, &r, T0 + DAY);
	r = mailed("4", "a.nl", DRO_AUTH_DKIM_ALIGNED, 0);
	add(w, &r, T0 + DAY);
	r = mailed("5", "a.nl", DRO_AUTH_DKIM_ALIGNED, DRO_TRUST_NEW);
	r.reporter = "other.example";
	add(w, &r, T0 + DAY);
	OK(dro_evidence_load(
	    w->store, "a.nl", DAY0, T0 + DAY, w->arena, &ev, &w->err));
	assert_int_equal(ev.n_seen, 0);
	OK(dro_reporter_raise(
	    w->store, "mail.example", DRO_TRUST_KNOWN, &w->err));
	OK(dro_reporter_raise(
	    w->store, "nobody.example", DRO_TRUST_KNOWN, &w->err));
	OK(dro_reports_flush(w->store, &w->err));
	OK(dro_evidence_load(
	    w->store, "a.nl", DAY0, T0 + DAY, w->arena, &ev, &w->err));
	assert_int_equal(ev.n_seen, 2);
	assert_int_equal(raw_int(w,
			     "SELECT group_concat(report_id, '') FROM (SELECT"
			     " report_id FROM report WHERE trust = 2"
			     " ORDER BY report_id)"),
	    12);
}

static enum dro_code
check_proof(void *arg, const struct dro_report *r, struct dro_err *err)
{
	const struct dro_report *wanted = arg;

	(void)err;
	assert_int_equal(r->auth, wanted->auth);
	if (wanted->signer == NULL) {
		assert_null(r->signer);
		assert_null(r->selector);
		assert_null(r->auth_note);
	} else {
		assert_string_equal(r->signer, wanted->signer);
		assert_string_equal(r->selector, wanted->selector);
		assert_string_equal(r->auth_note, wanted->auth_note);
	}
	assert_int_equal(r->has_original, wanted->has_original);
	assert_memory_equal(r->original, wanted->original, 32);
	return (DRO_OK);
}

/* What a mail proved is listed; what proves more takes its place. */
static void
test_proof(void **state)
{
	struct world *w = *state;
	struct dro_report r = plain_report(), better;

	OK(open_writer(w, T0 + DAY));
	r.trust = DRO_TRUST_UNAUTHENTICATED;
	add(w, &r, T0 + DAY);
	OK(dro_reports_each(w->store, NULL, check_proof, &r, &w->err));
	better = mailed("r-1", "example.nl", DRO_AUTH_AR_TRUSTED, 2);
	better.reporter = r.reporter;
	better.has_original = true;
	memset(better.original, 0x5a, sizeof(better.original));
	assert_int_equal(add(w, &better, T0 + DAY), DRO_STORED_DUPLICATE);
	OK(dro_reports_each(w->store, NULL, check_proof, &better, &w->err));
	/* One that proves less changes nothing. */
	assert_int_equal(add(w, &r, T0 + DAY), DRO_STORED_DUPLICATE);
	OK(dro_reports_each(w->store, NULL, check_proof, &better, &w->err));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_input, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_input_with_its_reports, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_mailbox, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_past, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_raise, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(
		test_proof, world_setup, world_teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
