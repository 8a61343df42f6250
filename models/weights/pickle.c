/* pickle.c - a stack machine of the opcodes that protocol 2 uses for a state_dict.
 *
 * Values live in the arena and are never changed but for dictionaries, which grow at their end.
 * Nothing walks a value recursively, so depth costs nothing. */
#include "models/weights/pickle.h"

#include <stdio.h>
#include <string.h>

#include "harness/base/vec.h"

typedef struct value value;
typedef struct item  item;

struct item {
    const value *key, *value;
    item        *next;
};

struct value {
    enum { NOTHING, MARK, INT, TEXT, TUPLE, DICT, GLOBAL, STORAGE, TENSOR } kind;
    int         global; /* GLOBAL: place in the table; STORAGE: its type */
    int64_t     number; /* INT; elements of a STORAGE; count of a TUPLE */
    const char *text;   /* TEXT; key of a STORAGE */
    union {
        const value **items; /* TUPLE */
        kd_pickled   *tensor;
        struct {
            item *first, *last;
        } dict;
    };
};

typedef struct {
    const char *bytes;
    size_t      length, at;
    kd_arena   *arena;
    KD_VEC(value *) stack;
    KD_VEC(value *) memo;
    bool      is_done;
    kd_status status;
    kd_error *err;
} machine;

enum { ORDERED_DICT = KD_DTYPE_COUNT, REBUILD_TENSOR, REBUILD_PARAMETER, GLOBAL_COUNT };

/* ---- failing, reading, the stack: after a failure everything gives harmless values ---- */

static void refuse(machine *m, const char *why)
{
    if (m->status == KD_OK)
        m->status = kd_fail(m->err, KD_EDATA, "data.pkl: byte %zu: %s", m->at, why);
}

static const char *take(machine *m, size_t count)
{
    static const char nothing[8];
    if (count > m->length - m->at) {
        refuse(m, "the pickle is cut short");
        return nothing;
    }
    m->at += count;
    return m->bytes + m->at - count;
}

static uint32_t take_number(machine *m, size_t bytes)
{
    uint32_t number = 0;
    memcpy(&number, take(m, bytes), bytes); /* little-endian */
    return number;
}

/* Values that hold nothing, of which a pickle may have very many. */
static value *share(int kind)
{
    static value nothing = { .kind = NOTHING }, mark = { .kind = MARK };
    return kind == MARK ? &mark : &nothing;
}

static value *make(machine *m, int kind)
{
    value *v = kd_arena_zero(m->arena, 1, sizeof *v);
    v->kind = kind;
    return v;
}

static value *push(machine *m, value *v)
{
    kd_vec_push(&m->stack, v);
    return v;
}

static value *pop(machine *m)
{
    if (m->stack.count) return m->stack.items[--m->stack.count];
    refuse(m, "the stack is empty");
    return share(NOTHING);
}

/* The top, which must be of this kind. */
static value *top(machine *m, int kind)
{
    value *v = m->stack.count ? m->stack.items[m->stack.count - 1] : NULL;
    if (v && (int)v->kind == kind) return v;
    refuse(m, "a value is of the wrong kind");
    return make(m, kind);
}

/* Place behind the last mark. */
static size_t find_mark(machine *m)
{
    for (size_t i = m->stack.count; i > 0; i--)
        if (m->stack.items[i - 1]->kind == MARK) return i;
    refuse(m, "there is no mark");
    return m->stack.count;
}

static void cut(machine *m, size_t begin)
{
    if (m->status == KD_OK) m->stack.count = begin - 1; /* and the mark itself */
}

/* ---- building ---- */

static void push_int(machine *m, int64_t number)
{
    push(m, make(m, INT))->number = number;
}

static void push_text(machine *m, size_t length)
{
    const char *text = take(m, length);
    value      *v = make(m, TEXT);
    bool        is_whole = m->status == KD_OK && !memchr(text, 0, length);
    if (!is_whole) refuse(m, "a text holds a NUL");
    v->text = is_whole ? kd_arena_strndup(m->arena, text, length) : "";
    push(m, v);
}

static void push_tuple(machine *m, size_t begin)
{
    value *v = make(m, TUPLE);
    if (begin > m->stack.count) {
        refuse(m, "the stack is too short for a tuple");
        return;
    }
    size_t count = m->stack.count - begin;
    v->number = (int64_t)count;
    v->items = kd_arena_alloc(m->arena, count + 1, sizeof *v->items);
    for (size_t i = 0; i < count; i++) v->items[i] = m->stack.items[begin + i];
    m->stack.count = begin;
    push(m, v);
}

static void push_short_tuple(machine *m, size_t count)
{
    if (count > m->stack.count)
        refuse(m, "the stack is too short for a tuple");
    else
        push_tuple(m, m->stack.count - count);
}

