/* The table of messages: sizes, sides, words. */
#include <string.h>

#include "harness/dispatch/message.h"
#include "harness/ledger/budget.h"
#include "tests/support/support.h"

static void test_takes_every_message_from_its_own_side(void **state)
{
    (void)state;
    kd_error err;
#define X(tag, sender, payload, meaning) \
    assert_ok(kd_message_check(KD_MSG_##tag, sizeof(payload), KD_SENDER_##sender, &err), &err);
    KD_MESSAGES(X)
#undef X
}

static void test_refuses_what_is_no_message(void **state)
{
    (void)state;
    static const struct {
        int         tag;
        size_t      length;
        kd_sender   sender;
        const char *words;
    } cases[] = {
        { 0, 0, KD_SENDER_WORKER, "no message has tag 0" },
        { KD_MSG_COUNT, 0, KD_SENDER_WORKER, "no message has tag" },
        { -1, 8, KD_SENDER_WORKER, "no message has tag -1" },
        { KD_MSG_RESULT, sizeof(kd_msg_result) - 1, KD_SENDER_WORKER, "RESULT has" },
        { KD_MSG_ASSIGN, sizeof(kd_assignment), KD_SENDER_WORKER, "ASSIGN came from the side" },
        { KD_MSG_READY, sizeof(kd_msg_ready), KD_SENDER_COORDINATOR, "READY came from the side" },
    };
    kd_error err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_fails(KD_EBUG, cases[i].words,
                     kd_message_check(cases[i].tag, cases[i].length, cases[i].sender, &err), &err);
}

static void test_knows_the_sizes_of_its_messages(void **state)
{
    (void)state;
    assert_int_equal(kd_message_size(KD_MSG_STOP), sizeof(kd_msg_stop));
}

static void test_never_loops_over_bad_data_and_divergence(void **state)
{
    (void)state;
    static const struct {
        kd_status status;
        kd_cause  cause;
        kd_budget budget;
    } cases[] = {
        { KD_EDATA, KD_CAUSE_BAD, KD_BUDGET_ALL },
        { KD_ECONFIG, KD_CAUSE_BAD, KD_BUDGET_ALL },
        { KD_ENOINPUT, KD_CAUSE_BAD, KD_BUDGET_ALL },
        { KD_EUNAVAILABLE, KD_CAUSE_BAD, KD_BUDGET_ALL },
        { KD_EDIVERGED, KD_CAUSE_DIVERGED, KD_BUDGET_ALL },
        { KD_EIO, KD_CAUSE_SYSTEM, KD_BUDGET_GROUND },
        { KD_ECREATE, KD_CAUSE_SYSTEM, KD_BUDGET_GROUND },
        { KD_ESTOPPED, KD_CAUSE_STOPPED, KD_BUDGET_NONE },
        { KD_EBUG, KD_CAUSE_ABORT, KD_BUDGET_OWN },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(kd_cause_of_status(cases[i].status), cases[i].cause);
        assert_int_equal(kd_budget_of(cases[i].cause), cases[i].budget);
    }
    assert_int_equal(kd_budget_of(KD_CAUSE_LOST), KD_BUDGET_GROUND);
    assert_int_equal(kd_budget_of(KD_CAUSE_CRASH), KD_BUDGET_OWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_every_message_from_its_own_side),
        cmocka_unit_test(test_refuses_what_is_no_message),
        cmocka_unit_test(test_knows_the_sizes_of_its_messages),
        cmocka_unit_test(test_never_loops_over_bad_data_and_divergence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
