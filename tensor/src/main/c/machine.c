#include <stdint.h>
#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

/* Which instruction sets this processor and its system offer: bit i for the i-th of InstructionSet in Java. */
__attribute__((visibility("default"))) void any_instruction_sets(int64_t *to, int64_t a, int64_t b, int64_t c) {
    (void)a, (void)b, (void)c;
#if defined(__x86_64__)
    __builtin_cpu_init();
    int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") &&
               __builtin_cpu_supports("bmi2");
    int avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                 __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                 __builtin_cpu_supports("avx512vnni");
    int avxvnni = __builtin_cpu_supports("avxvnni") != 0;
    *to = (avx2 && avx512) | (avx2 && avxvnni) << 1 | avx2 << 2;
#elif defined(__linux__)
    *to = (getauxval(AT_HWCAP) >> 20 & 1) << 3; /* HWCAP_ASIMDDP, products of bytes */
#else
    *to = 1 << 3; /* all of Apple's have them */
#endif
}