static void push_marked_tuple(machine *m)
{
    size_t begin = find_mark(m);
    if (m->status != KD_OK) return;
    push_tuple(m, begin);
    value *tuple = pop(m);
    pop(m); /* the mark */
    push(m, tuple);
}

static void add_item(machine *m, value *to, const value *key, const value *v)
{
    item *i = kd_arena_alloc(m->arena, 1, sizeof *i);
    *i = (item){ key, v, NULL };
    if (to->dict.last)
        to->dict.last->next = i;
    else
        to->dict.first = i;
    to->dict.last = i;
}

static void set_items(machine *m, size_t begin, size_t end)
{
    if ((end - begin) % 2) refuse(m, "a key has no value");
    if (m->status != KD_OK) return;
    for (size_t i = begin; i < end; i += 2)
        add_item(m, top(m, DICT), m->stack.items[i], m->stack.items[i + 1]);
}

static void set_marked(machine *m)
{
    size_t begin = find_mark(m), end = m->stack.count;
    cut(m, begin);
    set_items(m, begin, end);
}

static void set_one(machine *m)
{
    pop(m);
    pop(m);
    if (m->status == KD_OK) set_items(m, m->stack.count, m->stack.count + 2);
}

/* ---- globals ---- */

static void push_global(machine *m)
{
    static const char *const others[] = { "collections\nOrderedDict\n",
                                          "torch._utils\n_rebuild_tensor_v2\n",
                                          "torch._utils\n_rebuild_parameter\n" };
    const char              *name = m->bytes + m->at;
    const char              *end = memchr(name, '\n', m->length - m->at);
    end = end ? memchr(end + 1, '\n', m->length - m->at - (size_t)(end + 1 - name)) : NULL;
    size_t length = end ? (size_t)(end + 1 - name) : 0;
    char   storage[64];
    for (int i = 0; length && i < GLOBAL_COUNT; i++) {
        if (i < KD_DTYPE_COUNT)
            snprintf(storage, sizeof storage, "torch\n%s\n", kd_dtype_storage((kd_dtype)i));
        const char *known = i < KD_DTYPE_COUNT ? storage : others[i - KD_DTYPE_COUNT];
        if (strlen(known) != length || memcmp(known, name, length) != 0) continue;
        take(m, length);
        push(m, make(m, GLOBAL))->global = i;
        return;
    }
    char *text = kd_arena_strndup(m->arena, name, length && length < 100 ? length - 1 : 0);
    for (char *c = text; *c; c++)
        if (*c < ' ' || *c > '~') *c = '.';
    m->status =
        kd_fail(m->err, KD_EDATA,
                "data.pkl: byte %zu: names the global '%s', which no tensor needs", m->at, text);
}

/* ("storage", kind, key, device, elements) */
static void push_storage(machine *m)
{
    value        *id = top(m, TUPLE);
    const value **part = id->items;
    if (id->number != 5 || part[1]->kind != GLOBAL || part[1]->global >= KD_DTYPE_COUNT ||
        part[2]->kind != TEXT || part[4]->kind != INT || part[4]->number < 0) {
        refuse(m, "expected the id of a storage");
        return;
    }
    pop(m);
    value *v = push(m, make(m, STORAGE));
    v->global = part[1]->global;
    v->text = part[2]->text;
    v->number = part[4]->number;
}

static bool read_sizes(const value *tuple, int64_t *out)
{
    if (tuple->kind != TUPLE || tuple->number > KD_WEIGHT_RANK_MAX) return false;
    for (int64_t i = 0; i < tuple->number; i++) {
        if (tuple->items[i]->kind != INT || tuple->items[i]->number < 0) return false;
        out[i] = tuple->items[i]->number;
    }
    return true;
}

/* _rebuild_tensor_v2(storage, offset, sizes, strides, ...) */
static value *rebuild_tensor(machine *m, const value *args)
{
    value        *v = make(m, TENSOR);
    const value **part = args->items;
    kd_pickled   *t = v->tensor = kd_arena_zero(m->arena, 1, sizeof *t);
    if (args->number < 4 || part[0]->kind != STORAGE || part[1]->kind != INT ||
        part[1]->number < 0 || !read_sizes(part[2], t->dim) || !read_sizes(part[3], t->stride) ||
        part[2]->number != part[3]->number) {
        refuse(m, "expected storage, offset, sizes and strides of a tensor");
        return v;
    }
    t->storage = part[0]->text;
    t->type = (kd_dtype)part[0]->global;
    t->elements = part[0]->number;
    t->offset = part[1]->number;
    t->rank = (int)part[2]->number;
    return v;
}

