/* config_own.c - kd_arch_settings() as JSON. */
#include "models/weights/config_own.h"

void kd_config_print(const kd_json *value, kd_str *out)
{
    switch (kd_json_type_of(value)) {
    case KD_JSON_INT:
        kd_str_addf(out, "%lld", (long long)kd_json_to_int(value, 0));
        break;
    case KD_JSON_REAL:
        kd_str_addf(out, "%.17g", kd_json_to_real(value, 0));
        break;
    case KD_JSON_BOOL:
        kd_str_add(out, kd_json_to_bool(value, false) ? "true" : "false");
        break;
    case KD_JSON_TEXT:
        kd_str_add(out, kd_json_to_text(value, ""));
        break;
    case KD_JSON_NULL:
        kd_str_add(out, "null");
        break;
    case KD_JSON_ARRAY:
    case KD_JSON_OBJECT:
        break;
    }
}

/* A number in quotes is no number. */
static bool is_quoted_number(const kd_setting *row, const kd_json *value)
{
    return kd_json_type_of(value) == KD_JSON_TEXT && row->type != KD_SETTING_TEXT &&
           row->type != KD_SETTING_CHOICE;
}

kd_status kd_config_put(kd_arch *arch, const kd_setting *row, const kd_json *value, kd_error *err)
{
    kd_str       text = KD_STR_INIT;
    kd_json_type type = kd_json_type_of(value);
    if (type == KD_JSON_ARRAY || type == KD_JSON_OBJECT)
        return kd_fail(err, KD_EDATA, "expected one value, found several");
    if (is_quoted_number(row, value))
        kd_str_addf(&text, "'%s'", kd_json_to_text(value, ""));
    else
        kd_config_print(value, &text);
    kd_status status = kd_setting_put(row, arch, text.text, err);
    kd_str_fini(&text);
    return status == KD_ECONFIG ? KD_EDATA : status; /* the file's fault, not a study's */
}

kd_status kd_config_own_read(kd_arch *out, const kd_json *root, kd_error *err)
{
    kd_status status = KD_OK;
    for (const kd_setting *row = kd_arch_settings(); row->key && status == KD_OK; row++) {
        const kd_json *value = kd_json_get(root, row->key);
        if (value) status = kd_config_put(out, row, value, err);
        if (status != KD_OK) kd_while(err, status, "%s", row->key);
    }
    return status;
}

void kd_config_own_write(kd_json_writer *w, const kd_arch *arch)
{
    for (const kd_setting *row = kd_arch_settings(); row->key; row++) {
        if (!kd_setting_used_by(row, kd_arch_kind(arch)->name)) continue;
        kd_json_key(w, row->key);
        kd_arch_write(arch, row, w);
    }
}
