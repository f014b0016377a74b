/* CRC-32 and Adler-32 as PNG and zlib define them (https://www.w3.org/TR/png-3/, annex D; RFC 1950; read 2026-11-21). */
#include "kernel.h"

#include <string.h>

static uint32_t table[8][256];

void init_checksums(void) {
    for (uint32_t n = 0; n < 256; n++) {
        uint32_t crc = n;
        for (int k = 0; k < 8; k++) crc = crc & 1 ? 0xEDB88320u ^ (crc >> 1) : crc >> 1;
        table[0][n] = crc;
    }
    for (int t = 1; t < 8; t++)
        for (uint32_t n = 0; n < 256; n++) table[t][n] = table[0][table[t - 1][n] & 0xFF] ^ (table[t - 1][n] >> 8);
}

/* Eight bytes a step. `crc` is inverted, as between the beginning and the end of a checksum. */
static uint32_t crc_by_table(uint32_t crc, const uint8_t *bytes, size_t n) {
    for (; n >= 8; n -= 8, bytes += 8) {
        uint32_t low, high;
        memcpy(&low, bytes, 4);
        memcpy(&high, bytes + 4, 4);
        low ^= crc;
        crc = table[7][low & 0xFF] ^ table[6][(low >> 8) & 0xFF] ^ table[5][(low >> 16) & 0xFF] ^ table[4][low >> 24] ^
              table[3][high & 0xFF] ^ table[2][(high >> 8) & 0xFF] ^ table[1][(high >> 16) & 0xFF] ^ table[0][high >> 24];
    }
    while (n--) crc = table[0][(crc ^ *bytes++) & 0xFF] ^ (crc >> 8);
    return crc;
}

Cpu smallprint_cpu;

#if HAS_DISPATCH
#include <immintrin.h>

void look_at_cpu(void) {
    __builtin_cpu_init();
    smallprint_cpu.bmi2 = __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("bmi");
    smallprint_cpu.clmul = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
    smallprint_cpu.avx2 = __builtin_cpu_supports("avx2") != 0;
}

/* Folding by carry-less multiplication, 64 bytes a step. The constants are powers of x modulo the polynomial, bit-reflected: Gopal et al.,
   "Fast CRC computation for generic polynomials using PCLMULQDQ", Intel, 2009. */
__attribute__((target("pclmul,sse4.1"))) static uint32_t crc_by_folding(uint32_t crc, const uint8_t *bytes, size_t n) {
    const __m128i by_512 = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4), by_128 = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
    const __m128i low_32 = _mm_setr_epi32(-1, 0, -1, 0), barrett = _mm_set_epi64x(0x01f7011641, 0x01db710641);
    __m128i a[4], next;
    for (int i = 0; i < 4; i++) a[i] = _mm_loadu_si128((const __m128i *)bytes + i);
    a[0] = _mm_xor_si128(a[0], _mm_cvtsi32_si128((int)crc));
    for (bytes += 64, n -= 64; n >= 64; bytes += 64, n -= 64)
        for (int i = 0; i < 4; i++) {
            next = _mm_xor_si128(_mm_clmulepi64_si128(a[i], by_512, 0x00), _mm_clmulepi64_si128(a[i], by_512, 0x11));
            a[i] = _mm_xor_si128(next, _mm_loadu_si128((const __m128i *)bytes + i));
        }
    for (int i = 1; i < 4; i++) {
        next = _mm_xor_si128(_mm_clmulepi64_si128(a[0], by_128, 0x00), _mm_clmulepi64_si128(a[0], by_128, 0x11));
        a[0] = _mm_xor_si128(next, a[i]);
    }
    for (; n >= 16; bytes += 16, n -= 16) {
        next = _mm_xor_si128(_mm_clmulepi64_si128(a[0], by_128, 0x00), _mm_clmulepi64_si128(a[0], by_128, 0x11));
        a[0] = _mm_xor_si128(next, _mm_loadu_si128((const __m128i *)bytes));
    }
    /* 128 bits to 96, to 64, to 32. */
    a[0] = _mm_xor_si128(_mm_clmulepi64_si128(a[0], by_128, 0x10), _mm_srli_si128(a[0], 8));
    next = _mm_clmulepi64_si128(_mm_and_si128(a[0], low_32), _mm_set_epi64x(0, 0x0163cd6124), 0x00);
    a[0] = _mm_xor_si128(next, _mm_srli_si128(a[0], 4));
    next = _mm_clmulepi64_si128(_mm_and_si128(a[0], low_32), barrett, 0x10);
    next = _mm_clmulepi64_si128(_mm_and_si128(next, low_32), barrett, 0x00);
    crc = (uint32_t)_mm_extract_epi32(_mm_xor_si128(a[0], next), 1);
    return crc_by_table(crc, bytes, n);
}

#else
void look_at_cpu(void) {}

static uint32_t crc_by_folding(uint32_t crc, const uint8_t *bytes, size_t n) { return crc_by_table(crc, bytes, n); }
#endif