static void reduce(machine *m)
{
    const value *args = top(m, TUPLE);
    pop(m);
    const value *function = top(m, GLOBAL);
    pop(m);
    if (m->status != KD_OK) return;
    if (function->global == ORDERED_DICT && args->number == 0)
        push(m, make(m, DICT));
    else if (function->global == REBUILD_TENSOR)
        push(m, rebuild_tensor(m, args));
    else if (function->global == REBUILD_PARAMETER && args->number > 0 &&
             args->items[0]->kind == TENSOR)
        *push(m, make(m, TENSOR)) = *args->items[0];
    else
        refuse(m, "calls what is no function of a tensor");
}

/* ---- opcodes ---- */

static void put_memo(machine *m, uint32_t place)
{
    value *v = pop(m);
    push(m, v);
    if (place > m->memo.count)
        refuse(m, "the memo has a hole");
    else if (place == m->memo.count)
        kd_vec_push(&m->memo, v);
    else
        m->memo.items[place] = v;
}

static void get_memo(machine *m, uint32_t place)
{
    if (place < m->memo.count)
        push(m, m->memo.items[place]);
    else
        refuse(m, "the memo has no such place");
}

/* LONG1: up to eight bytes, little-endian, two's complement. */
static void push_long(machine *m)
{
    size_t  bytes = take_number(m, 1);
    int64_t number = 0;
    if (bytes > 8) {
        refuse(m, "a number has more than 64 bits");
        return;
    }
    const char *text = take(m, bytes);
    if (m->status != KD_OK) return;
    if (bytes && text[bytes - 1] < 0) number = -1;
    memcpy(&number, text, bytes);
    push_int(m, number);
}

static void step(machine *m)
{
    switch ((unsigned char)*take(m, 1)) {
    case 0x80: /* PROTO */
        if (take_number(m, 1) != 2) refuse(m, "is not of protocol 2");
        break;
    case '(':
        push(m, share(MARK));
        break;
    case 'N':
    case 0x88: /* NEWTRUE */
    case 0x89: /* NEWFALSE */
        push(m, share(NOTHING));
        break;
    case 'J':
        push_int(m, (int32_t)take_number(m, 4));
        break;
    case 'K':
        push_int(m, take_number(m, 1));
        break;
    case 'M':
        push_int(m, take_number(m, 2));
        break;
    case 0x8a:
        push_long(m);
        break;
    case 'X':
        push_text(m, take_number(m, 4));
        break;
    case ')':
        push_short_tuple(m, 0);
        break;
    case 0x85: /* TUPLE1 */
    case 0x86:
    case 0x87:
        push_short_tuple(m, (unsigned char)m->bytes[m->at - 1] - 0x84u);
        break;
    case 't':
        push_marked_tuple(m);
        break;
    case '}':
        push(m, make(m, DICT));
        break;
    case 's':
        set_one(m);
        break;
    case 'u':
        set_marked(m);
        break;
    case 'q':
        put_memo(m, take_number(m, 1));
        break;
    case 'r':
        put_memo(m, take_number(m, 4));
        break;
    case 'h':
        get_memo(m, take_number(m, 1));
        break;
    case 'j':
        get_memo(m, take_number(m, 4));
        break;
    case 'c':
        push_global(m);
        break;
    case 'Q':
        push_storage(m);
        break;
    case 'R':
        reduce(m);
        break;
    case 'b': /* BUILD: a state_dict's _metadata, which says nothing of tensors */
        pop(m);
        break;
    case '.':
        m->is_done = true;
        break;
    default:
        refuse(m, "an opcode that no state_dict needs");
    }
}

static void visit_all(machine *m, kd_pickle_visit visit, void *user)
{
    const value *root = top(m, DICT);
    for (const item *i = root->dict.first; i && m->status == KD_OK; i = i->next) {
        if (i->key->kind != TEXT || i->value->kind != TENSOR) {
            m->status = kd_fail(m->err, KD_EDATA, "%s: is no tensor",
                                i->key->kind == TEXT ? i->key->text : "a key without a name");
            return;
        }
        kd_pickled tensor = *i->value->tensor;
        tensor.name = i->key->text;
        m->status = visit(&tensor, user, m->err);
    }
}

kd_status kd_pickle_read(const char *bytes, size_t length, kd_arena *arena, kd_pickle_visit visit,
                         void *user, kd_error *err)
{
    machine m = { .bytes = bytes, .length = length, .arena = arena, .err = err };
    if (length > KD_PICKLE_MAX) refuse(&m, "the pickle is longer than that of any model");
    while (m.status == KD_OK && !m.is_done) step(&m);
    if (m.status == KD_OK) visit_all(&m, visit, user);
    kd_vec_fini(&m.stack);
    kd_vec_fini(&m.memo);
    return m.status;
}
