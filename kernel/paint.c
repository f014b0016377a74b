/* raster.py and the packing of png.py: a laid page to rows of pixels, from top to bottom.

   Only a band of rows is kept: lines are painted in the order of their baselines, and rows that no later line can reach go to the sink. So
   a page stays in the first-level cache. Each ink has a band of its own, since levels add up within an ink only. */
#include "kernel.h"

#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

enum { PAD = 8, HALF_PHASE = ONE_PX / PHASES / 2, SPARE_ROWS = 32, WAITING = 4096 };

/* A glyph on its line, at a whole pixel. */
typedef struct {
    int32_t x, key;
} Glyph;

/* A line's glyphs, and the rows that they reach. */
typedef struct {
    int64_t baseline;
    size_t first, n;
    int64_t top, bottom;    /* within the page */
    int64_t free_above;     /* rows above this one are not reached by this line or a later one */
    int64_t order;
    int is_whole;           /* no glyph reaches over the page's upper or lower edge */
} Row;

struct Work {
    Glyph *glyphs;
    uint8_t *inks; /* one a glyph, or NULL */
    Row *rows;
    size_t n_rows;
    int64_t *x, *absent;
    size_t n_absent;
};

void free_work(Work *work) {
    if (!work) return;
    free(work->glyphs);
    free(work->inks);
    free(work->rows);
    free(work->x);
    free(work->absent);
    free(work);
}

