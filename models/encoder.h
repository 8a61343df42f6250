/* encoder.h - the settings that transformer encoders have in common, as a table for their kinds. */
#ifndef KD_MODELS_ENCODER_H
#define KD_MODELS_ENCODER_H

#include "models/model.h"

extern const kd_setting kd_encoder_settings[];

/* KD_ECONFIG when widths, heads and pooler do not fit together. */
kd_status kd_encoder_check(const kd_arch *arch, kd_error *err);

#endif
