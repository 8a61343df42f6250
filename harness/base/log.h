/* log.h - lines for people on stderr, with who says them.
 *
 *     kdgrid: warning: worker 2: ncbi-bilstm-s3: disk is 95 % full
 *
 * The program sets its name and level once; a worker and a cell add their own name.
 * Lines may hold words from outside (names in files that others made); what would act on a terminal is
 * shown instead (kd_str_add_visible). Results never go through here: they belong to stdout.
 */
#ifndef KD_BASE_LOG_H
#define KD_BASE_LOG_H

typedef enum {
    KD_LOG_ERROR,
    KD_LOG_WARNING,
    KD_LOG_INFO, /* what the program is doing; the default shows it */
} kd_log_level;

/* Show lines up to `level`. Before this is called KDGRID_LOG decides, or KD_LOG_INFO. */
void kd_log_set_level(kd_log_level level);

/* Put `who` (copied, at most 63 bytes; "" for none) before every line of this process. */
void kd_log_set_name(const char *who);

__attribute__((format(printf, 1, 2))) void kd_log_error(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void kd_log_warning(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void kd_log_info(const char *fmt, ...);

/* A warning for each line of `lines`; blank ones are passed over. */
void kd_log_warnings(const char *lines);

#endif