uint32_t crc32_of(uint32_t crc, const uint8_t *bytes, size_t n) {
    return ~(n >= 64 && smallprint_cpu.clmul ? crc_by_folding(~crc, bytes, n) : crc_by_table(~crc, bytes, n));
}

enum { MODULUS = 65521, BLOCK = 16, MOST = 5552 / BLOCK * BLOCK };

#if defined(__SSE2__)
#include <emmintrin.h>

/* Adds whole blocks of bytes to the two sums, which have room for MOST of them (RFC 1950). */
static void add_blocks(uint32_t *low, uint32_t *high, const uint8_t *bytes, size_t n_blocks) {
    const __m128i zero = _mm_setzero_si128();
    const __m128i first = _mm_setr_epi16(16, 15, 14, 13, 12, 11, 10, 9), second = _mm_setr_epi16(8, 7, 6, 5, 4, 3, 2, 1);
    __m128i sum = zero, earlier = zero, weighted = zero;
    for (size_t i = 0; i < n_blocks; i++) {
        __m128i block = _mm_loadu_si128((const __m128i *)bytes + i);
        earlier = _mm_add_epi32(earlier, sum);
        sum = _mm_add_epi32(sum, _mm_sad_epu8(block, zero));
        weighted = _mm_add_epi32(weighted, _mm_madd_epi16(_mm_unpacklo_epi8(block, zero), first));
        weighted = _mm_add_epi32(weighted, _mm_madd_epi16(_mm_unpackhi_epi8(block, zero), second));
    }
    uint32_t sums[4], earliers[4], parts[4];
    _mm_storeu_si128((__m128i *)sums, sum);
    _mm_storeu_si128((__m128i *)earliers, earlier);
    _mm_storeu_si128((__m128i *)parts, weighted);
    *high += (uint32_t)(n_blocks * BLOCK) * *low + BLOCK * (earliers[0] + earliers[2]) + parts[0] + parts[1] + parts[2] + parts[3];
    *low += sums[0] + sums[2];
}
#else
static void add_blocks(uint32_t *low, uint32_t *high, const uint8_t *bytes, size_t n_blocks) {
    for (size_t i = 0; i < n_blocks; i++, bytes += BLOCK) {
        uint32_t sum = 0, weighted = 0;
        for (uint32_t k = 0; k < BLOCK; k++) {
            sum += bytes[k];
            weighted += (BLOCK - k) * bytes[k];
        }
        *high += BLOCK * *low + weighted;
        *low += sum;
    }
}
#endif

#if HAS_DISPATCH
/* The same, two blocks at a time. */
__attribute__((target("avx2"))) static void add_blocks_avx2(uint32_t *low, uint32_t *high, const uint8_t *bytes, size_t n_pairs) {
    const __m256i zero = _mm256_setzero_si256(), ones = _mm256_set1_epi16(1);
    const __m256i weights = _mm256_setr_epi8(32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8,
                                             7, 6, 5, 4, 3, 2, 1);
    __m256i sum = zero, earlier = zero, weighted = zero;
    for (size_t i = 0; i < n_pairs; i++) {
        __m256i block = _mm256_loadu_si256((const __m256i *)bytes + i);
        earlier = _mm256_add_epi32(earlier, sum);
        sum = _mm256_add_epi32(sum, _mm256_sad_epu8(block, zero));
        /* 255 * (32 + 31) fits into the signed 16 bits of this product. */
        weighted = _mm256_add_epi32(weighted, _mm256_madd_epi16(_mm256_maddubs_epi16(block, weights), ones));
    }
    uint32_t sums[8], earliers[8], parts[8], total = 0;
    _mm256_storeu_si256((__m256i *)sums, sum);
    _mm256_storeu_si256((__m256i *)earliers, earlier);
    _mm256_storeu_si256((__m256i *)parts, weighted);
    for (int i = 0; i < 8; i++) total += parts[i] + 2 * BLOCK * earliers[i];
    *high += (uint32_t)(n_pairs * 2 * BLOCK) * *low + total;
    for (int i = 0; i < 8; i++) *low += sums[i];
}
#endif

uint32_t adler32_of(uint32_t adler, const uint8_t *bytes, size_t n) {
    uint32_t low = adler & 0xFFFF, high = adler >> 16;
    while (n) {
        size_t part = n < MOST ? n : MOST, n_blocks = part / BLOCK;
        size_t done = 0;
#if HAS_DISPATCH
        if (smallprint_cpu.avx2) {
            done = n_blocks & ~(size_t)1;
            add_blocks_avx2(&low, &high, bytes, done / 2);
        }
#endif
        add_blocks(&low, &high, bytes + done * BLOCK, n_blocks - done);
        for (size_t i = n_blocks * BLOCK; i < part; i++) high += low += bytes[i];
        low %= MODULUS;
        high %= MODULUS;
        bytes += part;
        n -= part;
    }
    return high << 16 | low;
}
