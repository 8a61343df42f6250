/* tags.c - schemes, the walk that finds spans in tags, and tags written again in another scheme. */
#include "models/text/tags.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "harness/base/map.h"
#include "harness/base/vec.h"

static const char *const scheme_names[] = { "none", "IOB1", "IOB2", "IOBES" };
static const char        part_letters[] = "OBIES";

struct kd_labels {
    kd_map   *names; /* label -> id; its index is the id */
    kd_map   *types; /* type -> first id; its index is the type */
    kd_scheme scheme;
    int       outside;
    KD_VEC(kd_tag) tags; /* (K) */
};

const char *kd_scheme_name(kd_scheme scheme)
{
    return scheme_names[scheme];
}

bool kd_scheme_parse(kd_scheme *out, const char *name)
{
    for (kd_scheme scheme = KD_SCHEME_NONE; scheme <= KD_SCHEME_IOBES; scheme++)
        if (strcasecmp(name, scheme_names[scheme]) == 0) {
            *out = scheme;
            return true;
        }
    return false;
}

bool kd_tag_parse(const char *text, size_t length, kd_part *part, const char **type,
                  size_t *type_length)
{
    *type = text + length;
    *type_length = 0;
    if (length == 0) return false;
    switch (text[0]) {
    case 'O':
        *part = KD_PART_O;
        return length == 1;
    case 'B':
        *part = KD_PART_B;
        break;
    case 'I':
        *part = KD_PART_I;
        break;
    case 'E':
        *part = KD_PART_E;
        break;
    case 'S':
        *part = KD_PART_S;
        break;
    default:
        return false;
    }
    if (length == 1) return true;
    *type = text + 2;
    *type_length = length - 2;
    return text[1] == '-' && length > 2;
}

/* ---- the table ---- */

kd_labels *kd_labels_create(void)
{
    kd_labels *labels = kd_alloc(1, sizeof *labels);

    labels->names = kd_map_create();
    labels->types = kd_map_create();
    labels->outside = -1;
    return labels;
}

static int add_label(kd_labels *labels, const char *name, kd_part part, int type)
{
    int id = (int)labels->tags.count;

    KD_CHECK(id < INT16_MAX, "labels: more than %d", INT16_MAX);
    KD_CHECK(kd_map_get(labels->names, name) == NULL, "labels: '%s' is there already", name);
    kd_map_put_number(labels->names, name, id);
    kd_vec_push(&labels->tags, (kd_tag){ (uint8_t)part, (int16_t)type });
    return id;
}

int kd_labels_add_class(kd_labels *labels, const char *name, size_t length)
{
    int   id = kd_labels_find(labels, name, length);
    char *copy;

    if (id >= 0) return id;
    copy = kd_strndup(name, length);
    id = add_label(labels, copy, KD_PART_O, -1);
    if (strcmp(copy, "O") == 0) labels->outside = id;
    free(copy);
    return id;
}

static void add_parts(kd_labels *labels, const char *type, int index)
{
    kd_part last = labels->scheme == KD_SCHEME_IOBES ? KD_PART_S : KD_PART_I;

    for (kd_part part = KD_PART_B; part <= last; part++) {
        char *name = kd_sprintf("%c%s%s", part_letters[part], *type ? "-" : "", type);

        add_label(labels, name, part, index);
        free(name);
    }
}

int kd_labels_add_type(kd_labels *labels, kd_scheme scheme, const char *type, size_t length)
{
    int   index = kd_labels_find_type(labels, type, length);
    char *copy;

    if (index >= 0) return index;
    KD_CHECK(scheme != KD_SCHEME_NONE, "labels: a type needs a scheme");
    KD_CHECK(labels->scheme == KD_SCHEME_NONE || labels->scheme == scheme, "labels: %s after %s",
             kd_scheme_name(scheme), kd_scheme_name(labels->scheme));
    labels->scheme = scheme;
    kd_labels_add_class(labels, "O", 1);
    copy = kd_strndup(type, length);
    index = (int)kd_map_put_number(labels->types, copy, (int64_t)labels->tags.count);
    add_parts(labels, copy, index);
    free(copy);
    return index;
}

