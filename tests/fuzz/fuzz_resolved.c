/* The text of a cell from any bytes: refused with a line, or printed as it was read. As they are they hardly
 * ever give the id that they name, so they are read a second time under the one they have. */
#include <stdio.h>
#include <string.h>

#include "harness/config/resolved.h"
#include "tests/fuzz/fuzz.h"

const char *const kd_fuzz_seeds[] = {
    "kdgrid-cell 1\nnode model\nid 00000000000000000000000000000001\nset student.hidden = 8\n",
    "kdgrid-cell 1\nnode corpus\nid 00000000000000000000000000000001\n"
    "file vocab 00000000000000000000000000000002 a/vocab.txt\ntell teacher.layers = 4\n",
    "kdgrid-cell 1\nnode targets\nid 00000000000000000000000000000001\n"
    "input corpus 00000000000000000000000000000003\nset a = \n",
    "",
};

static void check_round(const kd_resolved *node, kd_arena *arena)
{
    kd_str      text = KD_STR_INIT, again = KD_STR_INIT;
    kd_resolved second;
    kd_error    err;
    kd_resolved_print(node, &text);
    KD_CHECK(kd_resolved_parse(&second, arena, text.text, "second", &err) == KD_OK, "%s", err.text);
    kd_resolved_print(&second, &again);
    KD_CHECK(strcmp(text.text, again.text) == 0, "another text:\n%s\n%s", text.text, again.text);
    kd_str_fini(&text);
    kd_str_fini(&again);
}

/* The id that a refusal names, put where the text has another. */
static bool mend(char *text, const char *refusal)
{
    const char *right = strstr(refusal, "give the id ");
    char       *place = strstr(text, "\nid ");
    if (!right || !place || strlen(place) < 36) return false;
    memcpy(place + 4, right + strlen("give the id "), 32);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kd_arena   *arena = kd_arena_create(0);
    char       *text = kd_arena_strndup(arena, (const char *)data, size);
    kd_resolved node;
    kd_error    err;
    kd_status   status = kd_resolved_parse(&node, arena, text, "cell", &err);
    if (status != KD_OK && mend(text, err.text))
        status = kd_resolved_parse(&node, arena, text, "cell", &err);
    if (status == KD_OK) check_round(&node, arena);
    kd_arena_destroy(arena);
    return 0;
}
