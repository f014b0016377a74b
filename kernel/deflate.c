/* deflate.py: long runs of equal bytes become matches at distance 1, all else literals, in one block with a given Huffman code. */
#include "kernel.h"

#include <stdlib.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the kernel is written for little-endian machines; without it the reference serves"
#endif

enum { MIN_REPEATS = 8, MAX_MATCH = 258 };

/* Bytes that are looked at together: a run that is longer goes on in the next ones. */
enum { PIECE = 4096, WORDS = PIECE / 64 + 2 };

/* Bits on their way out; a copy of it stays in registers. */
typedef struct {
    uint8_t *end;     /* where the next bits go */
    uint64_t pending; /* fewer than 8 bits wait between two flushes */
    unsigned n_pending;
} Bits;

struct Stream {
    const Code *code;
    uint8_t *bytes;
    Bits bits;
    size_t repeats;
    int last; /* the byte of the run that may go on, -1 for none; `repeats` of it, after the first, are not written yet */
    uint32_t adler;
    uint64_t equal[WORDS]; /* bit i: byte i of the piece is equal to the next one */
};

static inline void put(Bits *bits, uint32_t word) {
    bits->pending |= (uint64_t)(word >> COUNT_BITS) << (bits->n_pending & 63);
    /* Only the lowest six bits count; what the rest of the word adds above them is cut off by `flush`. */
    bits->n_pending += word;
}

/* Between two calls at most 56 bits are put. */
static inline void flush(Bits *bits) {
    memcpy(bits->end, &bits->pending, 8);
    bits->end += (bits->n_pending & 63) >> 3;
    bits->pending >>= bits->n_pending & 56;
    bits->n_pending &= 7;
}

Stream *open_stream(const Code *code, size_t n_raw, const uint8_t *head, size_t n_head) {
    Stream *stream = calloc(1, sizeof(Stream));
    if (!stream) return NULL;
    /* No word is longer than two bytes for each byte that it stands for. */
    stream->bytes = malloc(n_head + 2 + MAX_HEADER + 2 * n_raw + 64);
    if (!stream->bytes) {
        free(stream);
        return NULL;
    }
    stream->code = code;
    stream->last = -1;
    stream->adler = 1;
    if (n_head) memcpy(stream->bytes, head, n_head);
    uint8_t *end = stream->bytes + n_head;
    *end++ = 0x78;
    *end++ = 0x01;
    size_t whole = code->header_bits / 8;
    unsigned rest = code->header_bits % 8;
    memcpy(end, code->header, whole);
    stream->bits = (Bits){end + whole, rest ? code->header[whole] & ((1u << rest) - 1) : 0, rest};
    return stream;
}

static inline void put_literals(Bits *bits, const Code *code, const uint8_t *bytes, size_t n) {
    for (; n >= 4; n -= 4, bytes += 4) {
        put(bits, code->pair[bytes[0] | bytes[1] << 8]);
        put(bits, code->pair[bytes[2] | bytes[3] << 8]);
        flush(bits);
    }
    /* Up to three more, without a branch: a word of zero puts nothing. What lies behind is read, and left out. */
    put(bits, code->literal[bytes[0]] & -(uint32_t)(n > 0));
    put(bits, code->literal[bytes[1]] & -(uint32_t)(n > 1));
    put(bits, code->literal[bytes[2]] & -(uint32_t)(n > 2));
    flush(bits);
}

static inline void put_repeats(Bits *bits, const Code *code, uint8_t byte, size_t repeats) {
    for (; repeats >= MAX_MATCH; repeats -= MAX_MATCH) {
        put(bits, code->match[MAX_MATCH]);
        flush(bits);
    }
    if (repeats >= MIN_REPEATS) {
        put(bits, code->match[repeats]);
        flush(bits);
    } else {
        while (repeats--) {
            put(bits, code->literal[byte]);
            flush(bits);
        }
    }
}

#if defined(__SSE2__)
#include <emmintrin.h>

static inline uint64_t equal_16(const uint8_t *bytes) {
    __m128i here = _mm_loadu_si128((const __m128i *)bytes), next = _mm_loadu_si128((const __m128i *)(bytes + 1));
    return (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(here, next));
}
#else
static inline uint64_t equal_16(const uint8_t *bytes) {
    uint64_t equal = 0;
    for (int i = 0; i < 16; i++) equal |= (uint64_t)(bytes[i] == bytes[i + 1]) << i;
    return equal;
}
#endif