int kd_labels_count(const kd_labels *labels)
{
    return (int)labels->tags.count;
}

const char *kd_labels_name(const kd_labels *labels, int id)
{
    KD_CHECK(id >= 0 && id < kd_labels_count(labels), "labels: no label %d", id);
    return kd_map_key(labels->names, (size_t)id);
}

int kd_labels_find(const kd_labels *labels, const char *name, size_t length)
{
    const kd_map_value *value = kd_map_get_n(labels->names, name, length);

    return value != NULL ? (int)value->number : -1;
}

kd_scheme kd_labels_scheme(const kd_labels *labels)
{
    return labels->scheme;
}

const kd_tag *kd_labels_tags(const kd_labels *labels)
{
    return labels->tags.items;
}

int kd_labels_outside(const kd_labels *labels)
{
    return labels->outside;
}

int kd_labels_types(const kd_labels *labels)
{
    return (int)kd_map_count(labels->types);
}

const char *kd_labels_type(const kd_labels *labels, int type)
{
    KD_CHECK(type >= 0 && type < kd_labels_types(labels), "labels: no type %d", type);
    return kd_map_key(labels->types, (size_t)type);
}

int kd_labels_find_type(const kd_labels *labels, const char *type, size_t length)
{
    const kd_map_value *value = kd_map_get_n(labels->types, type, length);

    if (value == NULL) return -1;
    return labels->tags.items[value->number].type;
}

int kd_labels_tag_id(const kd_labels *labels, kd_part part, int type)
{
    if (part == KD_PART_O) return labels->outside;
    if (type < 0 || type >= kd_labels_types(labels)) return -1;
    if (part > KD_PART_I && labels->scheme != KD_SCHEME_IOBES) return -1;
    return (int)kd_map_at(labels->types, (size_t)type)->number + (part - KD_PART_B);
}

void kd_labels_destroy(kd_labels *labels)
{
    if (labels == NULL) return;
    kd_map_destroy(labels->names);
    kd_map_destroy(labels->types);
    kd_vec_fini(&labels->tags);
    free(labels);
}

/* ---- sequences ---- */

static bool is_open(kd_tag tag)
{
    return tag.part == KD_PART_B || tag.part == KD_PART_I;
}

bool kd_tags_may_follow(kd_scheme scheme, kd_tag last, kd_tag next)
{
    bool goes_on = is_open(last) && last.type == next.type;

    switch (scheme) {
    case KD_SCHEME_NONE:
        return true;
    case KD_SCHEME_IOB1:
        return next.part != KD_PART_B || goes_on;
    case KD_SCHEME_IOB2:
        return next.part != KD_PART_I || goes_on;
    case KD_SCHEME_IOBES:
        break;
    }
    if (next.part == KD_PART_I || next.part == KD_PART_E) return goes_on;
    return !is_open(last);
}

int kd_tags_invalid(const kd_labels *labels, const int16_t *ids, int length)
{
    const kd_tag *tags = kd_labels_tags(labels);
    kd_scheme     scheme = kd_labels_scheme(labels);
    kd_tag        last = kd_tag_of(tags, -1);
    int           count = 0;

    for (int i = 0; i < length; i++) {
        kd_tag next = kd_tag_of(tags, ids[i]);

        count += !kd_tags_may_follow(scheme, last, next);
        last = next;
    }
    return count + !kd_tags_may_follow(scheme, last, kd_tag_of(tags, -1));
}

kd_spans kd_spans_of(const kd_labels *labels, kd_reading reading, const int16_t *ids, int length)
{
    kd_spans walk = { kd_labels_tags(labels), ids, 0, length, kd_labels_scheme(labels), reading };

    return walk;
}

static kd_tag tag_at(const kd_spans *walk, int i)
{
    return kd_tag_of(walk->tags, walk->ids[i]);
}

static bool is_at(const kd_spans *walk, int i, kd_part part, int type)
{
    return i < walk->length && tag_at(walk, i).part == part && tag_at(walk, i).type == type;
}