static int by_baseline(const void *left, const void *right) {
    const Row *a = left, *b = right;
    if (a->baseline != b->baseline) return a->baseline < b->baseline ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* The glyphs of a line, from `glyph` on; returns where they end. NULL when there is no memory. */
static Glyph *place_line(const Sheet *sheet, Work *work, const Line *line, int is_directed, Glyph *glyph, int32_t *line_top,
                         int32_t *line_bottom) {
    const int32_t *numbers = sheet->numbers, *flags = sheet->cells.flags;
    const int64_t *advance = sheet->cells.advance, tab = sheet->tab;
    const Entry *entries = sheet->entries;
    const uint8_t *inks = sheet->inks;
    const int64_t end = line->ink_end;
    int64_t pen = line->left, *x = NULL;
    int32_t top = INT32_MAX, bottom = INT32_MIN, all = 0;
    Glyph *const first = glyph;
    const size_t n_absent = work->n_absent;
    if (line->slack || is_directed) {
        x = work->x;
        line_edges(numbers, &sheet->cells, tab, line, x, x + sheet->n_numbers, x + 2 * sheet->n_numbers);
    }
    for (int64_t i = line->start; i < end; i++) {
        int32_t cell = numbers[i], flag = flags[cell];
        int64_t at = (x ? x[i] : pen) + HALF_PHASE;
        pen += flag & TAB ? tab - (pen - line->left) % tab : advance[cell];
        all |= flag;
        if (!(flag & INK)) continue;
        size_t key = (size_t)cell * PHASES + (size_t)(at >> 14 & (PHASES - 1));
        const Entry *entry = entries + key;
        if (entry->offset < 0) {
            if (!work->absent) work->absent = malloc(((size_t)sheet->n_numbers + 1) * sizeof(int64_t));
            if (!work->absent) return NULL;
            work->absent[work->n_absent++] = (int64_t)key;
            continue;
        }
        int32_t below = entry->top + entry->height;
        top = entry->top < top ? entry->top : top;
        bottom = below > bottom ? below : bottom;
        if (inks) work->inks[glyph - work->glyphs] = inks[i];
        glyph->x = (int32_t)(at >> 16);
        glyph->key = (int32_t)key;
        glyph++;
    }
    if (all & LEVEL && !x) {
        /* Few lines have more than one direction, so that it is cheaper to begin again than to look first. */
        work->n_absent = n_absent;
        return place_line(sheet, work, line, 1, first, line_top, line_bottom);
    }
    *line_top = top;
    *line_bottom = bottom;
    return glyph;
}

int place_glyphs(const Sheet *sheet, Work **out, int64_t **absent, int64_t *n_absent) {
    Work *work = calloc(1, sizeof(Work));
    *out = work;
    *absent = NULL;
    *n_absent = 0;
    if (!work) return NO_MEMORY;
    const size_t n = (size_t)sheet->n_numbers;
    if (sheet->n_entries < sheet->cells.n * PHASES) return BAD_INPUT;
    if (sheet->inks)
        for (size_t i = 0; i < n; i++)
            if (sheet->inks[i] >= sheet->n_inks) return BAD_INPUT;
    work->x = malloc((4 * n + 1) * sizeof(int64_t));
    work->glyphs = malloc((n + 1) * sizeof(Glyph));
    work->rows = malloc((size_t)(sheet->n_lines + 1) * sizeof(Row));
    work->inks = sheet->inks ? malloc(n + 1) : NULL;
    if (!work->x || !work->glyphs || !work->rows || (sheet->inks && !work->inks)) return NO_MEMORY;
    Glyph *glyph = work->glyphs;
    int sorted = 1;
    int64_t at = 0;
    for (int64_t l = 0; l < sheet->n_lines; l++) {
        const Line *line = sheet->lines + l;
        if (line->start < at || !is_line(line, sheet->n_numbers)) return BAD_INPUT;
        at = line->end;
        Glyph *first = glyph;
        int32_t top, bottom;
        glyph = place_line(sheet, work, line, 0, glyph, &top, &bottom);
        if (!glyph) return NO_MEMORY;
        if (glyph == first) continue;
        Row row = {line->baseline_px, (size_t)(first - work->glyphs), (size_t)(glyph - first), line->baseline_px + top,
                   line->baseline_px + bottom, 0, l, 0};
        row.is_whole = row.top >= 0 && row.bottom <= sheet->height;
        if (row.top < 0) row.top = 0;
        if (row.bottom > sheet->height) row.bottom = sheet->height;
        if (row.bottom <= row.top) continue;
        if (work->n_rows && row.baseline < work->rows[work->n_rows - 1].baseline) sorted = 0;
        work->rows[work->n_rows++] = row;
    }
    *absent = work->absent;
    *n_absent = (int64_t)work->n_absent;
    if (work->n_absent) return GLYPHS_ABSENT;
    if (!sorted) qsort(work->rows, work->n_rows, sizeof(Row), by_baseline);
    int64_t reach = sheet->height;
    for (size_t r = work->n_rows; r-- > 0;) {
        if (work->rows[r].top < reach) reach = work->rows[r].top;
        work->rows[r].free_above = reach;
    }
    return PAINTED;
}

/* Adding with a cap at 255: PAD bytes, or any multiple of them. */
static inline void add_bytes(uint8_t *to, const uint8_t *from, size_t n) {
#if defined(__SSE2__)
    for (; n >= 16; n -= 16, to += 16, from += 16)
        _mm_storeu_si128((__m128i *)to, _mm_adds_epu8(_mm_loadu_si128((const __m128i *)to), _mm_loadu_si128((const __m128i *)from)));
    if (n) _mm_storel_epi64((__m128i *)to, _mm_adds_epu8(_mm_loadl_epi64((const __m128i *)to), _mm_loadl_epi64((const __m128i *)from)));
#elif defined(__ARM_NEON)
    for (; n; n -= 8, to += 8, from += 8) vst1_u8(to, vqadd_u8(vld1_u8(to), vld1_u8(from)));
#else
    for (size_t i = 0; i < n; i++) {
        unsigned sum = to[i] + from[i];
        to[i] = sum > 255 ? 255 : (uint8_t)sum;
    }
#endif
}

/* The rows that are being painted. Row y of an ink lies at (ink * capacity + y - base) * stride. */
typedef struct {
    const Sheet *sheet;
    Sink *sink;
    uint8_t *bytes, *dirty; /* dirty: one a row and ink */
    int64_t base, capacity, reach; /* rows from base to reach may be inked */
    size_t stride;
    uint8_t *samples, *best, *winner, *ground, *blank;
    uint8_t *packed; /* rows on their way to the stream */
    size_t n_packed, n_waiting;
    /* Patches by row: those of row y are by_row[first_of[y]] and on, up to first_of[y + 1], in the order in which they are painted. */
    int32_t *by_row;
    size_t *first_of;
    int is_linear; /* lut[level] = start + step * level on page ground in ink 0 */
    int is_direct; /* samples of four bits that are the level, or 15 less the level: nearly all pages of small print */
    uint8_t start, step;
} Band;

static uint8_t *band_row(const Band *band, int32_t ink, int64_t y) {
    return band->bytes + ((size_t)ink * (size_t)band->capacity + (size_t)(y - band->base)) * band->stride;
}

size_t packed_row_bytes(int32_t width, int32_t depth) { return 1 + ((size_t)width * (size_t)depth + 7) / 8; }

/* Pairs of samples, capped at 15, to bytes, the first in the high bits; each byte is changed by `mask`. */
static void pack_pairs(const uint8_t *samples, uint8_t *packed, int32_t width, uint8_t mask) {
    int32_t half = width / 2, x = 0;
#if defined(__SSE2__)
    const __m128i low = _mm_set1_epi16(0x00FF), top = _mm_set1_epi8(15), change = _mm_set1_epi8((char)mask);
    while (half >= 16 && x < half) {
        /* The last step goes over pixels that were packed before. */
        if (x + 16 > half) x = half - 16;
        __m128i a = _mm_min_epu8(_mm_loadu_si128((const __m128i *)(samples + 2 * x)), top);
        __m128i b = _mm_min_epu8(_mm_loadu_si128((const __m128i *)(samples + 2 * x + 16)), top);
        a = _mm_and_si128(_mm_or_si128(_mm_slli_epi16(a, 4), _mm_srli_epi16(a, 8)), low);
        b = _mm_and_si128(_mm_or_si128(_mm_slli_epi16(b, 4), _mm_srli_epi16(b, 8)), low);
        _mm_storeu_si128((__m128i *)(packed + x), _mm_xor_si128(_mm_packus_epi16(a, b), change));
        x += 16;
    }
#endif
    for (; x < half; x++) {
        unsigned a = samples[2 * x], b = samples[2 * x + 1];
        packed[x] = (uint8_t)((a > 15 ? 15 : a) << 4 | (b > 15 ? 15 : b)) ^ mask;
    }
    if (width & 1) packed[half] = (uint8_t)(((samples[width - 1] > 15 ? 15 : samples[width - 1]) ^ (mask & 15)) << 4);
}

/* Samples to bytes behind the filter type 0. */
static void pack(const uint8_t *samples, uint8_t *packed, int32_t width, int32_t depth) {
    *packed++ = 0;
    if (depth == 8) {
        memcpy(packed, samples, (size_t)width);
    } else if (depth == 4) {
        pack_pairs(samples, packed, width, 0);
    } else {
        int32_t per_byte = 8 / depth;
        memset(packed, 0, ((size_t)width * (size_t)depth + 7) / 8);
        for (int32_t x = 0; x < width; x++)
            packed[x / per_byte] |= (uint8_t)(samples[x] << (8 - depth - x % per_byte * depth));
    }
}

static void linear(const uint8_t *levels, uint8_t *out, int32_t width, uint8_t top, uint8_t start, uint8_t step) {
    for (int32_t x = 0; x < width; x++) {
        uint8_t level = levels[x] < top ? levels[x] : top;
        out[x] = (uint8_t)(start + step * level);
    }
}

static int is_inked(const Band *band, int32_t ink, int64_t y) {
    /* Below its reach the band may have no rows. */
    return y < band->reach && band->dirty[ink * band->capacity + y - band->base];
}

/* Whether a row has ink 0 on page ground alone. */
static int is_plain(const Band *band, int64_t y) {
    const Sheet *sheet = band->sheet;
    if (band->by_row && band->first_of[y] != band->first_of[y + 1]) return 0;
    for (int32_t ink = 1; ink < sheet->n_inks; ink++)
        if (is_inked(band, ink, y)) return 0;
    return 1;
}

/* One row, from the levels of the inks that are on it. */
static void make_samples(Band *band, int64_t y, uint8_t *out) {
    const Sheet *sheet = band->sheet;
    const int32_t width = sheet->width;
    const uint8_t top = (uint8_t)(sheet->n_levels - 1);
    memset(band->ground, 0, (size_t)width);
    if (band->by_row)
        for (size_t i = band->first_of[y]; i < band->first_of[y + 1]; i++) {
            const Patch *patch = sheet->patches + band->by_row[i];
            int32_t x0 = patch->x0 < 0 ? 0 : patch->x0, x1 = patch->x1 > width ? width : patch->x1;
            if (x0 < x1) memset(band->ground + x0, patch->ground, (size_t)(x1 - x0));
        }
    /* Rows are as long as their stride, so that whole words can be read. */
    const size_t stride = band->stride;
    uint8_t *restrict best = band->best, *restrict winner = band->winner;
    const uint8_t *restrict ground = band->ground, *restrict lut = sheet->lut;
    memset(best, 0, stride);
    memset(winner, 0, stride);
    for (int32_t ink = 0; ink < sheet->n_inks; ink++) {
        if (!is_inked(band, ink, y)) continue;
        const uint8_t *restrict row = band_row(band, ink, y);
        const uint8_t number = (uint8_t)ink;
        for (size_t x = 0; x < stride; x++) {
            uint8_t level = row[x] < top ? row[x] : top;
            winner[x] = level > best[x] ? number : winner[x];
            best[x] = level > best[x] ? level : best[x];
        }
    }
    const size_t per_ink = (size_t)sheet->n_levels, per_ground = per_ink * (size_t)sheet->n_inks;
    for (int32_t x = 0; x < width; x += 8) {
        const int32_t n = width - x < 8 ? width - x : 8;
        uint64_t levels;
        memcpy(&levels, best + x, 8);
        if (levels)
            for (int32_t i = x; i < x + n; i++) out[i] = lut[ground[i] * per_ground + winner[i] * per_ink + best[i]];
        else
            for (int32_t i = x; i < x + n; i++) out[i] = lut[ground[i] * per_ground];
    }
}

/* Where the next row is packed to. */
static uint8_t *packed_row(const Band *band, int64_t y) {
    return band->sink->kind == TO_STREAM ? band->packed + band->n_waiting : band->sink->bytes + (size_t)y * band->n_packed;
}

static void send(Band *band) {
    if (band->sink->kind != TO_STREAM) return;
    band->n_waiting += band->n_packed;
    if (band->n_waiting < WAITING) return;
    feed(band->sink->stream, band->packed, band->n_waiting);
    band->n_waiting = 0;
}

static void emit_row(Band *band, int64_t y) {
    const Sheet *sheet = band->sheet;
    const int to_pixels = band->sink->kind == TO_PIXELS, plain = is_plain(band, y), blank = plain && !is_inked(band, 0, y);
    const uint8_t top = (uint8_t)(sheet->n_levels - 1);
    uint8_t *packed = to_pixels ? NULL : packed_row(band, y);
    uint8_t *samples = to_pixels ? band->sink->bytes + (size_t)y * (size_t)sheet->width : band->samples;
    if (blank && to_pixels) {
        memset(samples, sheet->lut[0], (size_t)sheet->width);
    } else if (blank) {
        memcpy(packed, band->blank, band->n_packed);
    } else if (plain && !to_pixels && band->is_direct) {
        packed[0] = 0;
        pack_pairs(band_row(band, 0, y), packed + 1, sheet->width, band->start ? 0xFF : 0);
    } else {
        if (plain && band->is_linear)
            linear(band_row(band, 0, y), samples, sheet->width, top, band->start, band->step);
        else
            make_samples(band, y, samples);
        if (!to_pixels) pack(samples, packed, sheet->width, sheet->depth);
    }
    if (!to_pixels) send(band);
}

/* Sends the rows above `to` and makes room for as many below. */
static void emit(Band *band, int64_t to) {
    const Sheet *sheet = band->sheet;
    for (int64_t y = band->base; y < to; y++) emit_row(band, y);
    /* Keep what is inked below. */
    int64_t used = band->reach > band->base ? band->reach - band->base : 0;
    int64_t kept = band->reach > to ? band->reach - to : 0;
    for (int32_t ink = 0; ink < sheet->n_inks && used && to < sheet->height; ink++) {
        uint8_t *rows = band->bytes + (size_t)ink * (size_t)band->capacity * band->stride;
        uint8_t *dirty = band->dirty + ink * band->capacity;
        if (!memchr(dirty, 1, (size_t)used)) continue;
        if (kept) {
            memmove(rows, rows + (size_t)(to - band->base) * band->stride, (size_t)kept * band->stride);
            memmove(dirty, dirty + (to - band->base), (size_t)kept);
        }
        memset(rows + (size_t)kept * band->stride, 0, (size_t)(used - kept) * band->stride);
        memset(dirty + kept, 0, (size_t)(used - kept));
    }
    band->base = to;
    if (band->reach < to) band->reach = to;
}

/* A glyph that may reach over the edges of the page. */
static void paint_cut(Band *band, const Glyph *glyph, int32_t ink, int64_t baseline) {
    const Sheet *sheet = band->sheet;
    const Entry *entry = sheet->entries + glyph->key;
    const int64_t width = (entry->width + PAD - 1) & ~(PAD - 1), left = (int64_t)glyph->x + entry->left;
    for (int64_t row = 0; row < entry->height; row++) {
        int64_t y = baseline + entry->top + row;
        if (y < 0 || y >= sheet->height) continue;
        const uint8_t *from = sheet->levels + entry->offset + row * width;
        uint8_t *to = band_row(band, ink, y);
        for (int64_t i = 0; i < entry->width; i++) {
            int64_t x = left + i;
            if (x < 0 || x >= sheet->width) continue;
            unsigned sum = to[x] + from[i];
            to[x] = sum > 255 ? 255 : (uint8_t)sum;
        }
    }
}

static void paint_row(Band *band, const Row *row, const Work *work) {
    const Sheet *sheet = band->sheet;
    const Entry *entries = sheet->entries;
    const uint8_t *levels = sheet->levels;
    const size_t stride = band->stride;
    const int64_t page_width = sheet->width;
    uint8_t *baseline = band_row(band, 0, 0) + row->baseline * (int64_t)stride;
    uint8_t *dirty = band->dirty + row->top - band->base;
    const size_t per_ink = (size_t)band->capacity * stride;
    int32_t last_ink = -1;
    for (size_t g = row->first; g < row->first + row->n; g++) {
        const Glyph *glyph = work->glyphs + g;
        const Entry *entry = entries + glyph->key;
        int32_t ink = work->inks ? work->inks[g] : 0;
        int64_t x = (int64_t)glyph->x + entry->left;
        if (!row->is_whole || x < 0 || x + entry->width > page_width) {
            paint_cut(band, glyph, ink, row->baseline);
        } else {
            const uint8_t *from = levels + entry->offset;
            uint8_t *to = baseline + entry->top * (int64_t)stride + x + (size_t)ink * per_ink;
            if (entry->width <= PAD) {
                /* Most letters of small print. */
                for (int32_t h = entry->height; h > 0; h--, to += stride, from += PAD) add_bytes(to, from, PAD);
            } else {
                size_t width = (size_t)((entry->width + PAD - 1) & ~(PAD - 1));
                for (int32_t h = entry->height; h > 0; h--, to += stride, from += width) add_bytes(to, from, width);
            }
        }
        if (ink != last_ink) memset(dirty + ink * band->capacity, 1, (size_t)(row->bottom - row->top));
        last_ink = ink;
    }
}

static int sort_patches(Band *band) {
    const Sheet *sheet = band->sheet;
    const int64_t height = sheet->height;
    if (!sheet->n_patches) return PAINTED;
    band->first_of = calloc((size_t)height + 2, sizeof(size_t));
    if (!band->first_of) return NO_MEMORY;
    size_t *next = band->first_of + 1;
    for (int step = 0; step < 2; step++) {
        for (int64_t p = 0; p < sheet->n_patches; p++) {
            const Patch *patch = sheet->patches + p;
            for (int64_t y = patch->y0 < 0 ? 0 : patch->y0; y < patch->y1 && y < height; y++) {
                if (step) band->by_row[next[y]] = (int32_t)p;
                next[y]++;
            }
        }
        if (step) break;
        /* Counts to beginnings; filling turns the beginning of each row into that of the next one. */
        size_t total = 0;
        for (int64_t y = 0; y < height; y++) {
            size_t count = next[y];
            next[y] = total;
            total += count;
        }
        band->by_row = malloc((total + 1) * sizeof(int32_t));
        if (!band->by_row) return NO_MEMORY;
    }
    return PAINTED;
}

static void close_band(Band *band) {
    free(band->bytes);
    free(band->by_row);
    free(band->first_of);
}

static int open_band(Band *band, const Sheet *sheet, const Work *work, Sink *sink) {
    int64_t needed = 1, reach = 0;
    for (size_t r = 0; r < work->n_rows; r++) {
        const Row *row = work->rows + r;
        if (row->bottom > reach) reach = row->bottom;
        if (reach - row->free_above > needed) needed = reach - row->free_above;
    }
    *band = (Band){.sheet = sheet, .sink = sink, .capacity = needed + SPARE_ROWS};
    band->stride = ((size_t)sheet->width + PAD + 15) & ~(size_t)15;
    band->n_packed = sink->kind == TO_PIXELS ? 0 : packed_row_bytes(sheet->width, sheet->depth);
    size_t n_rows = (size_t)sheet->n_inks * (size_t)band->capacity;
    size_t n_levels = n_rows * band->stride, line = band->stride;
    if (sort_patches(band) != PAINTED) return NO_MEMORY;
    uint8_t *bytes = calloc(1, n_levels + n_rows + 4 * line + 2 * band->n_packed + WAITING + 2 * SLACK);
    if (!bytes) return NO_MEMORY;
    band->bytes = bytes;
    band->dirty = bytes + n_levels;
    band->samples = band->dirty + n_rows;
    band->best = band->samples + line;
    band->winner = band->best + line;
    band->ground = band->winner + line;
    band->blank = band->ground + line;
    band->packed = band->blank + band->n_packed;
    band->start = sheet->lut[0];
    band->step = sheet->n_levels > 1 ? (uint8_t)(sheet->lut[1] - sheet->lut[0]) : 0;
    band->is_linear = 1;
    for (int32_t level = 0; level < sheet->n_levels; level++)
        band->is_linear &= sheet->lut[level] == (uint8_t)(band->start + band->step * level);
    band->is_direct = band->is_linear && sheet->depth == 4 && sheet->n_levels == 16 &&
                      ((band->start == 15 && band->step == 255) || (band->start == 0 && band->step == 1));
    if (sink->kind != TO_PIXELS) {
        memset(band->samples, sheet->lut[0], (size_t)sheet->width);
        pack(band->samples, band->blank, sheet->width, sheet->depth);
    }
    return PAINTED;
}

int paint(const Sheet *sheet, const Work *work, Sink *sink) {
    Band band;
    if (open_band(&band, sheet, work, sink) != PAINTED) {
        close_band(&band);
        return NO_MEMORY;
    }
    for (size_t r = 0; r < work->n_rows; r++) {
        const Row *row = work->rows + r;
        /* Rows go out in one piece when the band is full, not line by line. */
        if (row->bottom > band.base + band.capacity) emit(&band, row->free_above);
        if (row->bottom > band.reach) band.reach = row->bottom;
        paint_row(&band, row, work);
    }
    emit(&band, sheet->height);
    if (band.n_waiting) feed(sink->stream, band.packed, band.n_waiting);
    close_band(&band);
    return PAINTED;
}
