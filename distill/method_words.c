/* method_words.c - the words of choices that several methods have. */
#include "distill/method_internal.h"

const kd_choice kd_teacher_modes[] = { { "eval", KD_TEACHER_EVAL },
                                       { "train", KD_TEACHER_TRAIN },
                                       KD_CHOICE_END };

const kd_choice kd_maps_places[] = { { "before", KD_MAPS_BEFORE },
                                     { "after", KD_MAPS_AFTER },
                                     KD_CHOICE_END };

const kd_choice kd_soft_rows_words[] = { { "labelled", KD_ROWS_LABELLED },
                                         { "all", KD_ROWS_ALL },
                                         KD_CHOICE_END };