/* Only well-formed spans. One that breaks off is skipped up to the tag that broke it. */
static bool next_strict(kd_spans *walk, kd_span *out)
{
    bool needs_end = walk->scheme == KD_SCHEME_IOBES;

    while (walk->at < walk->length) {
        int    first = walk->at++;
        kd_tag tag = tag_at(walk, first);

        if (tag.part != KD_PART_B && tag.part != KD_PART_S) continue;
        if (tag.part == KD_PART_B) {
            while (is_at(walk, walk->at, KD_PART_I, tag.type)) walk->at++;
            if (needs_end && !is_at(walk, walk->at, KD_PART_E, tag.type)) continue;
            walk->at += needs_end;
        }
        *out = (kd_span){ first, walk->at - 1, tag.type };
        return true;
    }
    return false;
}

/* Every tag but O is in a span. With `may_reopen` E and S close theirs (seqeval). */
static bool next_lenient(kd_spans *walk, kd_span *out, bool may_reopen)
{
    kd_tag tag = { KD_PART_O, -1 };
    int    i;

    while (walk->at < walk->length && (tag = tag_at(walk, walk->at)).part == KD_PART_O) walk->at++;
    if (walk->at >= walk->length) return false;
    *out = (kd_span){ walk->at, walk->at, tag.type };
    for (i = walk->at + 1; i < walk->length; i++) {
        kd_tag next = tag_at(walk, i);

        if (may_reopen && (tag.part == KD_PART_E || tag.part == KD_PART_S)) break;
        if (next.part != KD_PART_I && next.part != KD_PART_E) break;
        if (next.type != tag.type) break;
        tag = next;
    }
    out->last = i - 1;
    walk->at = i;
    return true;
}

bool kd_spans_next(kd_spans *walk, kd_span *out)
{
    /* IOB1 forbids nothing that would leave a span in doubt, so it has no strict reading. */
    if (walk->reading == KD_READ_STRICT && walk->scheme != KD_SCHEME_IOB1)
        return next_strict(walk, out);
    return next_lenient(walk, out, walk->reading == KD_READ_SEQEVAL);
}

/* ---- writing ---- */

static kd_part first_part(const kd_labels *labels, kd_span span, const int16_t *ids)
{
    kd_tag last;

    if (labels->scheme == KD_SCHEME_IOBES && span.first == span.last) return KD_PART_S;
    if (labels->scheme != KD_SCHEME_IOB1) return KD_PART_B;
    if (span.first == 0) return KD_PART_I;
    last = kd_tag_of(labels->tags.items, ids[span.first - 1]);
    return is_open(last) && last.type == span.type ? KD_PART_B : KD_PART_I;
}

void kd_tags_write_span(const kd_labels *labels, kd_span span, int16_t *ids)
{
    kd_part last = labels->scheme == KD_SCHEME_IOBES ? KD_PART_E : KD_PART_I;

    ids[span.first] = (int16_t)kd_labels_tag_id(labels, first_part(labels, span, ids), span.type);
    for (int i = span.first + 1; i < span.last; i++)
        ids[i] = (int16_t)kd_labels_tag_id(labels, KD_PART_I, span.type);
    if (span.last > span.first) ids[span.last] = (int16_t)kd_labels_tag_id(labels, last, span.type);
}

void kd_tags_convert(const kd_labels *to, int16_t *out, const kd_labels *from, const int16_t *ids,
                     int length)
{
    kd_spans walk = kd_spans_of(from, KD_READ_CONLLEVAL, ids, length);
    kd_span  span;

    for (int i = 0; i < length; i++) out[i] = (int16_t)to->outside;
    while (kd_spans_next(&walk, &span)) {
        const char *type = kd_labels_type(from, span.type);

        span.type = kd_labels_find_type(to, type, strlen(type));
        KD_CHECK(span.type >= 0, "tags: type '%s' is unknown where it is converted to", type);
        kd_tags_write_span(to, span, out);
    }
}
