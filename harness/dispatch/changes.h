/* changes.h - what a store has of a study that the study does not ask for any more, and why.
 *
 *     objects that runs of this study made  -  nodes of the study as it is now  =  what changed
 *
 * Ids see to it that nothing old is mixed with what is new: an edited setting, a file with other
 * contents and another version of the settings all give other ids. This says so in words.
 */
#ifndef KD_DISPATCH_CHANGES_H
#define KD_DISPATCH_CHANGES_H

#include "harness/base/status.h"
#include "harness/base/str.h"
#include "harness/config/resolved.h"
#include "harness/plan/plan.h"
#include "harness/store/store.h"

/* Add a line about what earlier runs of the study `name` left that `plan` has no node for, with
 * the nearest pair and what tells it apart; nothing when there is none. Damage is passed over. */
kd_status kd_changes_describe(kd_str *out, const kd_store *store, kd_plan *plan, const char *name,
                              kd_error *err);

/* Add how `now` differs from `before`: "train.lr was 0.1 and is 0.2, a.tsv has other contents". The
 * answer is how many settings and files do. Inputs count as none: they are nodes of their own. */
size_t kd_changes_compare(kd_str *out, const kd_resolved *before, const kd_resolved *now);

#endif