/* Fills `equal` for n bytes, with a word of zeros behind. Reads SLACK bytes further. */
static inline void compare(uint64_t *equal, const uint8_t *bytes, size_t n) {
    size_t n_words = (n - 1) / 64 + 1;
    for (size_t word = 0; word < n_words; word++, bytes += 64)
        equal[word] = equal_16(bytes) | equal_16(bytes + 16) << 16 | equal_16(bytes + 32) << 32 | equal_16(bytes + 48) << 48;
    /* The last byte has no next one. */
    equal[n_words - 1] &= ((uint64_t)1 << (n - 1) % 64) - 1;
    equal[n_words] = 0;
}

/* Bit i: a byte and MIN_REPEATS that are equal to it begin at byte i of the word. */
static inline uint64_t runs_of(const uint64_t *equal, size_t word) {
    uint64_t here = equal[word], next = equal[word + 1];
    here &= here >> 1 | next << 63;
    next &= next >> 1;
    here &= here >> 2 | next << 62;
    next &= next >> 2;
    return here & (here >> 4 | next << 60);
}

static ALWAYS_INLINE void feed_piece_with(Stream *stream, const uint8_t *bytes, size_t n) {
    const Code *code = stream->code;
    uint64_t *equal = stream->equal;
    Bits bits = stream->bits;
    size_t at = 0;
    compare(equal, bytes, n);
    if (stream->last >= 0) {
        if (bytes[0] == stream->last) {
            while (equal[at / 64] >> (at % 64) & 1) at++;
            at++;
        }
        stream->repeats += at;
        if (at == n) return;
        put_repeats(&bits, code, (uint8_t)stream->last, stream->repeats);
    }
    for (;;) {
        size_t word = at / 64, first;
        uint64_t runs = runs_of(equal, word) & ~(uint64_t)0 << at % 64;
        while (!runs && (word + 1) * 64 < n) runs = runs_of(equal, ++word);
        if (runs) {
            first = word * 64 + (size_t)__builtin_ctzll(runs);
        } else {
            /* A few equal bytes at the end may be a run that goes on. */
            first = n - 1;
            while (first > at && bytes[first - 1] == bytes[n - 1]) first--;
        }
        put_literals(&bits, code, bytes + at, first + 1 - at);
        size_t last = first;
        for (word = last / 64;; last = ++word * 64) {
            uint64_t differs = ~equal[word] >> last % 64;
            if (differs) {
                last += (size_t)__builtin_ctzll(differs);
                break;
            }
        }
        at = last + 1;
        if (at == n) {
            stream->last = bytes[first];
            stream->repeats = last - first;
            break;
        }
        put_repeats(&bits, code, bytes[first], last - first);
    }
    stream->bits = bits;
}

#if HAS_DISPATCH
/* Shifts that leave the flags alone save a tenth of the time. */
__attribute__((target("bmi,bmi2"))) static void feed_piece_bmi2(Stream *stream, const uint8_t *bytes, size_t n) {
    feed_piece_with(stream, bytes, n);
}

static void feed_piece(Stream *stream, const uint8_t *bytes, size_t n) {
    if (smallprint_cpu.bmi2)
        feed_piece_bmi2(stream, bytes, n);
    else
        feed_piece_with(stream, bytes, n);
}
#else
static void feed_piece(Stream *stream, const uint8_t *bytes, size_t n) { feed_piece_with(stream, bytes, n); }
#endif

void feed(Stream *stream, const uint8_t *bytes, size_t n) {
    stream->adler = adler32_of(stream->adler, bytes, n);
    for (; n > PIECE; n -= PIECE, bytes += PIECE) feed_piece(stream, bytes, PIECE);
    if (n) feed_piece(stream, bytes, n);
}

const uint8_t *finish(Stream *stream, size_t *n) {
    Bits *bits = &stream->bits;
    if (stream->last >= 0) put_repeats(bits, stream->code, (uint8_t)stream->last, stream->repeats);
    put(bits, stream->code->end);
    flush(bits);
    if (bits->n_pending) *bits->end++ = (uint8_t)bits->pending;
    for (int shift = 24; shift >= 0; shift -= 8) *bits->end++ = (uint8_t)(stream->adler >> shift);
    *n = (size_t)(bits->end - stream->bytes);
    return stream->bytes;
}

void close_stream(Stream *stream) {
    if (stream) free(stream->bytes);
    free(stream);
}
