/* The compiled half of smallprint.render: shared types and the functions of each file.

   Nothing here knows Python but module.c, module_breaks.c and module_runs.c. Every function computes what its reference in
   src/smallprint/render does, bit for bit: layout.c what lines.py and layout.py do, pens.c layout.edges and boxes.py, survey.c report.survey,
   paint.c raster.py, deflate.c deflate.py, bidi.c unicode/bidi.py, runs.c runs.py, word_table.c word_cells.py; for clusters, words and line
   breaks see breaks.h. Integers only. */
#ifndef SMALLPRINT_KERNEL_H
#define SMALLPRINT_KERNEL_H

/* Raised with every change of what kernel.py passes or gets; it refuses a build of another number. */
enum { INTERFACE = 5 };

#include <stddef.h>
#include <stdint.h>

/* Instructions beyond those that every x86-64 has are asked for when the module is loaded. */
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define HAS_DISPATCH 1
#else
#define HAS_DISPATCH 0
#endif

#if defined(__GNUC__) || defined(__clang__)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE inline
#endif

/* What this processor can do beyond that; set by look_at_cpu. */
typedef struct {
    int bmi2, clmul, avx2;
} Cpu;

extern Cpu smallprint_cpu;
void look_at_cpu(void);

/* shaping.py */
enum { ONE_PX = 1 << 16, PHASES = 4 };
enum {
    HANGS = 1, NEWLINE = 2, TAB = 4, BREAK_AFTER = 8, IDEOGRAPH = 16, NO_START = 32, NO_END = 64, INK = 128, FOLDED = 256, MISSING = 512,
    SUBSTITUTED = 1024, MARK = 4096, PART = 8192, RTL = 16384, LEVEL_SHIFT = 16, LEVEL = 0x7F << LEVEL_SHIFT, CLOSES = 1 << 23, OPENS = 1 << 24,
    CONTEXT = RTL | LEVEL | CLOSES | OPENS /* of no concern to the breaking of lines where there is no ideograph */
};

/* The cells of a style, by number. */
typedef struct {
    const int64_t *advance;
    const int32_t *flags;
    const int8_t *n_bytes;
    int64_t n;
} Cells;

/* A row of LaidPage.table. */
typedef struct {
    int64_t start, ink_end, end, left, right, slack, top_px, bottom_px, baseline_px;
} Line;

static ALWAYS_INLINE int is_line(const Line *line, int64_t n_numbers) {
    return line->start >= 0 && line->ink_end >= line->start && line->end >= line->ink_end && line->end <= n_numbers;
}

/* layout.c */

enum { MAX_COLUMNS = 64 };

typedef struct {
    int64_t first, other, fill_x0, fill_x1, frame_x0, frame_x1;
} Column;

/* geometry.Geometry.array(), field for field; the columns follow in memory. */
typedef struct {
    int64_t first_room, other_room, alignment, breaks, tab, top, bottom, pitch, to_baseline, before, after, fills, frames, pad, frame_px,
        width_px, height_px, crop_width, crop_last_page, edge_x_px, edge_y_px, crop_grid_px, n_columns;
} Geometry;

typedef struct {
    int64_t x0, y0, x1, y1, role;
} Rect;

typedef struct {
    int64_t n_lines, n_cells, n_bytes, width_px, height_px, next_first, first_rect, n_rects;
} PageRow;

typedef struct {
    Line *lines;
    int64_t max_lines;
    PageRow *pages;
    int64_t n_pages, max_pages;
    Rect *rects;
    int64_t n_rects, max_rects;
    int64_t too_narrow_at; /* -1 if none */
    int is_full;           /* stopped for want of lines, not of text */
    int no_memory;
} Layout;

void lay_out(const int32_t *numbers, int64_t n, int is_last, int starts_paragraph, const Cells *cells, const Geometry *geometry,
             const Column *columns, Layout *out);

/* pens.c */

/* Where each character of a line begins and ends, 16.16 px, from x[line->start] and after[line->start] on; `scratch` is room for
   twice as many numbers as the line has characters. */
void line_edges(const int32_t *numbers, const Cells *cells, int64_t tab, const Line *line, int64_t *x, int64_t *after, int64_t *scratch);

/* survey.c */

typedef struct {
    int64_t first, second;
} Pair;

/* report.survey: n_ink, spans that leave no trace, places and cells of characters that are drawn as something else. */
typedef struct {
    uint8_t *seen;
    Pair *folded, *replaced;
    int64_t n_ink, n_folded, n_replaced;
} Survey;

/* Adds a page to `out`; its first character is at `at`. */
void survey(const int32_t *numbers, const int32_t *flags, const Line *lines, int64_t n_lines, int64_t at, Survey *out);

/* paint.c */

typedef struct {
    int32_t offset, width, height, left, top;
} Entry;

typedef struct {
    int32_t x0, y0, x1, y1, ground;
} Patch;

typedef struct {
    const int32_t *numbers;
    int64_t n_numbers;
    const Line *lines;
    int64_t n_lines;
    const uint8_t *inks; /* one a character, or NULL: all 0 */
    Cells cells;
    int64_t tab;
    const Entry *entries;
    int64_t n_entries;
    const uint8_t *levels;
    const Patch *patches;
    int64_t n_patches;
    const uint8_t *lut; /* [ground][ink][level] */
    int32_t n_inks, n_levels, width, height, depth;
} Sheet;

