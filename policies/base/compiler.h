#ifndef DRO_BASE_COMPILER_H
#define DRO_BASE_COMPILER_H

/* The only place that names compiler attributes and overflow built-ins. */

#define DRO_MUST_CHECK __attribute__((warn_unused_result))
#define DRO_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define DRO_UNUSED __attribute__((unused))
#define DRO_NORETURN __attribute__((noreturn))

/* True when the exact result does not fit; ${out} then holds it wrapped. */
#define dro_add_overflow(a, b, out) __builtin_add_overflow((a), (b), (out))
#define dro_mul_overflow(a, b, out) __builtin_mul_overflow((a), (b), (out))

/* Address Sanitizer needs more address space and system calls than we do. */
#if defined(__SANITIZE_ADDRESS__)
#define DRO_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DRO_ASAN 1
#endif
#endif

#define DRO_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif /* !DRO_BASE_COMPILER_H */
