#include "distill/fits.h"

#include <string.h>

#include "tests/support/support.h"

static void test_says_what_fits_which(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "\n| `bilstm` | `ner` | `tags` | `none`, `logit-mse`, `soft-ce`, `kl`, `crf-posterior` |\n",
        "\n| `bilstm` | `re` | `class` | `none`, `logit-mse`, `soft-ce`, `kl`, `doktra` |\n",
        "\n| `roberta` | `hoc` | `multilabel` | `none`, `logit-mse`, `doktra` |\n",
    };
    kd_str text = KD_STR_INIT;

    kd_fits_print(&text);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strstr(text.text, rows[i])) fail_msg("no row%sin\n%s", rows[i], text.text);
    kd_str_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_says_what_fits_which) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