typedef struct Code Code;
typedef struct Stream Stream;

/* Where rows go: pixels of a byte each, packed scanlines, or a zlib stream. */
typedef enum { TO_PIXELS, TO_SCANLINES, TO_STREAM } SinkKind;

typedef struct {
    SinkKind kind;
    uint8_t *bytes; /* pixels or scanlines */
    Stream *stream;
} Sink;

enum { PAINTED = 0, GLYPHS_ABSENT = 1, NO_MEMORY = -1, BAD_INPUT = -2 };

/* pens.c: four numbers for each character of a page; `x` is room for four times as many numbers. GLYPHS_ABSENT when the atlas lacks one. */
int char_boxes(const Sheet *sheet, int64_t *x, int32_t *boxes);

/* A page on its way to pixels. */
typedef struct Work Work;

/* First half: where each glyph goes. GLYPHS_ABSENT leaves the keys that the atlas lacks in *absent, *n_absent of them. */
int place_glyphs(const Sheet *sheet, Work **work, int64_t **absent, int64_t *n_absent);
/* Second half: rows into the sink, from top to bottom. */
int paint(const Sheet *sheet, const Work *work, Sink *sink);
void free_work(Work *work);
size_t packed_row_bytes(int32_t width, int32_t depth);

/* deflate.c */

enum { N_MATCHES = 259, MAX_HEADER = 512, SLACK = 64 };

/* Words: the number of bits in the lowest six, up to 26 bits above. */
enum { COUNT_BITS = 6 };

struct Code {
    uint32_t pair[1 << 16], literal[256], match[N_MATCHES], end, header_bits;
    uint8_t header[MAX_HEADER];
};

Stream *open_stream(const Code *code, size_t n_raw, const uint8_t *head, size_t n_head);
/* SLACK bytes behind the n must be readable; they do not count. */
void feed(Stream *stream, const uint8_t *bytes, size_t n);
/* Ends the stream; the bytes begin with `head` and stay the stream's. */
const uint8_t *finish(Stream *stream, size_t *n);
void close_stream(Stream *stream);

/* bidi.c */

typedef struct {
    uint32_t start, end;
    int32_t next;
    uint8_t level, is_first;
} BidiRun;

typedef struct {
    uint32_t first, last, seen;
} BidiBracket;

/* What `bidi_levels` works in; all zeros at first, kept from paragraph to paragraph, and given back by `bidi_free`. */
typedef struct {
    uint8_t *kinds;
    BidiRun *runs;
    BidiBracket *brackets;
    uint32_t *open;
    size_t kinds_room, runs_room, n_runs, brackets_room, n_brackets, open_room;
} Bidi;

/* Everywhere `table` is bidi.kernel_table(): a byte for each of the 0x110000 code points. */

/* Levels of a paragraph of at most INT32_MAX characters, as bidi.levels: `base` is 0, 1 or -1 for its own. The paragraph's level, or NO_MEMORY
   or BAD_INPUT, which are below 0. */
int bidi_levels(const uint32_t *code_points, size_t n, const uint8_t *table, int base, uint8_t *levels, Bidi *work);
/* bidi.base_level. */
int bidi_base(const uint32_t *code_points, size_t n, const uint8_t *table);
/* bidi.line_levels, in place. */
void bidi_line(const uint32_t *code_points, size_t n, const uint8_t *table, int base, uint8_t *levels);
/* bidi.visual_order. */
void bidi_order(const uint8_t *levels, size_t n, int64_t *order);
void bidi_free(Bidi *work);

/* runs.c */

/* runs._traits, a byte for each code point. */
enum { IS_SPACE = 1, IS_END = 2, IS_DIRECTED = 4 };

/* Tables of 0x110000 bytes: runs.kinds() and _traits(), and what bidi.c, graphemes.c and line_breaks.c ask for. */
typedef struct {
    const uint8_t *kinds, *traits, *bidi, *graphemes, *line_breaks;
    const void *lexicon;
} RunTables;

/* runs.analyse; `scratch` is room for 2 n bytes. NO_MEMORY or BAD_INPUT, which are below 0, else 0. */
int analyse_runs(const uint32_t *text, size_t n, const int64_t *pieces, size_t n_pieces, const RunTables *tables, uint32_t *units,
                 uint8_t *starts, uint8_t *scratch);

/* word_table.c */

typedef struct WordTable WordTable;

WordTable *make_words(void); /* NULL: no memory, as 0 below */
void free_words(WordTable *words);
void clear_words(WordTable *words);
size_t n_units_of(const WordTable *words);
/* Takes up a word, or gives it other numbers. */
int add_word(WordTable *words, const uint32_t *word, size_t n, const int32_t *numbers);
/* The numbers of a text's words; where each word that is not known begins and ends first, in `missing`, which is room for n of them. */
int find_words(WordTable *words, const uint32_t *units, const uint8_t *starts, size_t n, int32_t *numbers, Pair *missing, size_t *n_missing);

/* checksum.c */

void init_checksums(void);
uint32_t crc32_of(uint32_t crc, const uint8_t *bytes, size_t n);
uint32_t adler32_of(uint32_t adler, const uint8_t *bytes, size_t n);

#endif
