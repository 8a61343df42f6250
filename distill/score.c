/* score.c - everything is a count of (tp, predicted, gold); what differs is the walk that counts. */
#include "distill/score.h"

#include <stdlib.h>
#include <string.h>

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

static void add(kd_counts *to, int at, kd_counts more)
{
    if (to == NULL) return;
    to[at].tp += more.tp;
    to[at].predicted += more.predicted;
    to[at].gold += more.gold;
}

/* One thing of each side that may be the same: types or labels, `none` where there is none. */
static kd_counts compare(kd_counts *by_type, int gold, int predicted, int none)
{
    kd_counts found = { gold == predicted && gold != none, predicted != none, gold != none };

    if (predicted != none) add(by_type, predicted, (kd_counts){ found.tp, 1, 0 });
    if (gold != none) add(by_type, gold, (kd_counts){ 0, 0, 1 });
    return found;
}

/* ---- spans ---- */

/* Both walks go from left to right, so equal spans meet: at each step the one that begins
 * first is counted, and two that begin together are compared. */
static kd_counts score_sentence(kd_spans gold_walk, kd_spans predicted_walk, kd_counts *by_type)
{
    kd_counts total = { 0, 0, 0 };
    kd_span   gold, predicted;
    bool      has_gold = kd_spans_next(&gold_walk, &gold);
    bool      has_predicted = kd_spans_next(&predicted_walk, &predicted);

    while (has_gold || has_predicted) {
        bool takes_gold = has_gold && (!has_predicted || gold.first <= predicted.first);
        bool takes_predicted = has_predicted && (!has_gold || predicted.first <= gold.first);
        bool is_same = takes_gold && takes_predicted && gold.last == predicted.last &&
                       gold.type == predicted.type;
        kd_counts found = { is_same, takes_predicted, takes_gold };

        add(&total, 0, found);
        if (takes_gold) add(by_type, gold.type, (kd_counts){ is_same, 0, 1 });
        if (takes_predicted) add(by_type, predicted.type, (kd_counts){ 0, 1, 0 });
        if (takes_gold) has_gold = kd_spans_next(&gold_walk, &gold);
        if (takes_predicted) has_predicted = kd_spans_next(&predicted_walk, &predicted);
    }
    return total;
}

kd_counts kd_score_spans(const kd_labels *labels, kd_reading reading, const int16_t *gold,
                         const int16_t *predicted, const int32_t *begin, int sentences,
                         kd_detail detail)
{
    kd_counts total = { 0, 0, 0 };

    for (int s = 0; s < sentences; s++) {
        int       first = begin[s], length = begin[s + 1] - begin[s];
        kd_counts found =
            score_sentence(kd_spans_of(labels, reading, gold + first, length),
                           kd_spans_of(labels, reading, predicted + first, length), detail.by_type);

        add(&total, 0, found);
        add(detail.by_sentence, s, found);
    }
    return total;
}

/* ---- tags, classes ---- */

kd_counts kd_score_tags(const kd_labels *labels, const int16_t *gold, const int16_t *predicted,
                        const int32_t *begin, int sentences, kd_detail detail)
{
    const kd_tag *tags = kd_labels_tags(labels);
    kd_counts     total = { 0, 0, 0 };

    for (int s = 0; s < sentences; s++)
        for (int i = begin[s]; i < begin[s + 1]; i++) {
            int       g = kd_tag_of(tags, gold[i]).part == KD_PART_O ? -1 : gold[i];
            int       p = kd_tag_of(tags, predicted[i]).part == KD_PART_O ? -1 : predicted[i];
            kd_counts found = compare(detail.by_type, g, p, -1);

            add(&total, 0, found);
            add(detail.by_sentence, s, found);
        }
    return total;
}

kd_counts kd_score_classes(const kd_labels *labels, bool are_relations, const int32_t *gold,
                           const int32_t *predicted, int rows, kd_detail detail)
{
    int       count = kd_labels_count(labels);
    bool     *is_positive = kd_alloc((size_t)count, sizeof *is_positive);
    kd_counts total = { 0, 0, 0 };

    for (int c = 0; c < count; c++)
        is_positive[c] = !are_relations || kd_relation_is_positive(kd_labels_name(labels, c));
    for (int row = 0; row < rows; row++) {
        int       g = is_positive[gold[row]] ? gold[row] : -1;
        int       p = is_positive[predicted[row]] ? predicted[row] : -1;
        kd_counts found = compare(detail.by_type, g, p, -1);

        add(&total, 0, found);
        add(detail.by_sentence, row, found);
    }
    free(is_positive);
    return total;
}

double kd_score_tag_accuracy(const int16_t *gold, const int16_t *predicted, int count)
{
    int right = 0;

    for (int i = 0; i < count; i++) right += gold[i] == predicted[i];
    return ratio(right, count);
}

double kd_score_class_accuracy(const int32_t *gold, const int32_t *predicted, int count)
{
    int right = 0;

    for (int i = 0; i < count; i++) right += gold[i] == predicted[i];
    return ratio(right, count);
}

/* ---- documents ---- */

typedef struct {
    uint32_t gold, predicted;
    bool     is_met; /* numbers may have holes */
} document;

static kd_counts score_document(const document *d, kd_counts *by_type)
{
    for (int k = 0; by_type != NULL && k < 32; k++) {
        int g = d->gold >> k & 1, p = d->predicted >> k & 1;

        if (g || p) add(by_type, k, (kd_counts){ g & p, p, g });
    }
    return (kd_counts){ __builtin_popcount(d->gold & d->predicted),
                        __builtin_popcount(d->predicted), __builtin_popcount(d->gold) };
}

kd_prf kd_score_documents(const int32_t *gold, const int32_t *predicted, const int32_t *documents,
                          int rows, kd_detail detail)
{
    double    precision = 0, recall = 0, met = 0;
    int       count = rows;
    document *joined;

    for (int row = 0; documents != NULL && row < rows; row++)
        if (documents[row] >= count) count = documents[row] + 1;
    joined = kd_alloc((size_t)count + 1, sizeof *joined);
    for (int row = 0; row < rows; row++) {
        document *d = &joined[documents != NULL ? documents[row] : row];

        d->gold |= (uint32_t)gold[row];
        d->predicted |= (uint32_t)predicted[row];
        d->is_met = true;
    }
    for (int i = 0; i < count; i++) {
        kd_counts found = score_document(&joined[i], detail.by_type);
        bool      has_nothing = found.gold == 0 && found.predicted == 0;

        if (!joined[i].is_met) continue;
        met++;
        precision += has_nothing ? 1 : ratio(found.tp, found.predicted);
        recall += has_nothing ? 1 : ratio(found.tp, found.gold);
        add(detail.by_sentence, i, found);
    }
    free(joined);
    precision = ratio(precision, met);
    recall = ratio(recall, met);
    return (kd_prf){ precision, recall, ratio(2 * precision * recall, precision + recall) };
}
