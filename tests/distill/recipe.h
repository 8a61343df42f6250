/* recipe.h - a method and its settings, for tests that put some of them. */
#ifndef KD_TESTS_DISTILL_RECIPE_H
#define KD_TESTS_DISTILL_RECIPE_H

#include "distill/method.h"
#include "tests/support/support.h"

typedef struct {
    const kd_method   *method;
    kd_distill_options options;
} recipe;

/* The method's setting, as an experiment file puts it; nothing for no key. */
static inline void put(recipe *r, const char *key, const char *value)
{
    kd_error err;
    if (!key) return;
    const kd_setting *row = kd_setting_find(r->method->settings, key);
    if (!row) fail_msg("%s has no setting %s", r->method->name, key);
    assert_ok(kd_setting_put(row, &r->options, value, &err), &err);
}

/* The method with its defaults, but for label smoothing, which there is none of. */
static inline void set_method(recipe *r, const char *name)
{
    r->method = kd_method_find(name);
    kd_distill_defaults(&r->options, r->method);
    if (kd_setting_find(r->method->settings, "smoothing")) put(r, "smoothing", "0");
}

#endif
